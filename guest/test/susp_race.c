/* SPDX-License-Identifier: MIT */
/*
 * susp_race.c - SYSTEM_SUSPEND against everything that starts or stops
 * harts. The judgement never depends on timing: where not all others can
 * have been STOPPED at one instant, a single success is a failure.
 */
#include "../lib/ring.h"
#include "../lib/test.h"

#define NEED_SUSP() NEED_EXT(EID_SUSP, "SUSP")

/* Suspend with the timer as the way out should it succeed. */
static bool suspended(struct sbi_ret *r)
{
	irq_off();
	csr_write(sie, SIP_STIP);
	return system_suspend_to(0, hart_resume_a, 0, r);
}

TEST(susp_token_ring, "never all stopped: every suspend must be DENIED")
{
	struct sbi_ret r = { 0 };
	u64 tries = 0, steps, end = after_ms(scaled(3000));

	NEED_SUSP();
	NEED_HARTS(3);
	ring_start();
	irq_off();
	sbi_set_timer(end);
	for (; now() < end; tries++) {
		if (suspended(&r))
			FAIL_TEST("suspend %lu succeeded on a busy machine",
				  tries);
		CHECK_ERR(r, SBI_DENIED);
	}
	steps = ring_stop();
	CHECK(tries > 0 && steps > 1);
	print("  susp_token_ring: %lu denied, %lu steps\n", tries, steps);
}

/* All harts suspend at the same moment. */
struct crowd {
	struct barrier line;
	u32 over, denied, others;
};

static void suspend_once(struct crowd *c)
{
	struct sbi_ret r = { 0 };

	sbi_set_timer(after_ms(500));
	if (!suspended(&r) && r.error == SBI_DENIED)
		add_fetch(&c->denied, 1);
	else
		add_fetch(&c->others, 1);
}

static void in_crowd(void *arg)
{
	struct crowd *c = arg;

	for (;;) {
		barrier_wait(&c->line);
		if (load_acquire(&c->over))
			return;
		suspend_once(c);
		barrier_wait(&c->line);
	}
}

TEST(susp_vs_susp, "harts that suspend at once are all DENIED")
{
	static struct crowd c;
	struct budget b = budget(300, 3000);
	u32 rounds = 0;

	NEED_SUSP();
	NEED_HARTS(2);
	c = (struct crowd){ 0 };
	barrier_init(&c.line, (u32)hart_count);
	for_each_other(h)
		hart_run(h, in_crowd, &c);
	for (; budget_left(&b); rounds++) {
		barrier_wait(&c.line);
		suspend_once(&c);
		barrier_wait(&c.line);
		CHECK_EQ(c.others, 0);
		CHECK_EQ(c.denied, (rounds + 1) * hart_count);
	}
	store_release(&c.over, 1);
	barrier_wait(&c.line);
	harts_join();
}

static void run_and_stop(void *arg)
{
	add_fetch((u32 *)arg, 1);
}

TEST(susp_vs_start_stop, "a suspend waits for no one: DENIED, or all STOPPED")
{
	struct budget b = budget(sbi_is_opensbi(0, 0) ? 3 : 300, 3000);
	u32 runs = 0, starts = 0, successes = 0;
	struct sbi_ret r = { 0 };

	NEED_SUSP();
	NEED_HARTS(2);
	while (budget_left(&b)) {
		for_each_other(h) {
			hart_run(h, run_and_stop, &runs);
			starts++;
		}
		/* Pending already: a success wakes at once. */
		irq_off();
		sbi_set_timer(0);
		while (!suspended(&r))
			CHECK_ERR(r, SBI_DENIED);
		successes++;
		CHECK_EQ(load_acquire(&runs), starts);
		for_each_other(h)
			CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
	}
	CHECK(successes > 0);
}

static void nap(void *arg)
{
	u32 *over = arg;

	irq_off();
	csr_write(sie, SIP_STIP);
	while (!load_acquire(over)) {
		sbi_set_timer(after_ms(2));
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	}
	sbi_set_timer(~0ul);
}

TEST(susp_vs_hart_suspend, "harts that fall asleep and wake up all the time: DENIED")
{
	u64 end = after_ms(scaled(1000));
	u32 over = 0;
	struct sbi_ret r = { 0 };

	NEED_SUSP();
	NEED_HARTS(2);
	for_each_other(h)
		hart_run(h, nap, &over);
	irq_off();
	sbi_set_timer(end);
	while (now() < end) {
		CHECK(!suspended(&r));
		CHECK_ERR(r, SBI_DENIED);
	}
	store_release(&over, 1);
	harts_join();
}
