/* SPDX-License-Identifier: MIT */
/* mmu.c - Sv39 page tables of the hypervisor itself. Privileged specification 1.12, section 4.4. */
#include "riscv/mmu.h"

#include "lib/ensure.h"
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/layout.h"

#define EARLY_PAGES 12 /* tables for the payload, the pool and a device, before the pool exists */

extern char _start[], _rodata[], _data[], _end[];

static uint64_t root[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t image_level1[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
/* 2 MiB, as linker.ld makes sure */
static uint64_t image_level0[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static char early[EARLY_PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))) NOINIT;

paddr_t image_pa;
static paddr_t pool_pa;
static uint64_t pool_size;
/* what page_alloc() has left: of early[], later of the pool */
static uint64_t next_page, pages_end;
static unsigned stacks_used;

uint64_t boot_map(paddr_t image);

/*
 * The map of the image, one permission a section, made with paging off: every address taken here is
 * PC-relative and so a physical one. Returns the value for satp.
 */
uint64_t boot_map(paddr_t image)
{
	uint64_t end = (uint64_t)_end - image;

	root[pte_index(VA_IMAGE, 2)] = pte((paddr_t)image_level1, PTE_V);
	image_level1[0] = pte((paddr_t)image_level0, PTE_V);
	for (uint64_t off = 0; off < end; off += PAGE_SIZE) {
		paddr_t pa = image + off;

		image_level0[off / PAGE_SIZE] = pte(pa, pa < (paddr_t)_rodata ? MAP_RX
							: pa < (paddr_t)_data ? MAP_R
									      : MAP_RW);
	}
	return SATP_SV39 | (paddr_t)root >> 12;
}

uint64_t image_size(void)
{
	return (uint64_t)(_end - _start);
}

uint64_t mmu_satp(void)
{
	return SATP_SV39 | mmu_phys(root) >> 12;
}

uint64_t *mmu_table(paddr_t pa)
{
	if (pa - image_pa < image_size())
		return (uint64_t *)(VA_IMAGE + (pa - image_pa));
	ENSURE(pa - pool_pa < pool_size);
	return (uint64_t *)(VA_POOL + (pa - pool_pa));
}

void mmu_init(paddr_t image)
{
	image_pa = image;
	next_page = (uint64_t)early;
	pages_end = (uint64_t)early + sizeof(early);
}

paddr_t mmu_phys(const void *va)
{
	uint64_t a = (uint64_t)va;
	uint64_t *table = root;

	if (a - VA_IMAGE < image_size())
		return image_pa + (a - VA_IMAGE);
	for (unsigned level = 2;; level--) {
		uint64_t e = table[pte_index(a, level)];

		if (!(e & PTE_V))
			break;
		if (e & PTE_LEAF)
			return pte_addr(e) + a % SPAN(level);
		table = mmu_table(pte_addr(e));
	}
	port_panic("mmu: %p is not mapped", va);
}

bool mmu_map(uint64_t va, paddr_t pa, uint64_t size, uint64_t perm)
{
	bool ok = mmu_map_in(root, TABLE_ENTRIES, va, pa, size, perm);

	/* New entries only, but an implementation may remember that there were none. */
	__asm__ volatile("sfence.vma" : : : "memory");
	return ok;
}

void *mmu_map_region(uint64_t region, paddr_t pa, uint64_t size)
{
	paddr_t first = ALIGN_DOWN(pa, LARGE_SIZE);

	return mmu_map(region, first, ALIGN_UP(pa - first + size, LARGE_SIZE), MAP_R)
		       ? (void *)(region + (pa - first))
		       : NULL;
}

bool pool_init(paddr_t pa, uint64_t size)
{
	ENSURE(IS_ALIGNED(pa | size, LARGE_SIZE) && !pool_size);
	if (!mmu_map(VA_POOL, pa, size, MAP_RW))
		return false;
	pool_pa = pa;
	pool_size = size;
	next_page = VA_POOL;
	pages_end = VA_POOL + size;
	return true;
}

static void *take_pages(unsigned n, unsigned align)
{
	uint64_t at = ALIGN_UP(next_page, align * (uint64_t)PAGE_SIZE);

	if (at + n * (uint64_t)PAGE_SIZE > pages_end)
		return NULL;
	next_page = at + n * (uint64_t)PAGE_SIZE;
	return (void *)at;
}

void *page_alloc(unsigned n, unsigned align)
{
	void *page = take_pages(n, align);

	if (page)
		clear(page, n * (size_t)PAGE_SIZE);
	return page;
}

uint64_t stack_alloc(void)
{
	uint64_t top = VA_STACK + (stacks_used + 1) * (uint64_t)STACK_SLOT;
	void *page = take_pages(STACK_SIZE / PAGE_SIZE, 1);

	if (!page || !mmu_map(top - STACK_SIZE, mmu_phys(page), STACK_SIZE, MAP_RW))
		return 0;
	stacks_used++;
	return top;
}

/*
 * Let the hart's two neighbouring large pages, which cover any 2 MiB, be those entries; returns
 * where they are.
 */
static uint64_t window_set(uint64_t first, uint64_t second)
{
	uint64_t va = VA_WINDOW + this_hart()->index * WINDOW_SLOTS * (uint64_t)LARGE_SIZE;
	uint64_t *e = &image_level1[pte_index(va, 1)];

	_Static_assert(VA_WINDOW + MAX_HARTS * WINDOW_SLOTS * (uint64_t)LARGE_SIZE <= VA_STACK,
		       "there is room for every hart's");
	e[0] = first;
	e[1] = second;
	__asm__ volatile("sfence.vma %0\nsfence.vma %1"
			 :
			 : "r"(va), "r"(va + LARGE_SIZE)
			 : "memory");
	return va;
}

void *window_open_two(paddr_t pa, paddr_t last)
{
	paddr_t first = ALIGN_DOWN(pa, LARGE_SIZE), second = ALIGN_DOWN(last, LARGE_SIZE);

	return (void *)(window_set(pte(first, MAP_RW), first != second ? pte(second, MAP_RW) : 0) +
			(pa - first));
}

void *window_open(paddr_t pa, uint64_t size)
{
	ENSURE(size && size <= LARGE_SIZE);
	return window_open_two(pa, pa + size - 1);
}

void window_close(void)
{
	window_set(0, 0);
}
