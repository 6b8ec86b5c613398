/* SPDX-License-Identifier: MIT */
/*
 * suspend.c - attacks on SYSTEM_SUSPEND and HART_SUSPEND. Where never all
 * others are STOPPED, one suspend that succeeds is a violation.
 */
#include "race.h"
#include "../lib/ring.h"

#define NEED_SUSP() NEED_EXT(EID_SUSP, "SUSP")

/* A suspend that nobody may get; a timer that is due ends it at once. */
static void must_be_denied(u64 number)
{
	struct sbi_ret r = { 0 };

	irq_off();
	csr_write(sie, SIP_STIP);
	if (system_suspend_to(0, hart_resume_a, 0, &r))
		violation("suspend %lu succeeded while others ran", number);
	else if (r.error != SBI_DENIED)
		violation("suspend %lu answers %s", number,
			  sbi_error_name(r.error));
}

TEST(susp_token_ring, "never all others stopped: every suspend is DENIED")
{
	u64 tries = 0, steps, end = attack_end();

	NEED_SUSP();
	NEED_HARTS(3);
	attack_begin();
	ring_start();
	irq_off();
	sbi_set_timer(0);
	while (now() < end)
		must_be_denied(++tries);
	steps = ring_stop();
	test_rearm();
	attack_report("susp_token_ring", "%lu suspends, %lu steps of the token",
		      tries, steps);
}

/* ---- All suspend at once ---- */

static u32 crowd_over;
static u64 crowd_tries;

static void crowd(void *arg)
{
	(void)arg;
	sbi_set_timer(0);
	while (!load_acquire(&crowd_over))
		must_be_denied(add_fetch(&crowd_tries, 1));
	sbi_set_timer(~0ul);
}

TEST(susp_vs_susp, "harts that all suspend the system at once are all DENIED")
{
	u64 end = attack_end();

	NEED_SUSP();
	NEED_HARTS(2);
	attack_begin();
	crowd_over = 0;
	crowd_tries = 0;
	for_each_other(h)
		hart_run(h, crowd, NULL);
	for_each_other(h)
		CHECK_WAIT(load_acquire(&h->up));
	irq_off();
	sbi_set_timer(0);
	while (now() < end)
		must_be_denied(add_fetch(&crowd_tries, 1));
	store_release(&crowd_over, 1);
	harts_join();
	test_rearm();
	attack_report("susp_vs_susp", "%lu suspends", crowd_tries);
}

static u32 naps_over;

static void nap(void *arg)
{
	(void)arg;
	irq_off();
	csr_write(sie, SIP_STIP);
	while (!load_acquire(&naps_over)) {
		sbi_set_timer(now() + ms_to_ticks(1) / 4);
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	}
	sbi_set_timer(~0ul);
}

TEST(susp_vs_naps, "a sleeping hart is not STOPPED: DENIED")
{
	u64 tries = 0, end = attack_end();

	NEED_SUSP();
	NEED_HARTS(2);
	attack_begin();
	naps_over = 0;
	hart_run(other_hart(0), nap, NULL);
	irq_off();
	sbi_set_timer(0);
	while (now() < end)
		must_be_denied(++tries);
	store_release(&naps_over, 1);
	harts_join();
	test_rearm();
	attack_report("susp_vs_naps", "%lu suspends", tries);
}

/* ---- A suspend against harts on their way to STOPPED ---- */

static u32 lives;

static void one_life(void *arg)
{
	(void)arg;
	add_fetch(&lives, 1);
}

TEST(susp_vs_stop, "DENIED until all have stopped, then it sleeps, wakes, and all still are")
{
	u64 end = attack_end(), suspends = 0, denied = 0, starts = 0;
	struct sbi_ret r = { 0 };

	NEED_SUSP();
	NEED_HARTS(2);
	attack_begin();
	lives = 0;
	while (now() < end) {
		for_each_other(h) {
			hart_run(h, one_life, NULL);
			starts++;
		}
		irq_off();
		csr_write(sie, SIP_STIP);
		/* Some wake-ups are due already, some come while it falls asleep. */
		sbi_set_timer(now() + test_random() % (ms_to_ticks(1) / 4));
		while (!system_suspend_to(0, hart_resume_a, suspends, &r)) {
			if (r.error != SBI_DENIED)
				violation("suspend answers %s",
					  sbi_error_name(r.error));
			denied++;
		}
		if (lives != starts)
			violation("suspended with %lu starts and %u lives",
				  starts, lives);
		if (main_hart->entry.a1 != suspends)
			violation("resumed with a1 0x%lx", main_hart->entry.a1);
		for_each_other(h)
			if (sbi_hart_status(h->id).value != HSM_STOPPED)
				violation("hart %lu is not STOPPED after resume",
					  h->id);
		suspends++;
		test_rearm();
	}
	attack_report("susp_vs_stop", "%lu suspends, %lu denied before",
		      suspends, denied);
}

/* ---- HART_SUSPEND against the IPI that is to end it ---- */

static u64 sleeping, woken, naps;

static void sleeper(void *arg)
{
	struct sbi_ret r = { 0 };

	(void)arg;
	irq_off();
	csr_clear(sip, SIP_SSIP);
	csr_write(sie, SIP_SSIP);
	for (u64 n = 1; n <= naps; n++) {
		store_release(&sleeping, n);
		if (n & 1)
			hart_suspend_to(HSM_NON_RETENTIVE, hart_resume_a, n, &r);
		/* A retentive one may come back for any reason: as WFI. */
		while (!(csr_read(sip) & SIP_SSIP))
			hart_suspend_to(HSM_RETENTIVE, hart_resume_a, 0, &r);
		csr_clear(sip, SIP_SSIP);
		store_release(&woken, n);
	}
}

TEST(suspend_vs_ipi, "no IPI is lost to a hart that is just falling asleep")
{
	u64 end = attack_end(), n = 0;
	struct hart *t = other_hart(0);

	NEED_HARTS(2);
	attack_begin();
	sleeping = woken = 0;
	naps = ~0ul;
	hart_run(t, sleeper, NULL);
	while (now() < end) {
		n++;
		CHECK_WAIT(load_acquire(&sleeping) == n);
		for (u64 spin = test_random() % 300; spin; spin--)
			__asm__ volatile("" : : : "memory");
		if (now() >= end)
			store_release(&naps, n);
		CHECK_ERR(sbi_send_ipi(1, t->id), SBI_SUCCESS);
		if (!WAIT_FOR(load_acquire(&woken) == n, 2000)) {
			violation("nap %lu: it was sent an IPI and sleeps on", n);
			break;
		}
	}
	store_release(&naps, 0);
	WAIT_FOR(sbi_send_ipi(1, t->id).error ||
		 hart_wait_stopped(t, 1), PATIENCE_MS);
	harts_join();
	attack_report("suspend_vs_ipi", "%lu naps", n);
}
