/* SPDX-License-Identifier: MIT */
/* test-with: hyp/port/host.c */
/* string_test.c - lib/string.c and blocks.c do what the C library does, at every alignment. */
#include "port/host_test.h"

#include <time.h>

/* The functions under test, renamed: the sanitizers need the C library's own. */
#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define memchr our_memchr
#define strlen our_strlen
#define strnlen our_strnlen
#define strcmp our_strcmp
#undef LIB_STRING_H
#include "lib/string.c"
#include "lib/blocks.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp

#define SPAN 200 /* two blocks, and more */

static uint8_t a[2 * SPAN] __attribute__((aligned(8))), b[2 * SPAN] __attribute__((aligned(8)));

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(a); i++)
		a[i] = b[i] = (uint8_t)(i * 7 + 1);
}

static void memcpy_at_every_alignment(void)
{
	uint8_t from[SPAN] __attribute__((aligned(8)));

	for (unsigned i = 0; i < SPAN; i++)
		from[i] = (uint8_t)(i ^ 0x5a);
	for (unsigned d = 0; d < 9; d++) {
		for (unsigned s = 0; s < 9; s++) {
			for (unsigned n = 0; n < SPAN - 9; n++) {
				uint8_t *exactly = malloc(s + n); /* nothing of it is behind the
								     source: that would be seen */

				memcpy(exactly, from, s + n);
				fill();
				CHECK(our_memcpy(a + d, exactly + s, n) == a + d);
				memcpy(b + d, from + s, n);
				CHECK(memcmp(a, b, sizeof(a)) == 0);
				free(exactly);
			}
		}
	}
}

static uint64_t copying_takes(size_t skew)
{
	enum { SIZE = 128 * 1024 };
	static uint8_t from[SIZE + 8] __attribute__((aligned(8))),
		to[SIZE] __attribute__((aligned(8)));
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < 9; i++) {
		struct timespec t[2];

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
		our_memcpy(to, from + skew, SIZE);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
		best = MIN(best, (uint64_t)(t[1].tv_sec - t[0].tv_sec) * 1000000000 +
					 (uint64_t)t[1].tv_nsec - (uint64_t)t[0].tv_nsec);
	}
	return best;
}

/* By words, too: byte by byte it would take eight times as long. */
static void memcpy_is_fast_at_every_alignment(void)
{
	uint64_t aligned = copying_takes(0);

	for (size_t skew = 1; skew < 8; skew++)
		CHECK(copying_takes(skew) < 4 * aligned);
}

static void memmove_overlapping_both_ways(void)
{
	for (unsigned d = 0; d < 20; d++) {
		for (unsigned s = 0; s < 20; s++) {
			for (unsigned n = 0; n < 80; n++) {
				fill();
				CHECK(our_memmove(a + d, a + s, n) == a + d);
				memmove(b + d, b + s, n);
				CHECK(memcmp(a, b, sizeof(a)) == 0);
			}
		}
	}
}

static void memset_at_every_alignment(void)
{
	for (unsigned d = 0; d < 9; d++) {
		for (unsigned n = 0; n < SPAN; n++) {
			fill();
			CHECK(our_memset(a + d, 0x1a5, n) == a + d);
			memset(b + d, 0xa5, n);
			CHECK(memcmp(a, b, sizeof(a)) == 0);
		}
	}
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void comparisons_have_the_sign_of_the_first_difference(void)
{
	static const char *const s[] = { "", "a", "ab", "abc", "abd", "b", "\xff", "a\x80" };

	for (unsigned i = 0; i < ARRAY_SIZE(s); i++) {
		for (unsigned j = 0; j < ARRAY_SIZE(s); j++) {
			CHECK(sign(our_strcmp(s[i], s[j])) == sign(strcmp(s[i], s[j])));
		}
	}
	CHECK(our_memcmp("a\0b", "a\0c", 3) < 0 && our_memcmp("a\0b", "a\0c", 2) == 0 &&
	      our_memcmp("\xff", "a", 1) > 0);
}

static void searches_find_the_right_one(void)
{
	const char *s = "a.b.c";

	CHECK(our_strlen("") == 0 && our_strlen(s) == 5);
	CHECK(our_strnlen(s, 3) == 3 && our_strnlen(s, 9) == 5 && our_strnlen(s, 0) == 0);
	CHECK(our_memchr(s, 'c', 5) == s + 4 && our_memchr(s, 'c', 4) == NULL);
}

static const struct test tests[] = {
	TEST(memcpy_at_every_alignment),
	TEST(memcpy_is_fast_at_every_alignment),
	TEST(memmove_overlapping_both_ways),
	TEST(memset_at_every_alignment),
	TEST(comparisons_have_the_sign_of_the_first_difference),
	TEST(searches_find_the_right_one),
};

TEST_MAIN(tests)
