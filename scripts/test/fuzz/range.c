/* SPDX-License-Identifier: MIT */
/* fuzz-with: hyp/lib/range.c */
/* fuzz-options: -max_len=2048 */
/* fuzz-small */
/*
 * range.c - the list of free memory against a map with one mark for each of 4096 units. The list
 * counts in units of a page; what is free there is what is marked here, and nothing fails while
 * there is room.
 */
#include "lib/range.h"
#include "scripts/test/fuzz/common/fuzz.h"

#define UNITS 4096
#define UNIT 4096UL

static bool marked[UNITS];
static struct range_list list;

static void agree(void)
{
	unsigned at = 0;

	CLAIM(list.count <= RANGE_MAX, "%u", list.count);
	for (unsigned i = 0; i < list.count; i++) {
		unsigned from = (unsigned)(list.r[i].base / UNIT),
			 to = from + (unsigned)(list.r[i].size / UNIT);

		CLAIM(to > from && to <= UNITS && (i == 0 || from > at), "range %u: %u to %u", i,
		      from, to);
		for (; at < from; at++)
			CLAIM(!marked[at], "unit %u is free, the list lacks it", at);
		for (; at < to; at++)
			CLAIM(marked[at], "unit %u is not free", at);
	}
	for (; at < UNITS; at++)
		CLAIM(!marked[at], "unit %u is free, the list lacks it", at);
}

static void mark(unsigned from, unsigned n, bool to)
{
	memset(marked + from, to, n);
}

/* The lowest place for @n units at a multiple of @align, or UNITS. */
static unsigned lowest(unsigned n, unsigned align)
{
	for (unsigned at = 0; at + n <= UNITS; at += align) {
		unsigned k = 0;

		while (k < n && marked[at + k])
			k++;
		if (k == n)
			return at;
	}
	return UNITS;
}

static void allocate(unsigned n, unsigned align)
{
	unsigned want = lowest(n, align);
	bool tight = list.count == RANGE_MAX;
	paddr_t got = ~0UL;

	if (!range_alloc(&list, n * UNIT, align * UNIT, &got)) {
		CLAIM(want == UNITS || tight, "%u units are free at %u", n, want);
		return;
	}
	CLAIM(want == got / UNIT || tight, "%lx, not unit %u", got, want);
	mark((unsigned)(got / UNIT), n, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };

	memset(marked, 0, sizeof(marked));
	memset(&list, 0, sizeof(list));
	while (in.n >= 4) {
		unsigned what = fuzz_byte(&in), at = (unsigned)fuzz_number(&in, 2) % UNITS,
			 n = fuzz_byte(&in) % 64 + 1;
		bool full = list.count == RANGE_MAX;

		n = MIN(n, UNITS - at);
		if (what % 3 == 0) {
			if (range_add(&list, at * UNIT, n * UNIT))
				mark(at, n, true);
			else
				CLAIM(full, "no room in a list that is not full");
		} else if (what % 3 == 1) {
			if (range_remove(&list, at * UNIT, n * UNIT))
				mark(at, n, false);
			else
				CLAIM(full, "no room in a list that is not full");
		} else {
			allocate(n, 1U << what / 3 % 7);
		}
		agree();
	}
	CLAIM(!range_valid(RANGE_LIMIT, 1) && !range_valid(1, RANGE_LIMIT) &&
		      range_valid(0, RANGE_LIMIT),
	      "limits");
	return 0;
}
