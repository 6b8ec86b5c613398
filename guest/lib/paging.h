/* SPDX-License-Identifier: MIT */
/*
 * paging.h - small Sv39 address spaces: everything below 4 GiB mapped one
 * to one (and the RAM we are in), plus a window of 512 pages for tests.
 */
#ifndef GUEST_LIB_PAGING_H
#define GUEST_LIB_PAGING_H

#include "types.h"

#define PTE_V	(1ul << 0)
#define PTE_R	(1ul << 1)
#define PTE_W	(1ul << 2)
#define PTE_X	(1ul << 3)
#define PTE_U	(1ul << 4)
#define PTE_A	(1ul << 6)
#define PTE_D	(1ul << 7)
#define PTE_RW	(PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)

#define WINDOW_VA	0x2000000000ul	/* virtual address of window page 0 */

struct aspace {
	u64 root[512], level1[512], level0[512];
} ALIGNED(4096);

/* Fill @as: the identity map and an empty window. */
void aspace_init(struct aspace *as);
/* Window page @n -> physical @pa; @flags 0 unmaps. No fence is done. */
void aspace_map(struct aspace *as, u32 n, u64 pa, u64 flags);
/* Virtual address of window page @n. */
static inline volatile u64 *window(u32 n)
{
	return (volatile u64 *)(WINDOW_VA + 4096ul * n);
}

/* Paging on for this hart, without a fence. */
void paging_on(const struct aspace *as, u16 asid);
/* Paging off and a full local fence. */
void paging_off(void);

static inline void sfence_vma_all(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

#endif
