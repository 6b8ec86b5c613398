/* SPDX-License-Identifier: MIT */
/*
 * paging.c - see paging.h.
 */
#include "paging.h"
#include "csr.h"
#include "machine.h"
#include "str.h"

#define SATP_SV39 (8ul << 60)
#define PPN(pa) ((pa) >> 12 << 10)

void aspace_init(struct aspace *as)
{
	u64 ram_gib = machine.ram_base >> 30;

	memset(as, 0, sizeof(*as));
	for (u64 g = 0; g < 4; g++)
		as->root[g] = PPN(g << 30) | PTE_RW | PTE_X;
	as->root[ram_gib] = PPN(ram_gib << 30) | PTE_RW | PTE_X;
	as->root[WINDOW_VA >> 30] = PPN((u64)as->level1) | PTE_V;
	as->level1[0] = PPN((u64)as->level0) | PTE_V;
}

void aspace_map(struct aspace *as, u32 n, u64 pa, u64 flags)
{
	*(volatile u64 *)&as->level0[n] = flags ? PPN(pa) | flags : 0;
}

void paging_on(const struct aspace *as, u16 asid)
{
	csr_write(satp, SATP_SV39 | (u64)asid << 44 | (u64)as->root >> 12);
}

void paging_off(void)
{
	csr_write(satp, 0);
	sfence_vma_all();
}
