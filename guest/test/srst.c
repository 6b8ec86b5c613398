/* SPDX-License-Identifier: MIT */
/*
 * srst.c - SRST errors, SBI 3.0 chapter 10. Real resets: reset_real.c.
 */
#include "../lib/test.h"

TEST(srst_reserved_type, "a reserved reset type is INVALID_PARAM")
{
	static const u64 types[] = { 3, 4, 0x7fffffff, 0xefffffff };

	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		CHECK_ERR(sbi_reset(types[i], 0), SBI_INVALID_PARAM);
}

TEST(srst_platform_type, "an unknown platform reset type is refused")
{
	CHECK_ERR(sbi_reset(0xf0000000, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_reset(0xffffffff, 0), SBI_INVALID_PARAM);
}

TEST(srst_reserved_reason, "a reserved reset reason is INVALID_PARAM")
{
	static const u64 reasons[] = { 2, 3, 0x7fffffff, 0xdfffffff };

	for (u32 i = 0; i < ARRAY_SIZE(reasons); i++) {
		CHECK_ERR(sbi_reset(SRST_SHUTDOWN, reasons[i]),
			  SBI_INVALID_PARAM);
		CHECK_ERR(sbi_reset(SRST_COLD_REBOOT, reasons[i]),
			  SBI_INVALID_PARAM);
	}
}

TEST(srst_upper_bits, "only the low 32 bits of type and reason count")
{
	CHECK_ERR(sbi_reset(1ul << 40 | 3, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_reset(0, 1ul << 40 | 2), SBI_INVALID_PARAM);
}

TEST(srst_bad_fid, "functions above 0 are NOT_SUPPORTED")
{
	CHECK_ERR(sbi_call2(EID_SRST, 1, 0, 0), SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call2(EID_SRST, 0x80000000ul, 0, 0), SBI_NOT_SUPPORTED);
}

TEST(srst_error_changes_nothing, "after a refused reset all harts go on")
{
	struct hart *h = other_hart(0);

	NEED_HARTS(2);
	CHECK_ERR(sbi_reset(5, 0), SBI_INVALID_PARAM);
	CHECK_EQ(sbi_hart_status(main_hart->id).value, HSM_STARTED);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
}
