/* SPDX-License-Identifier: MIT */
/*
 * legacy.c - legacy calls (SBI 3.0 chapter 5): putchar and getchar work,
 * the others either work or answer NOT_SUPPORTED.
 */
#include "../lib/test.h"

TEST(legacy_putchar, "legacy putchar answers 0")
{
	static const char text[] = "legacy putchar says hello\n";

	for (const char *s = text; *s; s++)
		CHECK_EQ(sbi_call1(EID_LEGACY_PUTCHAR, 0, *s).error, 0);
}

TEST(legacy_getchar, "legacy getchar answers a byte or -1")
{
	for (int i = 0; i < 10; i++) {
		long c = sbi_call0(EID_LEGACY_GETCHAR, 0).error;

		/* -2: allowed to be absent altogether */
		CHECK(c >= -2 && c <= 255);
	}
}

TEST(legacy_probe, "legacy putchar, getchar and shutdown probe alike")
{
	bool there = sbi_probe(EID_LEGACY_PUTCHAR);

	CHECK_EQ(sbi_probe(EID_LEGACY_GETCHAR), there);
	CHECK_EQ(sbi_probe(EID_LEGACY_SHUTDOWN), there);
}

TEST(legacy_rest, "legacy calls that probe denies are NOT_SUPPORTED")
{
	static const u64 eids[] = { 0, 3, 4, 5, 6, 7 };

	for (u32 i = 0; i < ARRAY_SIZE(eids); i++)
		if (!sbi_probe(eids[i]))
			CHECK_ERR(sbi_call1(eids[i], 0, ~0ul),
				  SBI_NOT_SUPPORTED);
}

TEST_MANUAL(legacy_shutdown, "legacy shutdown ends the run (no verdict)")
{
	print("PASS legacy_shutdown when nothing follows\n");
	sbi_call0(EID_LEGACY_SHUTDOWN, 0);
	FAIL_TEST("legacy shutdown returned");
}
