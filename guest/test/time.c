/* SPDX-License-Identifier: MIT */
/*
 * time.c - TIME, SBI 3.0 chapter 6.
 */
#include "../lib/test.h"

#define STIP_PENDING timer_is_pending()

static u32 fired;

static void on_timer(struct trap_frame *f)
{
	(void)f;
	fired++;
	sbi_set_timer(~0ul);
}

static void own_timer(void)
{
	irq_off();
	fired = 0;
	irq_handler_set(IRQ_TIMER, on_timer);
}

TEST(time_past_pends_at_once, "a deadline in the past is pending at once")
{
	irq_off();
	CHECK_ERR(sbi_set_timer(0), SBI_SUCCESS);
	CHECK_WAIT(STIP_PENDING);
	CHECK_ERR(sbi_set_timer(now()), SBI_SUCCESS);
	CHECK_WAIT(STIP_PENDING);
}

TEST(time_future_clears_pending, "a future deadline clears a pending one")
{
	irq_off();
	sbi_set_timer(0);
	CHECK_WAIT(STIP_PENDING);
	CHECK_ERR(sbi_set_timer(after_ms(60000)), SBI_SUCCESS);
	CHECK(!STIP_PENDING);
}

TEST(time_masked_clears, "a future deadline clears pending even if masked")
{
	irq_off();
	csr_clear(sie, SIP_STIP);
	sbi_set_timer(0);
	CHECK_WAIT(STIP_PENDING);
	sbi_set_timer(after_ms(60000));
	CHECK(!STIP_PENDING);
	/* ... and a masked timer still becomes pending. */
	sbi_set_timer(after_ms(5));
	CHECK_WAIT(STIP_PENDING);
	CHECK_EQ(csr_read(sie) & SIP_STIP, 0);
}

TEST(time_never, "all ones means never")
{
	own_timer();
	sbi_set_timer(0);
	CHECK_WAIT(STIP_PENDING);
	CHECK_ERR(sbi_set_timer(~0ul), SBI_SUCCESS);
	CHECK(!STIP_PENDING);
	irq_on();
	delay_ms(30);
	irq_off();
	CHECK_EQ(fired, 0);
	CHECK(!STIP_PENDING);
}

TEST(time_fires_once, "one interrupt per deadline, not early")
{
	for (int i = 0; i < 10; i++) {
		u64 deadline;

		own_timer();
		deadline = after_ms(3);
		sbi_set_timer(deadline);
		irq_on();
		CHECK_WAIT(load_acquire(&fired) == 1);
		CHECK(now() >= deadline);
		delay_ms(5);
		CHECK_EQ(fired, 1);
	}
}

static u64 masked_until;

static void on_timer_mask(struct trap_frame *f)
{
	fired++;
	masked_until = f->sepc;
	csr_clear(sie, SIP_STIP);
}

TEST(time_mask_in_handler, "a handler that only masks STIE is left in peace")
{
	own_timer();
	irq_handler_set(IRQ_TIMER, on_timer_mask);
	sbi_set_timer(0);
	irq_on();
	CHECK_WAIT(load_acquire(&fired) == 1);
	delay_ms(20);
	CHECK_EQ(fired, 1);
	irq_off();
	CHECK(STIP_PENDING);
	sbi_set_timer(~0ul);
	CHECK(!STIP_PENDING);
}

TEST(time_wfi_wakes, "WFI with SIE=0 ends when the timer is due")
{
	irq_off();
	for (int i = 0; i < 10; i++) {
		u64 deadline = after_ms(5);

		sbi_set_timer(deadline);
		while (!STIP_PENDING) {
			wfi();
			cpu_relax();
		}
		CHECK(now() >= deadline);
	}
}

static void timer_job(void *arg)
{
	u32 *done = arg;

	sbi_set_timer(after_ms(5));
	csr_write(sie, SIP_STIP);
	irq_on();
	while (!load_acquire(&hart_self()->timer_count))
		cpu_relax();
	delay_ms(10);
	if (hart_self()->timer_count != 1)
		FAIL_TEST("hart %lu got %u timer interrupts",
			  hart_self()->id, hart_self()->timer_count);
	add_fetch(done, 1);
}

TEST(time_per_hart, "every hart has its own timer")
{
	u32 done = 0;

	NEED_HARTS(2);
	for_each_other(h)
		hart_run(h, timer_job, &done);
	harts_join();
	CHECK_EQ(done, hart_count - 1);
}

TEST(time_counts, "time, cycle and instret can be read and do not go back")
{
	u64 t = now(), i = csr_read(instret), c = csr_read(cycle);

	for (int n = 0; n < 1000; n++) {
		u64 t2 = now();

		CHECK(t2 >= t);
		t = t2;
	}
	CHECK(csr_read(instret) > i);
	CHECK(csr_read(cycle) >= c);
}
