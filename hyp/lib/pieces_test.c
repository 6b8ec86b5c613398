/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lib/pieces.c hyp/lib/range.c */
/* pieces_test.c - a VM's memory in pieces: which, and that it is all of it, once. */
#include "lib/range.h"
#include "conf/test_tree.h"

static struct range_list list;
static struct range out[RANGE_PIECES];

static bool take(uint64_t size)
{
	memset(out, 0, sizeof(out));
	return range_alloc_pieces(&list, size, 2 * MIB, out);
}

/* Memory as QEMU's virt has it with 1 GiB: what it has loaded lies in the middle. */
static void one_gib(void)
{
	list.count = 0;
	range_add(&list, 0x80000000, GIB);
	range_remove(&list, 0x80000000, 0x400000);
	range_remove(&list, 0xa0200000 - 0x1000, 0x8000);
}

static void few(void)
{
	one_gib();
	CHECK(take(512 * MIB) && out[0].base == 0x80400000 && out[0].size == 0x1fc00000 &&
		      out[1].base == 0xa0200000 + (2 * MIB) && out[1].size == 0x400000 &&
		      !out[2].size,
	      "two_pieces_where_one_is_too_small", "0x%lx %lu, 0x%lx %lu",
	      (unsigned long)out[0].base, out[0].size, (unsigned long)out[1].base, out[1].size);
	one_gib();
	CHECK(take(64 * MIB) && out[0].size == 64 * MIB && !out[1].size,
	      "one_piece_where_it_fits", "%lu", out[0].size);
	one_gib();
	CHECK(!take(GIB), "more_than_there_is", "taken");
}

/* 0x80400000 to 5 GiB, with a hole behind 4 GiB. */
static void large(void)
{
	list.count = 0;
	range_add(&list, 0x80400000, 4 * GIB - 0x80400000);
	range_add(&list, 4 * GIB + 2 * MIB, 3 * GIB);
	CHECK(take(3 * GIB + 6 * MIB) && out[0].base == 3 * GIB && out[0].size == GIB &&
		      out[1].base == 5 * GIB && out[1].size == 2 * GIB &&
		      out[2].base == 0x80400000 && out[2].size == 6 * MIB,
	      "whole_gib_come_first", "0x%lx %lu, 0x%lx %lu, 0x%lx %lu",
	      (unsigned long)out[0].base, out[0].size, (unsigned long)out[1].base, out[1].size,
	      (unsigned long)out[2].base, out[2].size);
	list.count = 0;
	for (unsigned i = 0; i < RANGE_PIECES; i++)
		range_add(&list, 4 * MIB * (i + 1), 2 * MIB);
	CHECK(take(RANGE_PIECES * 2 * MIB) && list.count == 0, "as_many_as_a_vm_may_have",
	      "%u left", list.count);
	for (unsigned i = 0; i <= RANGE_PIECES; i++)
		range_add(&list, 4 * MIB * (i + 1), 2 * MIB);
	CHECK(!take((RANGE_PIECES + 1) * 2 * MIB), "too_many_are_refused", "taken");
	CHECK(list.count == RANGE_PIECES + 1 && !out[0].size, "and_nothing_is_carved", "%u, %lu",
	      list.count, out[0].size);
	/* Many banks of a GiB each, and behind them a place for all of it. */
	list.count = 0;
	for (unsigned i = 0; i <= RANGE_PIECES; i++)
		range_add(&list, 2 * GIB * (i + 1), GIB);
	range_add(&list, 64 * GIB + 2 * MIB, 17 * GIB);
	CHECK(take(17 * GIB) && out[0].base == 64 * GIB + 2 * MIB && !out[1].size,
	      "one_piece_rather_than_too_many", "0x%lx %lu", (unsigned long)out[0].base,
	      out[0].size);
	list.count = 0;
	range_add(&list, 0x80000000, 4 * GIB);
	CHECK(take(2 * GIB) && out[0].base == 0x80000000 && !out[1].size,
	      "one_piece_of_many_gib", "%lu", out[0].size);
}

/* Whatever there is and is asked: what is taken was there, is aligned, and is gone. */
static void at_random(void)
{
	uint64_t seed = 12;
	const char *wrong = NULL;

	for (unsigned step = 0; step < 5000 && !wrong; step++) {
		uint64_t total, size = 0, asked;

		list.count = 0;
		for (unsigned i = 0; i < 12; i++)
			range_add(&list, random_next(&seed) % 4096 * MIB,
				  (1 + random_next(&seed) % 1200) * MIB);
		total = range_total(&list, 2 * MIB);
		asked = (1 + random_next(&seed) % (total / (2 * MIB))) * 2 * MIB;
		if (!take(asked))
			wrong = "refused";
		if (range_total(&list, 2 * MIB) != total - asked)
			wrong = "not taken, or more";
		for (unsigned i = 0; i < RANGE_PIECES; i++) {
			size += out[i].size;
			if ((out[i].base | out[i].size) % (2 * MIB))
				wrong = "alignment";
			if (out[i].size)
				range_add(&list, out[i].base, out[i].size);
		}
		if (size != asked || range_total(&list, 2 * MIB) != total)
			wrong = "another size";
	}
	CHECK(wrong == NULL, "pieces_are_all_of_it_once", "%s", wrong);
}

int main(void)
{
	few();
	large();
	at_random();
	return failures != 0;
}
