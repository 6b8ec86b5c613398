/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lib/range.c */
/* range_test.c - range lists against a plain map of pages. */
#include "lib/range.h"
#include "conf/test_tree.h"

static struct range_list list;

static bool contains(paddr_t at)
{
	for (unsigned i = 0; i < list.count; i++)
		if (at >= list.r[i].base && at - list.r[i].base < list.r[i].size)
			return true;
	return false;
}

/* Random additions, removals and allocations against a plain map of pages. */
static void test_ranges(void)
{
	uint64_t seed = 4711;
	static uint8_t map[256], want;
	const char *wrong = NULL;

	list.count = 0;
	for (unsigned step = 0; step < 50000 && wrong == NULL; step++) {
		uint64_t base = random_next(&seed) % 256,
			 size = 1 + random_next(&seed) % MIN(16, 256 - base), run = 0, largest = 0,
			 total = 0;
		uint64_t align = 1UL << random_next(&seed) % 4;
		paddr_t at;
		bool fits = false;

		switch (random_next(&seed) % 3) {
		case 0:
			range_add(&list, base, size);
			memset(map + base, 1, size);
			break;
		case 1:
			range_remove(&list, base, size);
			memset(map + base, 0, size);
			break;
		default:
			for (uint64_t i = 0; i + size <= 256 && !fits; i += align) {
				at = i;
				fits = memchr(map + at, 0, size) == NULL;
			}
			want = (uint8_t)(at & 0xff);
			if (range_alloc(&list, size, align, &at) != fits || (fits && at != want))
				wrong = "range_alloc";
			if (fits)
				memset(map + at, 0, size);
		}
		for (unsigned i = 0; i < 256; i++) {
			if (contains(i) != map[i])
				wrong = "content";
		}
		for (unsigned i = 1; i < list.count; i++)
			if (list.r[i - 1].base + list.r[i - 1].size >= list.r[i].base)
				wrong = "order";
		for (unsigned i = 0; i < 256; i += align) {
			run = memchr(map + i, 0, align) ? 0 : run + align;
			largest = MAX(largest, run);
			total += memchr(map + i, 0, align) ? 0 : align;
		}
		if (largest != range_largest(&list, align) || total != range_total(&list, align))
			wrong = "range_largest or range_total";
	}
	CHECK(wrong == NULL, "ranges_agree_with_a_page_map", "%s", wrong);
}

static void test_limits(void)
{
	list.count = 0;
	for (unsigned i = 0; i < RANGE_MAX; i++)
		range_add(&list, i * 10, 8);
	CHECK(!range_add(&list, 9999, 1) && !range_remove(&list, 2, 1) && list.count == RANGE_MAX &&
		      range_add(&list, 8, 2),
	      "full_list_is_reported", "%u", list.count);
	CHECK(!range_valid(0, 0) && !range_valid(RANGE_LIMIT, 1) && !range_valid(1, RANGE_LIMIT) &&
		      range_valid(0, RANGE_LIMIT) && !range_valid(UINT64_MAX, UINT64_MAX),
	      "range_limits", "wrong");
}

int main(void)
{
	test_ranges();
	test_limits();
	return failures != 0;
}
