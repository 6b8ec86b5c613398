/* SPDX-License-Identifier: MIT */
/* mmio.h - a guest's loads and stores that find a device, or nothing, instead of memory. */
#ifndef VM_MMIO_H
#define VM_MMIO_H

#include "riscv/frame.h"

/* Where the value of register x@n is, 1 <= n <= 31. */
uint64_t *mmio_reg(struct guest_frame *f, struct live_regs *live, unsigned n);

enum mmio_end {
	MMIO_DONE, /* the device has carried out the access, the pc has moved on */
	MMIO_RETRY, /* nothing done: memory has changed since. fence_self(), let the guest try again */
	MMIO_FAULT, /* the guest gets an access fault */
};

/* The guest page fault of an access. */
struct page_fault {
	uint64_t cause; /* EXC_*_GUEST_PAGE */
	uint64_t va; /* the guest virtual address of the byte that faulted, as in stval */
};

/*
 * Deal with @p (scause and stval) right after the trap: htinst, htval and hstatus are as that has left
 * them. For MMIO_FAULT, @p then says what the access really was. May sleep.
 */
enum mmio_end mmio_access(struct vcpu *v, struct live_regs *live, struct page_fault *p);

enum guest_walk {
	WALK_MAPPED,
	WALK_UNMAPPED,
	WALK_OUTSIDE, /* a page table that is not in the guest's RAM */
};

/*
 * Translate @va by the page tables of @v, which is loaded, as they are in memory now: to @gpa, by
 * the leaf @pte, if it is WALK_MAPPED. Checks no permissions.
 */
enum guest_walk guest_walk(const struct vcpu *v, uint64_t va, gpaddr_t *gpa, uint64_t *pte);

#endif
