/* SPDX-License-Identifier: MIT */
/*
 * susp.c - SYSTEM_SUSPEND, SBI 3.0 chapter 13: errors, success, wake-up.
 * Races: susp_race.c.
 */
#include "../lib/test.h"

#define OPAQUE 0xfedcba9876543210ul
#define NEED_SUSP() NEED_EXT(EID_SUSP, "SUSP")

static void arm(u64 ms)
{
	irq_off();
	csr_write(sie, SIP_STIP);
	sbi_set_timer(ms ? after_ms(ms) : 0);
}

static struct sbi_ret try_suspend(u64 type)
{
	struct sbi_ret r = { 0 };

	if (system_suspend_to(type, hart_resume_a, OPAQUE, &r))
		FAIL_TEST("suspend type %lx succeeded", type);
	return r;
}

TEST(susp_reserved, "reserved sleep types are INVALID_PARAM")
{
	static const u64 types[] = {
		1, 2, 0x7fffffff, 1ul << 32 | 1, 7ul << 40 | 0x7fffffff,
	};

	NEED_SUSP();
	arm(0);
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		CHECK_ERR(try_suspend(types[i]), SBI_INVALID_PARAM);
}

TEST(susp_platform, "unknown platform sleep types are INVALID_PARAM")
{
	NEED_SUSP();
	arm(0);
	CHECK_ERR(try_suspend(0x80000000), SBI_INVALID_PARAM);
	CHECK_ERR(try_suspend(0xffffffff), SBI_INVALID_PARAM);
}

TEST(susp_bad_address, "a forbidden resume address: INVALID_ADDRESS")
{
	NEED_SUSP();
	arm(0);
	CHECK_ERR(sbi_system_suspend(0, bad_address(), 0),
		  SBI_INVALID_ADDRESS);
}

TEST(susp_outside_ram, "a resume address with no RAM behind: INVALID_ADDRESS")
{
	NEED_SUSP();
	NEED_RAM_CHECK();
	arm(0);
	CHECK_ERR(sbi_system_suspend(0, hole_address(), 0),
		  SBI_INVALID_ADDRESS);
	CHECK_ERR(sbi_system_suspend(0, 0, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(sbi_system_suspend(0, 1ul << 60, 0), SBI_INVALID_ADDRESS);
}

TEST(susp_bad_fid, "functions above 0 are NOT_SUPPORTED")
{
	NEED_SUSP();
	arm(0);
	CHECK_ERR(sbi_call3(EID_SUSP, 1, 0, (u64)hart_resume_a, 0),
		  SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call3(EID_SUSP, ~0ul, 0, (u64)hart_resume_a, 0),
		  SBI_NOT_SUPPORTED);
}

static void until_set(void *arg)
{
	while (!load_acquire((u32 *)arg))
		cpu_relax();
}

TEST(susp_denied_started, "DENIED while any other hart is STARTED")
{
	NEED_SUSP();
	NEED_HARTS(2);
	for_each_other(h) {
		u32 flag = 0;

		hart_run(h, until_set, &flag);
		CHECK_WAIT(load_acquire(&h->up));
		arm(0);
		for (int i = 0; i < 20; i++)
			CHECK_ERR(try_suspend(0), SBI_DENIED);
		CHECK_EQ(sbi_hart_status(h->id).value, HSM_STARTED);
		CHECK_EQ(sbi_hart_status(main_hart->id).value, HSM_STARTED);
		store_release(&flag, 1);
		harts_join();
	}
}

static void sleep_until_ipi(void *arg)
{
	struct sbi_ret r;
	u64 type = *(u64 *)arg;

	irq_off();
	csr_write(sie, SIP_SSIP);
	while (!(csr_read(sip) & SIP_SSIP))
		hart_suspend_to(type, hart_resume_b, 0, &r);
}

TEST(susp_denied_suspended, "a SUSPENDED hart is not STOPPED: DENIED")
{
	struct hart *h = other_hart(0);
	u64 types[] = { HSM_RETENTIVE, HSM_NON_RETENTIVE };

	NEED_SUSP();
	NEED_HARTS(2);
	for (u32 i = 0; i < 2; i++) {
		hart_run(h, sleep_until_ipi, &types[i]);
		CHECK(hart_wait_state(h, HSM_SUSPENDED, PATIENCE_MS));
		arm(0);
		for (int n = 0; n < 20; n++)
			CHECK_ERR(try_suspend(0), SBI_DENIED);
		CHECK_EQ(sbi_hart_status(h->id).value, HSM_SUSPENDED);
		sbi_send_ipi(1, h->id);
		harts_join();
	}
}

static void suspend_and_check(u64 type, u64 ms)
{
	struct sbi_ret r = { 0 };
	struct hart *h = hart_self();
	u64 start = now(), end;
	void (*entry)(void) = ms & 1 ? hart_resume_b : hart_resume_a;

	arm(ms);
	if (!system_suspend_to(type, entry, OPAQUE, &r))
		FAIL_TEST("suspend answers %s", sbi_error_name(r.error));
	end = now();
	CHECK_EQ(h->entry.tag, ms & 1 ? TAG_RESUME_B : TAG_RESUME_A);
	CHECK_EQ(h->entry.a0, h->id);
	CHECK_EQ(h->entry.a1, OPAQUE);
	CHECK_EQ(h->entry.satp, 0);
	CHECK_EQ(h->entry.sstatus & SSTATUS_SIE, 0);
	CHECK(end - start >= ms_to_ticks(ms));
	for_each_other(o)
		CHECK_EQ(sbi_hart_status(o->id).value, HSM_STOPPED);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STARTED);
}

TEST(susp_wakes_by_timer, "the caller's timer wakes it; resume registers")
{
	NEED_SUSP();
	suspend_and_check(0, 200);
	suspend_and_check(0, 101);
}

TEST(susp_timer_still_pending, "the interrupt that woke it is taken afterwards")
{
	NEED_SUSP();
	suspend_and_check(0, 50);
	CHECK(timer_is_pending());
	irq_on();
	CHECK_WAIT(main_hart->timer_count == 1);
}

TEST(susp_pending_wakes_at_once, "an interrupt pending before does not get lost")
{
	u64 start = now();

	NEED_SUSP();
	suspend_and_check(0, 0);
	/* OpenSBI's test device dawdles for five seconds. */
	CHECK(now() - start < ms_to_ticks(PATIENCE_MS));
}

TEST(susp_ipi_pending, "a pending IPI wakes as well")
{
	struct sbi_ret r;

	NEED_SUSP();
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI drops pending IPIs on resume" : NULL);
	irq_off();
	sbi_set_timer(after_ms(3000));
	csr_write(sie, SIP_SSIP | SIP_STIP);
	sbi_send_ipi(1, main_hart->id);
	CHECK(system_suspend_to(0, hart_resume_a, OPAQUE, &r));
	CHECK(csr_read(sip) & SIP_SSIP);
	CHECK(!timer_is_pending());
}

TEST(susp_upper_bits, "bits 32 and up of the sleep type are ignored")
{
	NEED_SUSP();
	suspend_and_check(1ul << 32, 0);
	suspend_and_check(0xffffffff00000000ul, 0);
}

static void add_one(void *arg)
{
	add_fetch((u32 *)arg, 1);
}

TEST(susp_others_startable, "after resume the others are STOPPED and start")
{
	u32 runs = 0;

	NEED_SUSP();
	NEED_HARTS(2);
	for (u32 i = 1; i <= 2; i++) {
		suspend_and_check(0, 20);
		for_each_other(h)
			hart_run(h, add_one, &runs);
		harts_join();
		CHECK_EQ(runs, i * (hart_count - 1));
	}
}

TEST(susp_again, "suspend works many times in a row")
{
	NEED_SUSP();
	/* Firmware's test device is slow: twice are enough there. */
	for (u64 n = sbi_is_opensbi(0, 0) ? 2 : scaled(100); n; n--)
		suspend_and_check(0, n & 3);
}

struct baton {
	struct context back;	/* of main, on its boot stack */
	u32 done;
};

static void return_to_main(void *arg)
{
	context_jump(&((struct baton *)arg)->back, 1);
}

static void suspend_other(void *arg)
{
	struct baton *b = arg;

	if (!hart_wait_stopped(main_hart, PATIENCE_MS))
		FAIL_TEST("main did not stop");
	arm(30);
	hart_self()->catching = false;
	{
		struct sbi_ret r = { 0 };

		if (system_suspend_to(0, hart_resume_a, OPAQUE, &r))
			store_release(&b->done, 1);
	}
	hart_prepare(main_hart, return_to_main, b);
	WAIT_FOR(!sbi_hart_start(main_hart->id, hart_entry_a, 0).error,
		 PATIENCE_MS);
}

TEST(susp_from_any_hart, "a hart other than the boot hart may suspend")
{
	static struct baton b;

	NEED_SUSP();
	NEED_HARTS(2);
	b.done = 0;
	if (!context_save(&b.back)) {
		hart_run(other_hart(0), suspend_other, &b);
		irq_off();
		sbi_hart_stop();
		FAIL_TEST("HART_STOP returned");
	}
	sbi_set_timer(after_ms(PATIENCE_MS));
	CHECK_EQ(load_acquire(&b.done), 1);
}
