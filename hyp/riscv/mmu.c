/* SPDX-License-Identifier: MIT */
/* mmu.c - Sv39 page tables of the hypervisor itself. Privileged specification 1.12, section 4.4. */
#include "riscv/mmu.h"

#include "lib/ensure.h"
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/layout.h"

#define ENTRIES 512
#define EARLY_PAGES 12 /* tables for the device tree, the payload and the pool, before the pool exists */

/* A and D are set by us: hardware may fault where they are clear (Svade). */
#define PTE_TABLE PTE_V
#define PTE_RO (PTE_V | PTE_R | PTE_A)
#define PTE_RW (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)
#define PTE_RX (PTE_V | PTE_R | PTE_X | PTE_A)
#define PTE_LEAF (PTE_R | PTE_W | PTE_X)

extern char _start[], _rodata[], _data[], _end[];

static uint64_t root[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t image_level1[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t image_level0[ENTRIES] __attribute__((aligned(PAGE_SIZE))); /* 2 MiB, as linker.ld makes sure */
static uint64_t window_level1[ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static char early[EARLY_PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))) NOINIT;

paddr_t image_pa;
static paddr_t pool_pa;
static uint64_t pool_size, pool_used;
static unsigned early_used;
static unsigned stacks_used;

static uint64_t pte(paddr_t pa, uint64_t bits)
{
	return (pa >> 12) << PTE_PPN_SHIFT | bits;
}

static paddr_t pte_addr(uint64_t e)
{
	return (e >> PTE_PPN_SHIFT) << 12 & ((1UL << 56) - 1);
}

static unsigned pte_index(uint64_t va, unsigned level)
{
	return va >> (12 + 9 * level) & (ENTRIES - 1);
}

uint64_t boot_map(paddr_t image);

/*
 * The map of the image, one permission a section, made with paging off: every address taken here is PC-relative and so a
 * physical one. Returns the value for satp.
 */
uint64_t boot_map(paddr_t image)
{
	uint64_t end = (uint64_t)_end - image;

	root[pte_index(VA_IMAGE, 2)] = pte((paddr_t)image_level1, PTE_TABLE);
	image_level1[0] = pte((paddr_t)image_level0, PTE_TABLE);
	for (uint64_t off = 0; off < end; off += PAGE_SIZE) {
		paddr_t pa = image + off;
		uint64_t bits = PTE_RW;

		if (pa < (paddr_t)_rodata)
			bits = PTE_RX;
		else if (pa < (paddr_t)_data)
			bits = PTE_RO;
		image_level0[off / PAGE_SIZE] = pte(pa, bits);
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

/* A table (or other page of ours) by its physical address. */
static uint64_t *table_at(paddr_t pa)
{
	if (pa - image_pa < image_size())
		return (uint64_t *)(VA_IMAGE + (pa - image_pa));
	ENSURE(pa - pool_pa < pool_size);
	return (uint64_t *)(VA_POOL + (pa - pool_pa));
}

void mmu_init(paddr_t image)
{
	image_pa = image;
	root[pte_index(VA_WINDOW, 2)] = pte(mmu_phys(window_level1), PTE_TABLE);
}

paddr_t mmu_phys(const void *va)
{
	uint64_t a = (uint64_t)va;
	uint64_t *table = root;

	if (a - VA_IMAGE < image_size())
		return image_pa + (a - VA_IMAGE);
	for (unsigned level = 2; table; level--) {
		uint64_t e = table[pte_index(a, level)];
		uint64_t span = 1UL << (12 + 9 * level);

		if (!(e & PTE_V))
			break;
		if (e & PTE_LEAF)
			return pte_addr(e) + (a & (span - 1));
		table = table_at(pte_addr(e));
	}
	port_panic("mmu: %p is not mapped", va);
}

/* The entry for @va at @level, tables above it made as needed; NULL: no page for one. */
static uint64_t *walk(uint64_t va, unsigned level)
{
	uint64_t *table = root;

	for (unsigned l = 2; l > level; l--) {
		uint64_t *e = &table[pte_index(va, l)];

		if (!(*e & PTE_V)) {
			void *page = page_alloc(1, 1);

			if (!page)
				return NULL;
			*e = pte(mmu_phys(page), PTE_TABLE);
		}
		ENSURE(!(*e & PTE_LEAF));
		table = table_at(pte_addr(*e));
	}
	return &table[pte_index(va, level)];
}

bool mmu_map(uint64_t va, paddr_t pa, uint64_t size, unsigned perm)
{
	uint64_t bits = perm == MAP_RW ? PTE_RW : PTE_RO;

	ENSURE(IS_ALIGNED(va | pa | size, PAGE_SIZE));
	while (size) {
		bool large = IS_ALIGNED(va | pa, LARGE_SIZE) && size >= LARGE_SIZE;
		uint64_t step = large ? LARGE_SIZE : PAGE_SIZE;
		uint64_t *e = walk(va, large ? 1 : 0);

		if (!e)
			return false;
		ENSURE(!(*e & PTE_V));
		*e = pte(pa, bits);
		va += step;
		pa += step;
		size -= step;
	}
	/* New entries only, but an implementation may remember that there were none. */
	__asm__ volatile("sfence.vma" : : : "memory");
	return true;
}

void *mmu_map_region(uint64_t region, paddr_t pa, uint64_t size, unsigned perm)
{
	paddr_t first = ALIGN_DOWN(pa, LARGE_SIZE);
	uint64_t span = ALIGN_UP(pa - first + size, LARGE_SIZE);

	if (!mmu_map(region, first, span, perm))
		return NULL;
	return (void *)(region + (pa - first));
}

bool pool_init(paddr_t pa, uint64_t size)
{
	ENSURE(IS_ALIGNED(pa | size, LARGE_SIZE) && !pool_size);
	if (!mmu_map(VA_POOL, pa, size, MAP_RW))
		return false;
	pool_pa = pa;
	pool_size = size;
	return true;
}

void *page_alloc(unsigned n, unsigned align)
{
	void *page;

	if (pool_size) {
		uint64_t at = ALIGN_UP(pool_used, align * (uint64_t)PAGE_SIZE);

		if (at + n * (uint64_t)PAGE_SIZE > pool_size)
			return NULL;
		pool_used = at + n * (uint64_t)PAGE_SIZE;
		page = (void *)(VA_POOL + at);
	} else {
		ENSURE(align == 1);
		if (early_used + n > EARLY_PAGES)
			return NULL;
		page = early + early_used * PAGE_SIZE;
		early_used += n;
	}
	return memset(page, 0, n * (size_t)PAGE_SIZE);
}

uint64_t stack_alloc(void)
{
	uint64_t top = VA_STACK + (stacks_used + 1) * (uint64_t)STACK_SLOT;
	void *page = page_alloc(STACK_SIZE / PAGE_SIZE, 1);

	if (!page || !mmu_map(top - STACK_SIZE, mmu_phys(page), STACK_SIZE, MAP_RW))
		return 0;
	stacks_used++;
	return top;
}

/* Each hart owns WINDOW_SLOTS neighbouring large-page entries; a pair of two covers any 2 MiB. */
static uint64_t window_slot(unsigned pair)
{
	return this_hart()->index * WINDOW_SLOTS + pair * 2;
}

void *window_open(unsigned pair, paddr_t pa, uint64_t size)
{
	uint64_t slot = window_slot(pair);
	uint64_t va = VA_WINDOW + slot * LARGE_SIZE;
	paddr_t first = ALIGN_DOWN(pa, LARGE_SIZE);

	_Static_assert(MAX_HARTS * WINDOW_SLOTS <= ENTRIES, "one table holds all windows");
	ENSURE(pair < WINDOW_SLOTS / 2 && size <= LARGE_SIZE);
	window_level1[slot] = pte(first, PTE_RW);
	window_level1[slot + 1] = pa + size > first + LARGE_SIZE ? pte(first + LARGE_SIZE, PTE_RW) : 0;
	__asm__ volatile("sfence.vma %0\nsfence.vma %1" : : "r"(va), "r"(va + LARGE_SIZE) : "memory");
	return (void *)(va + (pa - first));
}

void window_close(unsigned pair)
{
	uint64_t slot = window_slot(pair);
	uint64_t va = VA_WINDOW + slot * LARGE_SIZE;

	window_level1[slot] = window_level1[slot + 1] = 0;
	__asm__ volatile("sfence.vma %0\nsfence.vma %1" : : "r"(va), "r"(va + LARGE_SIZE) : "memory");
}
