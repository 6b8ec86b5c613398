/* SPDX-License-Identifier: MIT */
/*
 * gstage.h - guest physical to host physical: one Sv39x4 tree per VM, built once, constant while
 * the VM lives.
 */
#ifndef RISCV_GSTAGE_H
#define RISCV_GSTAGE_H

#include "lib/types.h"

#define GSTAGE_ENTRIES 2048 /* of the root, each 1 GiB */

/* A new tree, empty: its root's physical address (16 KiB aligned), 0: no memory. Boot only. */
paddr_t gstage_new(void);
/*
 * Map guest [gpa, gpa + size), where nothing is yet, to host @pa, in whole pages and with the
 * largest leaves that fit: to be read and written; @more is PTE_X if also executed, or 0. Boot
 * only. False: no memory.
 */
bool gstage_map(paddr_t root, gpaddr_t gpa, paddr_t pa, uint64_t size, uint64_t more);

/* Make @vmid with tree @root the one the hart's guest accesses go through. */
void gstage_activate(paddr_t root, uint64_t vmid);

/* Forget guest translations: of the active VMID's VS-stage; of everything. This hart only. */
void gstage_flush_vvma(void);
void gstage_flush_all(void);
/* fence.i, and the same for the translations of the vCPU on this hart. */
void fence_self(void);

/*
 * Read the instruction at the guest's virtual address @pc as the guest's own fetch would; of a
 * compressed one the upper half is 0. False: the fetch would fault now. The guest's vCPU must be
 * loaded and hstatus.SPVP be as its last trap left it; keeps hstatus and sstatus.
 */
bool guest_fetch(uint64_t pc, uint32_t *insn);

#endif
