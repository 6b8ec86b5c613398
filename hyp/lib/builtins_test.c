/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lib/builtins.c hyp/port/host.c hyp/lock/rank.c */
/* builtins_test.c - what the compiler calls gives what the compiler means. */
#include "port/host_test.h"

int __ctzdi2(unsigned long x);

static void each_lowest_bit_is_found(void)
{
	for (int i = 0; i < 64; i++) {
		CHECK(__ctzdi2(1UL << i) == i);
		CHECK(__ctzdi2(~0UL << i) == i); /* bits above do not matter */
		CHECK(__ctzdi2(1UL << i | 1UL << 63) == i);
	}
}

static const struct test tests[] = {
	TEST(each_lowest_bit_is_found),
};

TEST_MAIN(tests)
