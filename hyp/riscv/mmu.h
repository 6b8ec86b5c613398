/* SPDX-License-Identifier: MIT */
/*
 * mmu.h - the hypervisor's own address space, the pages it is made of, and short-lived windows into
 * everything else.
 *
 * All mappings but the windows are made by the boot hart before the others turn paging on or fence.
 * Every page is either writable or executable, never both; guest RAM has no lasting mapping.
 */
#ifndef RISCV_MMU_H
#define RISCV_MMU_H

#include "lib/types.h"
#include "riscv/csr.h"

/*
 * What a mapping permits, as bits of its entry. A and D are set by us: hardware may fault where
 * they are clear (Svade).
 */
#define MAP_R (PTE_V | PTE_R | PTE_A)
#define MAP_RW (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)
#define MAP_RX (PTE_V | PTE_R | PTE_X | PTE_A)

/* The tables: entries of one, the bits that make a leaf, and what a leaf of a level maps, bytes. */
#define TABLE_ENTRIES 512
#define PTE_LEAF (PTE_R | PTE_W | PTE_X)
#define SPAN(level) (1UL << (12 + 9 * (level)))

static inline uint64_t pte(paddr_t pa, uint64_t bits)
{
	return (pa >> 12) << PTE_PPN_SHIFT | bits;
}

static inline paddr_t pte_addr(uint64_t e)
{
	return (e >> PTE_PPN_SHIFT) << 12 & ((1UL << 56) - 1);
}

static inline uint64_t pte_index(uint64_t va, unsigned level)
{
	return va / SPAN(level) % TABLE_ENTRIES;
}

/* Where the image is in physical memory. Constant after boot. */
extern paddr_t image_pa;
uint64_t image_size(void);

/* satp of the one address space every hart uses. */
uint64_t mmu_satp(void);

/* First thing after paging is on. */
void mmu_init(paddr_t image);

/*
 * Map [pa, pa + size) at @va, where nothing is yet, with the largest leaves that fit. Boot only.
 * False: no page left for a table.
 */
bool mmu_map(uint64_t va, paddr_t pa, uint64_t size, uint64_t perm);

/*
 * The same in any @tree of three levels, whose root has @entries; @bits are those of its leaves. No
 * fence. riscv/map.c.
 */
bool mmu_map_in(uint64_t *tree, unsigned entries, uint64_t va, paddr_t pa, uint64_t size,
		uint64_t bits);

/*
 * Map at least [pa, pa + size) behind @region to be read, keeping pa's offset in its large page;
 * returns where pa is, NULL: no table.
 */
void *mmu_map_region(uint64_t region, paddr_t pa, uint64_t size);

/* Physical address of something mapped. Panics if it is not. */
paddr_t mmu_phys(const void *va);

/* A table, by its physical address: one of the image's, or from page_alloc(). */
uint64_t *mmu_table(paddr_t pa);

/*
 * Make [pa, pa + size), large-page aligned, the pool that page_alloc() serves from. Boot only,
 * once.
 */
bool pool_init(paddr_t pa, uint64_t size);

/*
 * How many bytes cbo.zero clears on this hart, found by looking: a tree that is wrong would leave
 * something behind. 0: it does not work.
 */
uint16_t clear_probe(void);
/* Fill [p, p + n) with zeros, by whole blocks where this hart can (caps.cboz_block). */
void clear(void *p, size_t n);

/*
 * @n zeroed pages at a multiple of @align pages; NULL when the pool is used up. Never freed. Boot
 * only.
 */
void *page_alloc(unsigned n, unsigned align);

/*
 * A thread stack of STACK_SIZE with an unmapped guard below; returns its top, 0: no memory. Boot
 * only.
 */
uint64_t stack_alloc(void);

/*
 * See [pa, pa + size) of any memory, until the next call or window_close(). @size: up to 2 MiB. The
 * view is this hart's alone: the caller must not sleep or be preempted while it uses it.
 */
void *window_open(paddr_t pa, uint64_t size);
/*
 * See the 2 MiB page that holds @pa and, right behind it, the one that holds @last, for memory in
 * two pieces; returns where @pa is.
 */
void *window_open_two(paddr_t pa, paddr_t last);
void window_close(void);

#endif
