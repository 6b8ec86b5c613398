/* SPDX-License-Identifier: MIT */
/*
 * rtc.c - the clock of QEMU's virt, with its interrupt. Under the hypervisor a VM has an emulated
 * one, or by devices=rtc that of the machine. An alarm for a time that is past comes at once, so a
 * program can make its interrupt whenever it wants.
 */
#include "../lib/survivor.h"
#include "plic.h"

#define SOURCE		11
#define UART_SOURCE	10
#define PHASE_HELD	0x7e57101

static volatile u32 *const rtc = (volatile u32 *)0x101000;

enum { TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH, IRQ_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR };

static u64 now_ns(void)
{
	u64 low = rtc[TIME_LOW]; /* keeps the other half */

	return (u64)rtc[TIME_HIGH] << 32 | low;
}

static void alarm_at(u64 ns)
{
	rtc[ALARM_HIGH] = (u32)(ns >> 32);
	rtc[ALARM_LOW] = (u32)ns;
}

static void alarm_in_ms(u64 ms)
{
	alarm_at(now_ns() + ms * 1000000);
}

static void pull(void)
{
	alarm_at(1);
}

static void release(void)
{
	rtc[CLEAR_ALARM] = 1;
	rtc[CLEAR] = 1;
}

static void calm(void)
{
	release();
	rtc[IRQ_ENABLED] = 1;
	plic_calm(SOURCE);
	ENABLE(mine(), UART_SOURCE) &= ~BIT(UART_SOURCE);
}

#define NEED_RTC() do {							\
	if (!plic_has("google,goldfish-rtc") || !plic_has("sifive,plic-1.0.0"))	\
		SKIP("no clock with an interrupt");	\
	calm();								\
} while (0)

TEST(rtc_time, "the clock says what time it is, and goes")
{
	u64 begin, end;

	NEED_RTC();
	begin = now_ns();
	delay_ms(20);
	end = now_ns();
	CHECK(begin > 1600000000ul * 1000000000ul);
	CHECK(end - begin >= 15000000);
	CHECK(end - begin < 2000000000);
	print("begin: %lu s after 1970\n", begin / 1000000000);
}

TEST(rtc_set, "the clock goes on from what it is set to")
{
	u64 before, after, begin = now();

	NEED_RTC();
	before = now_ns();
	rtc[TIME_HIGH] = (u32)(before >> 32) - 1;
	rtc[TIME_LOW] = 5;
	after = now_ns();
	rtc[TIME_HIGH] = (u32)(before >> 32); /* for the other tests */
	rtc[TIME_LOW] = (u32)before;
	CHECK_EQ(after >> 32, (u32)(before >> 32) - 1);
	CHECK((u32)after >= 5 && (u32)after < 2000000000);
	CHECK(now_ns() >= before);
	CHECK(now_ns() - before <= (ticks_to_ms(now() - begin) + 1000) * 1000000);
}

TEST(rtc_registers, "an alarm is what was written, and runs until it goes off or is cleared")
{
	u64 later;

	NEED_RTC();
	later = now_ns() + 1000ul * 1000000000ul;
	alarm_at(later);
	CHECK_EQ(rtc[ALARM_LOW], (u32)later);
	CHECK_EQ(rtc[ALARM_HIGH], (u32)(later >> 32));
	CHECK_EQ(rtc[ALARM_STATUS], 1);
	CHECK_EQ(rtc[IRQ_ENABLED], 1);
	rtc[CLEAR_ALARM] = 1;
	CHECK_EQ(rtc[ALARM_STATUS], 0);
	CHECK(!plic_is_pending());
	alarm_in_ms(20);
	CHECK_EQ(rtc[ALARM_STATUS], 1);
	CHECK_WAIT(plic_is_pending());
	CHECK_EQ(rtc[ALARM_STATUS], 0);
	calm();
	rtc[IRQ_ENABLED] = 0;
	CHECK_EQ(rtc[IRQ_ENABLED], 0);
	pull();
	delay_ms(5);
	CHECK(!plic_is_pending());
	rtc[IRQ_ENABLED] = 1; /* it has gone off all the same */
	CHECK_WAIT(plic_is_pending());
	calm();
}

TEST(rtc_interrupt, "an interrupt of the machine comes once each time, and is completed")
{
	NEED_RTC();
	CHECK(!plic_is_pending());
	for (u64 i = 0; i < scaled(100); i++) {
		pull();
		CHECK_WAIT(plic_is_pending());
		CHECK(PENDING(SOURCE));
		CHECK_EQ(CLAIM(mine()), SOURCE);
		CHECK_WAIT(!plic_is_pending());
		CHECK_EQ(CLAIM(mine()), 0);
		release();
		CLAIM(mine()) = SOURCE;
	}
	calm();
}

TEST(rtc_not_completed, "what is not completed does not come again, also if others are completed")
{
	static const u32 ids[] = { 0, 1, 10, 12, 95, 96, 1023, 0xffffffff };

	NEED_RTC();
	pull();
	CHECK_WAIT(plic_is_pending());
	for (u32 i = 0; i < ARRAY_SIZE(ids); i++)
		CLAIM(mine()) = ids[i];
	CHECK_EQ(CLAIM(mine()), SOURCE);
	release();
	pull();
	delay_ms(5);
	CHECK(!plic_is_pending());
	CLAIM(mine()) = SOURCE;
	calm();
	pull();
	CHECK_WAIT(plic_is_pending());
	CHECK_EQ(CLAIM(mine()), SOURCE);
	calm();
}

/* QEMU's controller does not look at enable bits before something else changes. */
static void look_again(void)
{
	THRESHOLD(mine()) = 1;
	THRESHOLD(mine()) = 0;
}

TEST(rtc_disabled, "what is disabled while it is pending comes when it is enabled again")
{
	NEED_RTC();
	pull();
	CHECK_WAIT(plic_is_pending());
	ENABLE(mine(), SOURCE) &= ~BIT(SOURCE);
	look_again();
	CHECK_WAIT(!plic_is_pending());
	CHECK_EQ(CLAIM(mine()), 0);
	ENABLE(mine(), SOURCE) |= BIT(SOURCE);
	look_again();
	CHECK_WAIT(plic_is_pending());
	CHECK_EQ(CLAIM(mine()), SOURCE);
	calm();
}

TEST(rtc_moves, "it goes to the hart that has it enabled")
{
	NEED_HARTS(2);
	NEED_RTC();
	for_each_other(h) {
		ENABLE(mine(), SOURCE) &= ~BIT(SOURCE);
		THRESHOLD(context(h)) = 0;
		ENABLE(context(h), SOURCE) |= BIT(SOURCE);
		pull();
		CHECK_WAIT(PENDING(SOURCE));
		CHECK(!plic_is_pending());
		CHECK_EQ(CLAIM(mine()), 0);
		CHECK_EQ(CLAIM(context(h)), SOURCE);
		release();
		CLAIM(mine()) = SOURCE;
		ENABLE(context(h), SOURCE) &= ~BIT(SOURCE);
	}
	calm();
}

TEST(rtc_race, "of all harts that claim at once exactly one gets it")
{
	NEED_HARTS(2);
	NEED_RTC();
	plic_race_of(SOURCE, 100, pull, release);
	calm();
}

TEST(rtc_wakes, "an alarm wakes WFI and suspended harts")
{
	struct sbi_ret ret;

	NEED_RTC();
	csr_write(sie, SIP_SEIP);
	alarm_in_ms(30);
	while (!plic_is_pending())
		wfi();
	calm();
	if (!sbi_probe(EID_HSM))
		return;
	for (u32 type = 0; type < 2; type++) {
		csr_write(sie, SIP_SEIP);
		alarm_in_ms(30);
		if (type)
			CHECK(hart_suspend_to(0x80000000, hart_resume_a, 0, &ret));
		else
			CHECK_ERR(sbi_hart_suspend(0, 0, 0), SBI_SUCCESS);
		CHECK_WAIT(plic_is_pending());
		CHECK_EQ(CLAIM(mine()), SOURCE);
		calm();
	}
}

TEST(rtc_ends_suspend, "an alarm ends a system suspend")
{
	struct sbi_ret ret;
	u64 begin;

	NEED_EXT(EID_SUSP, "SUSP");
	NEED_RTC();
	for (u32 i = 0; i < 3; i++) {
		csr_write(sie, SIP_SEIP);
		begin = now_ns();
		alarm_in_ms(100);
		CHECK(system_suspend_to(0, hart_resume_a, 0, &ret));
		CHECK(now_ns() - begin >= 100000000);
		CHECK_WAIT(plic_is_pending());
		CHECK_EQ(CLAIM(mine()), SOURCE);
		calm();
	}
}

TEST_MANUAL(rtc_held, "an interrupt that was claimed before a reboot comes after it, too")
{
	struct survivor s;

	if (!survivor_load(&s) || s.phase != PHASE_HELD)
		s = (struct survivor){ .phase = PHASE_HELD };
	NEED_RTC();
	pull();
	CHECK_WAIT(plic_is_pending());
	if (s.count[0] < 6) {
		if (s.count[0] & 1)
			CHECK_EQ(CLAIM(mine()), SOURCE); /* else it is pending, not claimed */
		s.count[0]++;
		survivor_save(&s);
		sbi_reset(SRST_COLD_REBOOT, SRST_REASON_NONE);
		FAIL_TEST("the reset returned");
	}
	calm();
	survivor_clear();
}
