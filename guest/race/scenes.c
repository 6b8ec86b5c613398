/* SPDX-License-Identifier: MIT */
/*
 * scenes.c - more programs for a schedule to steer, one per mistake that
 * replay.c does not show (scripts/lab/replay.txt has the schedules). Free
 * running, every one of them ends well under any LOCKING, practically always.
 * A is the boot hart, B and C are the other two.
 */
#include "race.h"

#define OPAQUE_A 0xa11ce
#define OPAQUE_C 0xca201

static u32 go, over, lives;
static struct hart *b, *c;

static void verdict(bool good)
{
	store_release(&over, 1);
	for_each_other(h)
		hart_wait_stopped(h, PATIENCE_MS);
	print("REPLAY %s\n", good ? "SOUND" : "BROKEN");
	machine_shutdown(!good);
}

static void wait_go(void)
{
	irq_off();
	while (!load_acquire(&go))
		cpu_relax();
}

static void live(void *arg)
{
	(void)arg;
	add_fetch(&lives, 1);
	while (!load_acquire(&over))
		cpu_relax();
}

/* ---- starters: A and C start B at once; one of them succeeds ---- */

static struct sbi_ret c_said;
static u32 c_done;

static void start_b(void *arg)
{
	(void)arg;
	irq_off();
	c_said = sbi_hart_start(b->id, hart_entry_b, OPAQUE_C);
	store_release(&c_done, 1);
	while (!load_acquire(&over))
		cpu_relax();
}

static void starters(void)
{
	struct sbi_ret said;
	bool mine;

	hart_prepare(b, live, NULL);
	hart_run(c, start_b, NULL);
	said = sbi_hart_start(b->id, hart_entry_a, OPAQUE_A);
	CHECK_WAIT(load_acquire(&c_done) && load_acquire(&lives));
	mine = !said.error;
	print("scene: starts of hart %lu: %s, %s; it runs with 0x%lx\n", b->id,
	      sbi_error_name(said.error), sbi_error_name(c_said.error),
	      b->entry.a1);
	verdict(mine == (c_said.error != 0) &&
		b->entry.a1 == (mine ? OPAQUE_A : OPAQUE_C));
}

/* ---- again: A starts C while C stops ---- */

static void one_life(void *arg)
{
	(void)arg;
	add_fetch(&lives, 1);
}

static void again(void)
{
	struct sbi_ret said;

	hart_run(c, one_life, NULL);
	CHECK_WAIT(load_acquire(&lives));
	said = sbi_hart_start(c->id, hart_entry_a, 0);
	if (!said.error)
		CHECK_WAIT(load_acquire(&lives) == 2);
	CHECK(hart_wait_stopped(c, PATIENCE_MS));
	print("scene: start of stopping hart %lu: %s, it lived %u times\n",
	      c->id, sbi_error_name(said.error), lives);
	verdict(lives == (said.error ? 1 : 2));
}

/* ---- denied: C asks to suspend too, in vain, then starts B and stops ---- */

static u64 counted;

static void count(void *arg)
{
	(void)arg;
	while (!load_acquire(&over))
		store_release(&counted, counted + 1);
}

static void suspend_then_start_b(void *arg)
{
	(void)arg;
	wait_go();
	c_said = sbi_system_suspend(0, hart_resume_a, 0);
	c_said = sbi_hart_start(b->id, hart_entry_a, 0);
	store_release(&c_done, 1);
	/* Not started: then we must not stop, for A's sake. */
	while (c_said.error && !load_acquire(&over))
		cpu_relax();
}

/* A asks for a suspend with a wake-up in 200 ms. */
static bool suspend(struct sbi_ret *r)
{
	irq_off();
	csr_write(sie, SIP_STIP);
	sbi_set_timer(after_ms(200));
	store_release(&go, 1);
	return system_suspend_to(0, hart_resume_a, 0, r);
}

static void denied(void)
{
	struct sbi_ret r = { 0 };
	bool slept;

	hart_prepare(b, count, NULL);
	hart_run(c, suspend_then_start_b, NULL);
	slept = suspend(&r);
	WAIT_FOR(load_acquire(&c_done), PATIENCE_MS);
	print("scene: suspend: %s; hart %lu counted to %lu\n",
	      slept ? "SUCCESS, and woke up" : sbi_error_name(r.error), b->id,
	      load_acquire(&counted));
	verdict(!slept && r.error == SBI_DENIED && !c_said.error);
}

/*
 * ---- reset: B shuts the system down while A suspends it; C has the VM's lock
 * for a start that fails, and stops. Nobody may come back from a shutdown.
 */

static void shut_down(void *arg)
{
	(void)arg;
	print("REPLAY SOUND, if nobody says anything after this\n");
	sbi_reset(SRST_SHUTDOWN, SRST_REASON_NONE);
}

static void start_b_in_vain(void *arg)
{
	(void)arg;
	sbi_hart_start(b->id, hart_entry_a, 0);
}

static void reset(void)
{
	struct sbi_ret r = { 0 };

	hart_run(c, start_b_in_vain, NULL);
	hart_run(b, shut_down, NULL);
	while (!suspend(&r))
		CHECK_EQ(r.error, SBI_DENIED);
	print("scene: hart %lu goes on after a shutdown\n", main_hart->id);
	verdict(false);
}

void scene_main(const char *name, size_t len)
{
	static const struct {
		const char *name;
		void (*play)(void);
	} scenes[] = {
		{ "starters", starters }, { "again", again }, { "reset", reset },
		{ "denied", denied },
	};

	b = other_hart(0);
	c = other_hart(1);
	if (!c) {
		print("REPLAY needs 3 harts\n");
		machine_shutdown(true);
	}
	for (u32 i = 0; i < ARRAY_SIZE(scenes); i++)
		if (strlen(scenes[i].name) == len &&
		    !memcmp(scenes[i].name, name, len))
			scenes[i].play();
	print("REPLAY has no such scene\n");
	machine_shutdown(true);
}
