/* SPDX-License-Identifier: MIT */
/* mmio.h - a guest's loads and stores that find a device, or nothing, instead of memory. */
#ifndef VM_MMIO_H
#define VM_MMIO_H

#include "lib/types.h"

struct vcpu;
struct live_regs;

/* The instruction at the guest's pc, fetched as the guest would; 0 if it cannot be. The vCPU is loaded. */
uint32_t mmio_fetch(const struct vcpu *v);

/*
 * Carry out the access to guest physical address @gpa that ended in a guest page fault @cause, and move the pc on. False: there
 * is no device, or the instruction is none that devices take; @cause then says what the access really was.
 */
bool mmio_access(struct vcpu *v, struct live_regs *live, uint64_t *cause, gpaddr_t gpa);

#endif
