/* SPDX-License-Identifier: MIT */
/*
 * frame.h - what a trap saves: asm_offsets.c turns these layouts into numbers for assembly.
 */
#ifndef RISCV_FRAME_H
#define RISCV_FRAME_H

#include "lib/types.h"

struct hart;
struct vcpu;

/*
 * A trap from the guest: the registers that C may change, on top of the vCPU's own stack. s0-s11 survive by the ABI and gp
 * is never used by the hypervisor, so they stay where they are.
 */
struct guest_frame {
	uint64_t ra, sp, tp;
	uint64_t t[7];
	uint64_t a[8];
	uint64_t sepc;
	struct hart *hart; /* tp of the hart this vCPU runs on, kept by sched_guest_in() */
	struct vcpu *vcpu; /* constant: whose frame this is */
} __attribute__((aligned(16))); /* it is also where the stack begins */

/* trap.S: clear every register that @f does not give, and leave for the guest. The start of a life. */
NORETURN void guest_first_entry(struct guest_frame *f);

/* The guest's other registers, while an access to a device is emulated, which may name them. */
struct live_regs {
	uint64_t s[12], gp;
};

/* A trap from HS-mode: everything, for a fix-up or for the report. */
struct fault_frame {
	uint64_t x[32]; /* x[0] is sepc */
};

struct fp_state {
	uint64_t f[32];
	uint64_t fcsr;
};

#endif
