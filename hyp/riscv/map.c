/* SPDX-License-Identifier: MIT */
/*
 * map.c - page tables of three levels: make entries, with the largest leaves that fit. Pure, so
 * that it is tested on the build machine. Privileged specification 1.13, sections 10.4 (Sv39) and
 * 15.5 (Sv39x4). Contracts are in mmu.h.
 */
#include "riscv/mmu.h"

#include "lib/ensure.h"
#include "riscv/layout.h"

/*
 * The entry for @va at @level of that @tree, with the tables above it made as needed; NULL: no page
 * for one.
 */
static uint64_t *walk(uint64_t *tree, unsigned entries, uint64_t va, unsigned level)
{
	uint64_t *e = &tree[va / SPAN(2) % entries];

	for (unsigned l = 2; l > level; l--) {
		if (!(*e & PTE_V)) {
			void *page = page_alloc(1, 1);

			if (!page)
				return NULL;
			*e = pte(mmu_phys(page), PTE_V);
		}
		ENSURE(!(*e & PTE_LEAF));
		e = &mmu_table(pte_addr(*e))[pte_index(va, l - 1)];
	}
	return e;
}

bool mmu_map_in(uint64_t *tree, unsigned entries, uint64_t va, paddr_t pa, uint64_t size,
		uint64_t bits)
{
	ENSURE(IS_ALIGNED(va | pa | size, PAGE_SIZE));
	while (size) {
		unsigned level = 2;
		uint64_t *e, span;

		while (level && (!IS_ALIGNED(va | pa, SPAN(level)) || size < SPAN(level)))
			level--;
		span = SPAN(level);
		e = walk(tree, entries, va, level);
		if (!e)
			return false;
		do { /* as far as this table goes; larger leaves can only follow behind it */
			ENSURE(!*e);
			*e++ = pte(pa, bits);
			va += span;
			pa += span;
			size -= span;
		} while (size >= span && va % (span * TABLE_ENTRIES));
	}
	return true;
}
