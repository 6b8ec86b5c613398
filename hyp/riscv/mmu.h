/* SPDX-License-Identifier: MIT */
/*
 * mmu.h - the hypervisor's own address space, the pages it is made of, and short-lived windows into everything else.
 *
 * All mappings but the windows are made by the boot hart before the others turn paging on or fence. Every page is either
 * writable or executable, never both; guest RAM has no lasting mapping.
 */
#ifndef RISCV_MMU_H
#define RISCV_MMU_H

#include "lib/types.h"

#define MAP_R 1U
#define MAP_RW 2U

/* Where the image is in physical memory. Constant after boot. */
extern paddr_t image_pa;
uint64_t image_size(void);

/* satp of the one address space every hart uses. */
uint64_t mmu_satp(void);

/* First thing after paging is on. */
void mmu_init(paddr_t image);

/* Map [pa, pa + size) at @va, large leaves where both are aligned. Boot only. False: no page left for a table. */
bool mmu_map(uint64_t va, paddr_t pa, uint64_t size, unsigned perm);

/* Map at least [pa, pa + size) behind @region, keeping pa's offset in its large page; returns where pa is, NULL: no table. */
void *mmu_map_region(uint64_t region, paddr_t pa, uint64_t size, unsigned perm);

/* Physical address of something mapped. Panics if it is not. */
paddr_t mmu_phys(const void *va);

/* Make [pa, pa + size), large-page aligned, the pool that page_alloc() serves from. Boot only, once. */
bool pool_init(paddr_t pa, uint64_t size);

/* @n zeroed pages at a multiple of @align pages; NULL when the pool is used up. Never freed. Boot only. */
void *page_alloc(unsigned n, unsigned align);

/* A thread stack of STACK_SIZE with an unmapped guard below; returns its top, 0: no memory. Boot only. */
uint64_t stack_alloc(void);

/*
 * See [pa, pa + size) of any memory in slot pair @pair (0 or 1) of this hart, until the next call with the same pair or window_close().
 * @size: up to 2 MiB. The view is this hart's alone: the caller must not sleep or be preempted while it uses it.
 */
void *window_open(unsigned pair, paddr_t pa, uint64_t size);
void window_close(unsigned pair);

#endif
