/* SPDX-License-Identifier: MIT */
/*
 * replay.c - the race in its smallest form, for a schedule to steer: hart A
 * asks to suspend the system once; hart C takes a nap, starts hart B and only
 * then stops. At every instant B or C is not STOPPED, so the answer must be
 * DENIED (SBI 3.0 section 13.1), whatever the order. B counts for as long as
 * nobody tells it to stop: if A is suspended, it counts in a suspended system.
 */
#include "race.h"

#define SLEEP_MS 200

static u32 go, over;
static volatile u64 counted;	/* by B */
static long start_error;	/* C's HART_START of B */
static u32 start_done;

static void run_b(void *arg)
{
	(void)arg;
	while (!load_acquire(&over))
		counted++;
}

/* Non-retentive: that one may not return at once, however late it is. */
static void nap(void)
{
	struct sbi_ret r;

	csr_write(sie, SIP_STIP);
	sbi_set_timer(after_ms(1));
	hart_suspend_to(HSM_NON_RETENTIVE, hart_resume_a, 0, &r);
	sbi_set_timer(~0ul);
	csr_write(sie, 0);
}

static void run_c(void *arg)
{
	size_t len;

	irq_off();
	while (!load_acquire(&go))
		cpu_relax();
	if (boot_option("nap", &len))
		nap();
	start_error = sbi_hart_start(((struct hart *)arg)->id, hart_entry_a,
				     0).error;
	store_release(&start_done, 1);
	/* Not started: then we must not stop, for A's sake. */
	while (start_error && !load_acquire(&over))
		cpu_relax();
}

static bool suspend(struct sbi_ret *r)
{
	irq_off();
	csr_write(sie, SIP_STIP);
	sbi_set_timer(after_ms(SLEEP_MS));
	store_release(&go, 1);
	return system_suspend_to(0, hart_resume_a, 0, r);
}

void replay_main(void)
{
	struct hart *b = other_hart(0), *c = other_hart(1);
	struct sbi_ret r = { 0 };
	bool slept, good;
	u64 before;

	if (!c) {
		print("REPLAY needs 3 harts\n");
		machine_shutdown(true);
	}
	hart_prepare(b, run_b, NULL);
	hart_prepare(c, run_c, b);
	if (sbi_hart_start(c->id, hart_entry_a, 0).error)
		machine_shutdown(true);
	slept = suspend(&r);
	before = counted;
	WAIT_FOR(load_acquire(&start_done), PATIENCE_MS);
	print("replay: hart %lu: suspend: %s\n", main_hart->id,
	      slept ? "SUCCESS, and woke up" : sbi_error_name(r.error));
	print("replay: hart %lu: start of hart %lu: %s\n", c->id, b->id,
	      sbi_error_name(start_error));
	if (slept)
		print("replay: hart %lu is %s and counted to %lu in the "
		      "suspended system\n", b->id,
		      hsm_state_name(sbi_hart_status(b->id).value), before);
	if (start_error && !slept)
		print("replay: hart %lu was STOPPED, its start was refused for "
		      "a suspend that failed too\n", b->id);
	good = !slept && r.error == SBI_DENIED && !start_error;
	store_release(&over, 1);
	for_each_other(h)
		hart_wait_stopped(h, PATIENCE_MS);
	print("REPLAY %s\n", good ? "SOUND" : "BROKEN");
	machine_shutdown(!good);
}
