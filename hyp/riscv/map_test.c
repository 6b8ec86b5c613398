/* SPDX-License-Identifier: MIT */
/* test-with: hyp/riscv/map.c hyp/port/host.c hyp/lock/rank.c hyp/lock/spinlock.c */
/* map_test.c - page tables: which leaves are made, and where every address leads. */
#include "riscv/mmu.h"

#include "port/host_test.h"
#include "riscv/layout.h"

#define ROOT 2048 /* entries: Sv39x4 */
#define MAX_TABLES 64
#define MIB_ (1UL << 20)
#define GIB_ (1UL << 30)

static uint64_t root[ROOT], tables[MAX_TABLES][TABLE_ENTRIES];
static unsigned nr_tables, most = MAX_TABLES;

/* A table's physical address is its number. */
void *page_alloc(unsigned n UNUSED, unsigned align UNUSED)
{
	return nr_tables < most ? tables[nr_tables++] : NULL;
}

paddr_t mmu_phys(const void *va)
{
	return (paddr_t)((const uint64_t (*)[TABLE_ENTRIES])va - tables + 1) * PAGE_SIZE;
}

uint64_t *mmu_table(paddr_t pa)
{
	return tables[pa / PAGE_SIZE - 1];
}

static void fresh(void)
{
	memset(root, 0, sizeof(root));
	memset(tables, 0, sizeof(tables));
	nr_tables = 0;
	most = MAX_TABLES;
}

/* As hardware walks: where @va leads, and *@level of its leaf; ~0: nowhere. */
static paddr_t lead(uint64_t va, unsigned *level)
{
	uint64_t e = root[va / GIB_];

	for (*level = 2; e & PTE_V && !(e & PTE_LEAF) && *level; --*level)
		e = mmu_table(pte_addr(e))[pte_index(va, *level - 1)];
	return e & PTE_V && e & PTE_LEAF ? pte_addr(e) + va % SPAN(*level) : ~0UL;
}

static bool map(uint64_t va, paddr_t pa, uint64_t size)
{
	return mmu_map_in(root, ROOT, va, pa, size, MAP_RW | PTE_U);
}

static void the_largest_leaves_that_fit_are_made(void)
{
	unsigned level;

	fresh();
	CHECK(map(2 * GIB_, 5 * GIB_, 3 * GIB_));
	CHECK(nr_tables == 0 && lead(2 * GIB_, &level) == 5 * GIB_ && level == 2);
	CHECK(lead(5 * GIB_ - 1, &level) == 8 * GIB_ - 1 && level == 2);
	CHECK(lead(5 * GIB_, &level) == ~0UL && lead(2 * GIB_ - 1, &level) == ~0UL);
	/* Behind them 6 MiB, then a page that is nowhere aligned. */
	CHECK(map(5 * GIB_, 0x80400000, 6 * MIB_) && map(5 * GIB_ + 6 * MIB_, 0x1000, PAGE_SIZE));
	CHECK(nr_tables == 2 && lead(5 * GIB_ + 6 * MIB_ - 1, &level) == 0x809fffff && level == 1);
	CHECK(lead(5 * GIB_ + 6 * MIB_ + 5, &level) == 0x1005 && level == 0);
	/* As many windows as QEMU's PCI bridge has: 17 leaves of 1 GiB, and no table. */
	fresh();
	CHECK(map(GIB_, GIB_, GIB_) && map(16 * GIB_, 16 * GIB_, 16 * GIB_) && nr_tables == 0);
}

/* Two addresses that are not aligned to each other: small leaves, all the same right. */
static void what_is_not_aligned_gets_smaller_leaves(void)
{
	unsigned level, wrong = 0;

	fresh();
	CHECK(map(2 * GIB_, 4 * GIB_ + 2 * MIB_, 2 * GIB_) && nr_tables == 2);
	for (uint64_t at = 0; at < 2 * GIB_; at += MIB_)
		wrong += lead(2 * GIB_ + at, &level) != 4 * GIB_ + 2 * MIB_ + at || level != 1;
	CHECK(!wrong);
	fresh();
	CHECK(map(0x1ff000, 0x7ff000, 0x202000)); /* a page, a large page, a page */
	CHECK(lead(0x1ff000, &level) == 0x7ff000 && level == 0);
	CHECK(lead(0x200000, &level) == 0x800000 && level == 1);
	CHECK(lead(0x400fff, &level) == 0xa00fff && level == 0);
}

static void without_a_page_for_a_table_it_says_so(void)
{
	fresh();
	most = 1;
	CHECK(!map(2 * GIB_, 0x1000, PAGE_SIZE));
}

static const struct test tests[] = {
	TEST(the_largest_leaves_that_fit_are_made),
	TEST(what_is_not_aligned_gets_smaller_leaves),
	TEST(without_a_page_for_a_table_it_says_so),
};

TEST_MAIN(tests)
