/* SPDX-License-Identifier: MIT */
/*
 * envcfg.c - what of henvcfg a guest may change by FWFT. Contracts are in envcfg.h.
 *
 * Optional room: fwft, 30 lines.
 */
#include "riscv/envcfg.h"

#include "riscv/csr.h"

#define EID_FWFT 0x46574654
#define PTE_AD_HW_UPDATING 4

#define BOTH (ISA_BIT(ISA_SVADE) | ISA_BIT(ISA_SVADU))

void envcfg_ask_firmware(isa_set isa)
{
	register uint64_t a0 __asm__("a0") = PTE_AD_HW_UPDATING;
	register uint64_t a1 __asm__("a1") = 1;
	register uint64_t a2 __asm__("a2") = 0; /* not locked */
	register uint64_t a6 __asm__("a6") = 0; /* set */
	register uint64_t a7 __asm__("a7") = EID_FWFT;

	if ((isa & BOTH) == BOTH)
		__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7)
				 : "memory");
}

uint64_t envcfg_changeable(isa_set isa, uint64_t *start)
{
	uint64_t bits = *start & HENVCFG_ADUE;

	/* So such a hart begins on the bare firmware, too. */
	if (isa & ISA_BIT(ISA_SVADE))
		*start &= ~HENVCFG_ADUE;
	return bits;
}
