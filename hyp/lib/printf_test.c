/* SPDX-License-Identifier: MIT */
/* test-with: hyp/port/host.c */
/* printf_test.c - lib/printf.c writes what the C library writes, for the conversions it knows. */
#include <limits.h>

#include "port/host_test.h"

/* The functions under test, renamed: the rest of the program uses the C library's. */
#define snprintf our_snprintf
#define vsnprintf our_vsnprintf
#include "lib/printf.c"
#undef snprintf
#undef vsnprintf

static char ours[128], theirs[128];

/* Format with both and compare text and returned length. */
#define SAME(...)                                                                 \
	do {                                                                      \
		int n1_ = our_snprintf(ours, sizeof(ours), __VA_ARGS__);          \
		int n2_ = snprintf(theirs, sizeof(theirs), __VA_ARGS__);          \
		if (n1_ != n2_ || strcmp(ours, theirs) != 0)                      \
			printf("# ours \"%s\", theirs \"%s\"\n", ours, theirs);   \
		CHECK(n1_ == n2_ && strcmp(ours, theirs) == 0);                   \
	} while (0)

static void integers_of_every_size(void)
{
	SAME("%d %d %d", 0, INT_MAX, INT_MIN);
	SAME("%d %u %x", -5, UINT_MAX, 0xdeadbeefU);
	SAME("%ld %ld %lu %lx", LONG_MIN, LONG_MAX, ULONG_MAX, ULONG_MAX);
	SAME("%lld %llu %llx", LLONG_MIN, ULLONG_MAX, 0x123456789abcdefULL);
	SAME("%zu %zx", (size_t)-1, (size_t)77);
}

static void width_and_padding(void)
{
	SAME("[%5d][%05d][%05d]", 42, 42, -42);
	SAME("[%1d][%016lx][%16lx][%8u]", 12345, 0xabcUL, 0xabcUL, 7U);
	SAME("[%8s][%2s]", "abc", "abc");
}

static void strings_and_precision(void)
{
	SAME("%s%s", "", "text");
	SAME("[%.2s][%.*s][%.*s][%8.3s][%.0s]", "abcdef", 3, "abcdef", -1, "abcdef", "abcdef",
	     "abc");
	SAME("100%% %s", "sure");
	/* not terminated */
	our_snprintf(ours, sizeof(ours), "%.3s", (const char[]){ 'a', 'b', 'c' });
	CHECK(strcmp(ours, "abc") == 0);
}

static void pointers(void)
{
	SAME("%p", (void *)0x80200000UL);
	our_snprintf(ours, sizeof(ours), "%p", (void *)NULL);
	CHECK(strcmp(ours, "0x0") == 0);
}

static void never_writes_past_the_end(void)
{
	for (size_t size = 0; size < 12; size++) {
		memset(ours, '#', sizeof(ours));
		memset(theirs, '#', sizeof(theirs));
		CHECK(our_snprintf(ours, size, "%s-%d", "abcdef", 123) == 10);
		CHECK(snprintf(theirs, size, "%s-%d", "abcdef", 123) == 10);
		CHECK(memcmp(ours, theirs, sizeof(ours)) == 0);
	}
}

static void unknown_conversions_are_shown(void)
{
	const char *volatile odd = "%q %5!%"; /* volatile: the compiler must not see the mistake */
	const char *volatile nothing = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	CHECK(our_snprintf(ours, sizeof(ours), odd) == 7);
#pragma GCC diagnostic pop
	CHECK(strcmp(ours, "%q %5!%") == 0);
	our_snprintf(ours, sizeof(ours), "%s", nothing);
	CHECK(strcmp(ours, "(null)") == 0);
}

static const struct test tests[] = {
	TEST(integers_of_every_size),
	TEST(width_and_padding),
	TEST(strings_and_precision),
	TEST(pointers),
	TEST(never_writes_past_the_end),
	TEST(unknown_conversions_are_shown),
};

TEST_MAIN(tests)
