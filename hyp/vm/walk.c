/* SPDX-License-Identifier: MIT */
/*
 * walk.c - translate a guest's address as the hart would. Contracts are in walk.h.
 *
 * Optional room: walk, 40 lines.
 */
#include "vm/walk.h"

#include "riscv/csr.h"
#include "riscv/mmu.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static uint64_t read_ram(const struct vm *vm, gpaddr_t gpa)
{
	uint64_t value = *(const volatile uint64_t *)vm_window(vm, gpa, sizeof(value));

	window_close();
	return value;
}

enum guest_walk guest_walk(const struct vcpu *v, uint64_t va, gpaddr_t *gpa, uint64_t *pte)
{
	uint64_t vsatp = csr_read(vsatp), mode = vsatp >> SATP_MODE_SHIFT, mask;
	gpaddr_t at = (vsatp & SATP_PPN_MASK) << 12;

	*gpa = va;
	*pte = PTE_V | PTE_R | PTE_W | PTE_X;
	if (!mode)
		return WALK_MAPPED;
	/* Modes 8, 9 and 10 are Sv39, Sv48 and Sv57. */
	for (uint64_t shift = 12 + 9 * (mode - 6); shift >= 12; shift -= 9) {
		at += (va >> shift) % 512 * sizeof(*pte);
		if (!vm_ram_contains(v->vm, at, sizeof(*pte)))
			return WALK_OUTSIDE;
		*pte = read_ram(v->vm, at);
		if (!(*pte & PTE_V))
			return WALK_UNMAPPED;
		at = (*pte >> PTE_PPN_SHIFT & SATP_PPN_MASK) << 12;
		if (*pte & (PTE_R | PTE_W | PTE_X)) {
			mask = *pte & PTE_N ? 0xffff : (1UL << shift) - 1; /* Svnapot: 64 KiB */
			*gpa = (at & ~mask) | (va & mask);
			return WALK_MAPPED;
		}
	}
	return WALK_UNMAPPED;
}
