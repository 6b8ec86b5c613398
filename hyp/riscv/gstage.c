/* SPDX-License-Identifier: MIT */
/* gstage.c - second-stage translation, fences and guest fetches. Privileged specification 1.12, sections 8.3 and 8.5. */
#include "riscv/gstage.h"

#include "lib/ensure.h"
#include "riscv/csr.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

#define ROOT_PAGES 4 /* Sv39x4: 2048 root entries, aligned to their 16 KiB */
#define GSTAGE_BITS (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)
#define HUGE_SIZE (1UL << 30)

paddr_t gstage_new(void)
{
	void *root = page_alloc(ROOT_PAGES, ROOT_PAGES);

	return root ? mmu_phys(root) : 0;
}

unsigned gstage_pages(uint64_t ram)
{
	/* Alignment may waste three pages in front of the root; RAM may straddle one more GiB than it has. */
	return 2 * ROOT_PAGES + (unsigned)(ram / HUGE_SIZE) + 2;
}

/* Tables are pages of the pool, which is mapped linearly. */
static uint64_t *table_of(paddr_t pa)
{
	return (uint64_t *)(VA_POOL + (pa - mmu_phys((void *)VA_POOL)));
}

bool gstage_map(paddr_t root, gpaddr_t gpa, paddr_t pa, uint64_t size)
{
	uint64_t *top = table_of(root), *table = NULL;

	ENSURE(IS_ALIGNED(gpa | pa | size, LARGE_SIZE) && gpa + size <= 1UL << 41);
	while (size) {
		uint64_t *e = &top[gpa / HUGE_SIZE];
		bool huge = IS_ALIGNED(gpa | pa, HUGE_SIZE) && size >= HUGE_SIZE;
		uint64_t step = huge ? HUGE_SIZE : LARGE_SIZE;

		if (huge) {
			*e = pa >> 12 << PTE_PPN_SHIFT | GSTAGE_BITS;
		} else {
			if (!*e) {
				void *page = page_alloc(1, 1);

				if (!page)
					return false;
				*e = mmu_phys(page) >> 12 << PTE_PPN_SHIFT | PTE_V;
			}
			if (!table || gpa % HUGE_SIZE == 0)
				table = table_of(*e >> PTE_PPN_SHIFT << 12);
			table[gpa % HUGE_SIZE / LARGE_SIZE] = pa >> 12 << PTE_PPN_SHIFT | GSTAGE_BITS;
		}
		gpa += step;
		pa += step;
		size -= step;
	}
	return true;
}

void gstage_activate(paddr_t root, uint64_t vmid)
{
	csr_write(hgatp, HGATP_SV39X4 | vmid << HGATP_VMID_SHIFT | root >> 12);
}

void gstage_flush_vvma(void)
{
	__asm__ volatile(".option push\n.option arch, +h\nhfence.vvma\n.option pop" : : : "memory");
}

void gstage_flush_all(void)
{
	__asm__ volatile(".option push\n.option arch, +h\nhfence.gvma\nhfence.vvma\n.option pop" : : : "memory");
}

bool guest_fetch16(uint64_t va, uint16_t *parcel)
{
	uint64_t hstatus = csr_read(hstatus), sstatus = csr_read(sstatus);
	uint64_t ok, v = 0;

	__asm__ volatile(".option push\n.option arch, +h\n"
			 "li %0, 0\n1: hlvx.hu %1, (%2)\nli %0, 1\n2:\n"
			 ".option pop\n" EX_TABLE("1b", "2b")
			 : "=&r"(ok), "+&r"(v) : "r"(va) : "memory");
	if (!ok) {
		/* The trap we just survived says "from HS-mode" in both; the guest must be returned to. */
		csr_write(hstatus, hstatus);
		csr_write(sstatus, sstatus);
	}
	*parcel = (uint16_t)v;
	return ok;
}
