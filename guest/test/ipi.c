/* SPDX-License-Identifier: MIT */
/*
 * ipi.c - IPI, SBI 3.0 chapter 7, and the hart mask of section 3.1.
 */
#include "../lib/test.h"

#define SSIP_PENDING (csr_read(sip) & SIP_SSIP)

/* Wait, count one soft interrupt, stop. */
static void take_one(void *arg)
{
	u32 *ready = arg;

	csr_write(sie, SIP_SSIP);
	irq_on();
	add_fetch(ready, 1);
	while (!load_acquire(&hart_self()->soft_count))
		cpu_relax();
}

TEST(ipi_self, "an IPI to oneself is pending on return")
{
	irq_off();
	CHECK_ERR(sbi_send_ipi(1, main_hart->id), SBI_SUCCESS);
	CHECK_WAIT(SSIP_PENDING);
	csr_clear(sip, SIP_SSIP);
	CHECK(!SSIP_PENDING);
	CHECK_ERR(sbi_send_ipi(hart_bit(main_hart), 0), SBI_SUCCESS);
	CHECK_WAIT(SSIP_PENDING);
}

TEST(ipi_self_taken, "an IPI to oneself is taken as an interrupt")
{
	csr_set(sie, SIP_SSIP);
	for (u32 i = 1; i <= 100; i++) {
		sbi_send_ipi(1, main_hart->id);
		CHECK_WAIT(load_acquire(&main_hart->soft_count) == i);
	}
}

TEST(ipi_other, "an IPI reaches exactly the harts in the mask")
{
	u32 ready = 0;

	NEED_HARTS(2);
	for_each_other(h)
		hart_run(h, take_one, &ready);
	CHECK_WAIT(load_acquire(&ready) == hart_count - 1);
	for_each_other(h) {
		CHECK_EQ(h->soft_count, 0);
		CHECK_ERR(sbi_send_ipi(1, h->id), SBI_SUCCESS);
		CHECK(hart_wait_stopped(h, PATIENCE_MS));
		CHECK_EQ(h->soft_count, 1);
	}
	CHECK(!SSIP_PENDING);
}

TEST(ipi_broadcast, "base -1 means all harts, whatever the mask")
{
	u32 ready = 0;

	irq_off();
	for_each_other(h)
		hart_run(h, take_one, &ready);
	CHECK_WAIT(load_acquire(&ready) == hart_count - 1);
	CHECK_ERR(sbi_send_ipi(0, ~0ul), SBI_SUCCESS);
	harts_join();
	CHECK_WAIT(SSIP_PENDING);
}

TEST(ipi_mask_zero, "an empty mask is no error for any base")
{
	irq_off();
	CHECK_ERR(sbi_send_ipi(0, 0), SBI_SUCCESS);
	CHECK_ERR(sbi_send_ipi(0, main_hart->id), SBI_SUCCESS);
	CHECK(!SSIP_PENDING);
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI wants base to exist" : NULL);
	CHECK_ERR(sbi_send_ipi(0, absent_hart_id()), SBI_SUCCESS);
	CHECK_ERR(sbi_send_ipi(0, 1ul << 62), SBI_SUCCESS);
	CHECK(!SSIP_PENDING);
}

TEST(ipi_base_need_not_exist, "only base + set bits have to exist")
{
	irq_off();
	if (main_hart->id == 0)
		SKIP("main is hart 0, no id below it");
	CHECK_ERR(sbi_send_ipi(2, main_hart->id - 1), SBI_SUCCESS);
	CHECK_WAIT(SSIP_PENDING);
}

TEST(ipi_invalid_hart, "a hart that does not exist: INVALID_PARAM")
{
	u64 absent = absent_hart_id();

	irq_off();
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI ignores absent harts in a mask" : NULL);
	CHECK_ERR(sbi_send_ipi(1, absent), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_send_ipi(1, 1ul << 40), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_send_ipi(~0ul, 0), SBI_INVALID_PARAM);
}

TEST(ipi_mask_overflow, "base + bit beyond 2^64 is no hart")
{
	irq_off();
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI ignores absent harts in a mask" : NULL);
	CHECK_ERR(sbi_send_ipi(1ul << 63, ~0ul - 1), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_send_ipi(4, ~0ul - 1), SBI_INVALID_PARAM);
	CHECK(!SSIP_PENDING);
}

static void nothing(void *arg)
{
	(void)arg;
}

TEST(ipi_to_stopped, "an IPI to a STOPPED hart does not start it")
{
	struct hart *h = other_hart(0);
	long e;

	NEED_HARTS(2);
	e = sbi_send_ipi(1, h->id).error;
	if (e && e != SBI_INVALID_PARAM)
		FAIL_TEST("answer %s", sbi_error_name(e));
	delay_ms(20);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
	CHECK_EQ(h->up, 0);
	hart_run(h, nothing, NULL);
	harts_join();
	CHECK_EQ(h->entry.tag, TAG_START_A);
}

TEST(ipi_bad_fid, "functions above 0 are NOT_SUPPORTED")
{
	CHECK_ERR(sbi_call2(EID_IPI, 1, 0, 0), SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call2(EID_IPI, ~0ul, 0, 0), SBI_NOT_SUPPORTED);
}
