/* SPDX-License-Identifier: MIT */
/*
 * hsm_stop.c - HART_STOP: does not return, leaves nothing behind.
 */
#include "../lib/test.h"

static u32 returned;

/* Stop with a timer and an IPI pending or about to be. */
static void stop_with_events(void *arg)
{
	u64 ms = *(u64 *)arg;

	irq_off();
	csr_write(sie, SIP_SSIP | SIP_STIP);
	sbi_set_timer(ms ? after_ms(ms) : 0);
	if (!ms)
		sbi_send_ipi(1, hart_self()->id);
	sbi_hart_stop();
	add_fetch(&returned, 1);
}

TEST(hsm_stop_does_not_return, "a pending interrupt does not end HART_STOP")
{
	u64 ms = 0;

	NEED_HARTS(2);
	returned = 0;
	for (int i = 0; i < 5; i++)
		for_each_other(h)
			hart_run(h, stop_with_events, &ms);
	harts_join();
	delay_ms(30);
	CHECK_EQ(returned, 0);
	for_each_other(h)
		CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
}

TEST(hsm_stop_timer_does_not_wake, "a timer of a STOPPED hart wakes nobody")
{
	struct hart *h = other_hart(0);
	u64 ms = 10;

	NEED_HARTS(2);
	returned = 0;
	hart_run(h, stop_with_events, &ms);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	delay_ms(40);
	CHECK_EQ(returned, 0);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
}

static void look_for_irqs(void *arg)
{
	u64 *sip = arg;

	delay_ms(20);
	*sip = csr_read(sip);
	if (timer_is_pending())
		*sip |= SIP_STIP;
}

TEST(hsm_stop_drops_pending, "pending interrupts do not survive stop and start")
{
	struct hart *h = other_hart(0);
	u64 zero = 0, later = 5, sip = 0;

	NEED_HARTS(2);
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI leaves the timer armed" : NULL);
	hart_run(h, stop_with_events, &zero);
	hart_run(h, look_for_irqs, &sip);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	CHECK_EQ(h->entry.sip & (SIP_SSIP | SIP_STIP), 0);
	CHECK_EQ(sip & (SIP_SSIP | SIP_STIP), 0);
	hart_run(h, stop_with_events, &later);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	delay_ms(10);
	hart_run(h, look_for_irqs, &sip);
	harts_join();
	CHECK_EQ(h->entry.sip & (SIP_SSIP | SIP_STIP), 0);
	CHECK_EQ(sip & (SIP_SSIP | SIP_STIP), 0);
}

static void count_up(void *arg)
{
	add_fetch((u32 *)arg, 1);
}

TEST(hsm_stop_start_loop, "every successful start runs exactly once")
{
	struct budget b = budget(300, 3000);
	u32 runs = 0, starts = 0;

	NEED_HARTS(2);
	while (budget_left(&b))
		for_each_other(h) {
			hart_run(h, count_up, &runs);
			starts++;
		}
	harts_join();
	CHECK_EQ(runs, starts);
}

static void stop_for_good(void *arg)
{
	(void)arg;
}

TEST_MANUAL(hsm_last_stop, "when the last hart stops, the machine is over")
{
	for_each_other(h)
		hart_run(h, stop_for_good, NULL);
	harts_join();
	print("PASS hsm_last_stop when the host reports a dead guest now\n");
	irq_off();
	sbi_hart_stop();
	FAIL_TEST("HART_STOP returned");
}
