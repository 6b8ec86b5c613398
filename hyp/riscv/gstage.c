/* SPDX-License-Identifier: MIT */
/*
 * gstage.c - second-stage translation, fences and guest fetches. Privileged specification 1.12,
 * sections 8.3 and 8.5.
 */
#include "riscv/gstage.h"

#include "lib/ensure.h"
#include "riscv/csr.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

#define ROOT_PAGES 4 /* Sv39x4: 2048 root entries, aligned to their 16 KiB */

paddr_t gstage_new(void)
{
	void *root = page_alloc(ROOT_PAGES, ROOT_PAGES);

	return root ? mmu_phys(root) : 0;
}

bool gstage_map(paddr_t root, gpaddr_t gpa, paddr_t pa, uint64_t size, uint64_t more)
{
	ENSURE(gpa + size <= GSTAGE_ENTRIES * SPAN(2));
	return mmu_map_in(mmu_table(root), GSTAGE_ENTRIES, gpa, pa, size, MAP_RW | PTE_U | more);
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
	__asm__ volatile(".option push\n.option arch, +h\nhfence.gvma\nhfence.vvma\n.option pop"
			 :
			 :
			 : "memory");
}

void fence_self(void)
{
	__asm__ volatile("fence.i" : : : "memory");
	gstage_flush_vvma();
}

#define HLVX(kind, ok, value, va) \
	__asm__ volatile(".option push\n.option arch, +h\n" \
			 "li %0, 0\n1: hlvx." kind " %1, (%2)\nli %0, 1\n2:\n" \
			 ".option pop\n" EX_TABLE("1b", "2b") \
			 : "=&r"(ok), "+&r"(value) : "r"(va) : "memory")

/*
 * With a single access where a hart may fetch with one: an instruction that is replaced meanwhile
 * is not seen half old and half new. A word at a multiple of 4 lies in one page: to read more of it
 * than a compressed instruction cannot fault.
 */
static bool fetch(uint64_t pc, uint32_t *insn)
{
	uint64_t ok, low = 0, high = 0;

	if (pc & 2)
		HLVX("hu", ok, low, pc);
	else
		HLVX("wu", ok, low, pc);
	if (ok && pc & 2 && (low & 3) == 3)
		HLVX("hu", ok, high, pc + 2);
	*insn = (uint32_t)((low & 3) == 3 ? high << 16 | low : low & 0xffff);
	return ok;
}

bool guest_fetch(uint64_t pc, uint32_t *insn)
{
	uint64_t hstatus = csr_read(hstatus), sstatus = csr_read(sstatus), vsstatus;
	bool ok = fetch(pc, insn);

	if (ok)
		return true;
	/*
	 * QEMU 7.2 asks whether the page may be read, HLVX is to ask whether it may be executed.
	 * With MXR that is the same; to a hart that does it right MXR makes no difference.
	 */
	vsstatus = csr_read(vsstatus);
	csr_write(vsstatus, vsstatus | SSTATUS_MXR);
	csr_set(sstatus, SSTATUS_MXR);
	ok = fetch(pc, insn);
	csr_write(vsstatus, vsstatus);
	/* A trap that we survived says "from HS-mode" in both; the guest must be returned to. */
	csr_write(hstatus, hstatus);
	csr_write(sstatus, sstatus);
	return ok;
}
