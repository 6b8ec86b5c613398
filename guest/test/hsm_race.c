/* SPDX-License-Identifier: MIT */
/*
 * hsm_race.c - several callers at once: start against start, start against
 * stop, IPI against start, and a poller that watches the states.
 */
#include "../lib/test.h"

/* All but the target start the target at the same moment. */
struct contest {
	struct hart *target;
	struct barrier line;
	u32 over;		/* main is done with all rounds */
	u32 go_home;		/* target may stop */
	u32 wins;		/* successful starts this round */
	u64 winner;		/* hart id of the last one */
	u32 odd_errors;		/* answers no loser may get */
};

static void stay(void *arg)
{
	struct contest *c = arg;

	while (!load_acquire(&c->go_home))
		cpu_relax();
}

/* My opaque is my id; harts with an odd index use the other entry. */
static void compete(struct contest *c)
{
	struct hart *self = hart_self();
	long e = sbi_hart_start(c->target->id, self->index & 1 ?
				hart_entry_b : hart_entry_a,
				self->id + 1000).error;

	if (e == SBI_SUCCESS) {
		add_fetch(&c->wins, 1);
		store_release(&c->winner, self->id);
	} else if (e != SBI_ALREADY_AVAILABLE &&
		   !(e == SBI_INVALID_PARAM && sbi_is_opensbi(0, 0))) {
		add_fetch(&c->odd_errors, 1);
	}
}

static void competitor(void *arg)
{
	struct contest *c = arg;

	for (;;) {
		barrier_wait(&c->line);
		if (load_acquire(&c->over))
			return;
		compete(c);
		barrier_wait(&c->line);
	}
}

static void check_round(struct contest *c)
{
	struct hart *t = c->target, *w = harts;

	CHECK_EQ(c->odd_errors, 0);
	CHECK_EQ(c->wins, 1);
	CHECK_WAIT(load_acquire(&t->up));
	while (w->id != c->winner)
		w++;
	CHECK_EQ(t->entry.a1, c->winner + 1000);
	CHECK_EQ(t->entry.tag, w->index & 1 ? TAG_START_B : TAG_START_A);
	CHECK_EQ(t->entry.a0, t->id);
	store_release(&c->go_home, 1);
	CHECK(hart_wait_stopped(t, PATIENCE_MS));
}

TEST(hsm_start_vs_start, "of many starts one succeeds, and its arguments count")
{
	static struct contest c;
	struct budget b = budget(300, 4000);

	NEED_HARTS(3);
	c = (struct contest){ .target = other_hart(0) };
	barrier_init(&c.line, (u32)hart_count - 1);
	for_each_other(h)
		if (h != c.target)
			hart_run(h, competitor, &c);
	while (budget_left(&b)) {
		c.wins = c.go_home = 0;
		CHECK(hart_wait_stopped(c.target, PATIENCE_MS));
		hart_prepare(c.target, stay, &c);
		barrier_wait(&c.line);
		compete(&c);
		barrier_wait(&c.line);
		check_round(&c);
	}
	store_release(&c.over, 1);
	barrier_wait(&c.line);
	harts_join();
}

static void count_run(void *arg)
{
	add_fetch((u32 *)arg, 1);
}

TEST(hsm_start_vs_stop, "a start against a stopping hart is refused or counts")
{
	struct budget b = budget(1000, 3000);
	struct hart *h = other_hart(0);
	u32 starts = 0, runs = 0;

	NEED_HARTS(2);
	while (budget_left(&b)) {
		long e;

		/* The job is the same every time, so this hits no live hart. */
		h->fn = count_run;
		h->arg = &runs;
		fence_all();
		e = sbi_hart_start(h->id, hart_entry_a, starts).error;
		if (e == SBI_SUCCESS)
			starts++;
		else if (e != SBI_ALREADY_AVAILABLE && e != SBI_FAILED &&
			 e != SBI_INVALID_PARAM)
			FAIL_TEST("start answers %s", sbi_error_name(e));
	}
	harts_join();
	CHECK(starts > 0);
	CHECK_EQ(runs, starts);
}

static void expect_ipi(void *arg)
{
	u32 *seen = arg;

	irq_off();
	if (WAIT_FOR(csr_read(sip) & SIP_SSIP, 2000))
		add_fetch(seen, 1);
	csr_clear(sip, SIP_SSIP);
}

TEST(hsm_ipi_after_start, "an IPI sent right after a start is not lost")
{
	struct budget b = budget(200, 4000);
	u32 seen = 0, sent = 0;

	NEED_HARTS(2);
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI drops IPIs to a hart that is still starting" :
		       NULL);
	while (budget_left(&b))
		for_each_other(h) {
			hart_run(h, expect_ipi, &seen);
			CHECK_ERR(sbi_send_ipi(1, h->id), SBI_SUCCESS);
			sent++;
			CHECK(hart_wait_stopped(h, PATIENCE_MS));
			CHECK_EQ(seen, sent);
		}
}

struct watch {
	struct hart *target;
	u32 over;
	u32 samples[8];	/* by state; 7: no HSM state, or an error */
};

static void poller(void *arg)
{
	struct watch *w = arg;

	while (!load_acquire(&w->over)) {
		struct sbi_ret r = sbi_hart_status(w->target->id);
		u64 s = r.error || r.value > 6 ? 7 : r.value;

		w->samples[s]++;
	}
}

static void doze(void *arg)
{
	irq_off();
	csr_write(sie, SIP_STIP);
	for (int i = 0; i < *(int *)arg; i++) {
		sbi_set_timer(after_ms(1));
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	}
	sbi_set_timer(~0ul);
}

TEST(hsm_status_start_stop, "a poller of starts and stops sees no suspend state")
{
	static struct watch w;
	struct budget b = budget(200, 3000);
	int zero = 0;

	NEED_HARTS(3);
	w = (struct watch){ .target = other_hart(0) };
	hart_run(other_hart(1), poller, &w);
	/* At least until the poller has seen one. */
	while (budget_left(&b) || !(load_acquire(&w.samples[HSM_STARTED]) |
				    load_acquire(&w.samples[HSM_STOPPED]))) {
		hart_run(w.target, doze, &zero);
		CHECK(hart_wait_stopped(w.target, PATIENCE_MS));
	}
	store_release(&w.over, 1);
	harts_join();
	CHECK_EQ(w.samples[7], 0);
	CHECK_EQ(w.samples[HSM_SUSPENDED], 0);
	CHECK_EQ(w.samples[HSM_SUSPEND_PENDING], 0);
	CHECK_EQ(w.samples[HSM_RESUME_PENDING], 0);
	CHECK(w.samples[HSM_STARTED] + w.samples[HSM_STOPPED] > 0);
}

TEST(hsm_status_suspend, "a poller of a sleeper sees no start or stop state")
{
	static struct watch w;
	int times = 50;

	NEED_HARTS(3);
	w = (struct watch){ .target = other_hart(0) };
	hart_run(w.target, doze, &times);
	CHECK_WAIT(load_acquire(&w.target->up));
	hart_run(other_hart(1), poller, &w);
	/* Stop watching while the target is surely still dozing. */
	delay_ms(20);
	store_release(&w.over, 1);
	CHECK(hart_wait_stopped(other_hart(1), PATIENCE_MS));
	if (!load_acquire(&w.target->up))
		SKIP("machine too slow to tell");
	harts_join();
	CHECK_EQ(w.samples[7], 0);
	CHECK_EQ(w.samples[HSM_STOPPED], 0);
	CHECK_EQ(w.samples[HSM_START_PENDING], 0);
	CHECK_EQ(w.samples[HSM_STOP_PENDING], 0);
}
