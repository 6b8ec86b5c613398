/* SPDX-License-Identifier: MIT */
/*
 * gstage.h - guest physical to host physical: one Sv39x4 tree per VM, built once, constant while the VM lives.
 */
#ifndef RISCV_GSTAGE_H
#define RISCV_GSTAGE_H

#include "lib/types.h"

/*
 * A new tree that maps guest [gpa, gpa + size) to host @pa, all 2 MiB aligned, with the largest leaves that fit; its root's physical
 * address (16 KiB aligned), 0: no memory. Boot only.
 */
paddr_t gstage_new(gpaddr_t gpa, paddr_t pa, uint64_t size);

/* Make @vmid with tree @root the one the hart's guest accesses go through. */
void gstage_activate(paddr_t root, uint64_t vmid);

/* Forget guest translations: of the active VMID's VS-stage; of everything. This hart only. */
void gstage_flush_vvma(void);
void gstage_flush_all(void);

/*
 * Read the 16-bit instruction parcel at the guest's virtual address @va as the guest's own fetch would. False: it would fault.
 * The guest's vCPU must be loaded; keeps hstatus and sstatus.
 */
bool guest_fetch16(uint64_t va, uint16_t *parcel);

#endif
