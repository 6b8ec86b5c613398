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
 * A trap from the guest: the registers that C may change, on top of the vCPU's own stack. s0-s11
 * survive by the ABI and gp is never used by the hypervisor, so they stay where they are.
 */
struct guest_frame {
	uint64_t ra, sp, tp;
	uint64_t t[7];
	uint64_t a[8];
	uint64_t sepc;
	struct hart *hart; /* tp of the hart this vCPU runs on, kept by sched_guest_in() */
	struct vcpu *vcpu; /* constant: whose frame this is */
} __attribute__((aligned(16))); /* it is also where the stack begins */

/*
 * trap.S: clear every register that @f does not give, and leave for the guest. The start of a life.
 */
NORETURN void guest_first_entry(struct guest_frame *f);

/* The guest's other registers, while an access to a device is emulated, which may name them. */
struct live_regs {
	uint64_t s[12], gp;
};

/*
 * Where the value of register x@n is, 1 <= n <= 31. Inlined, as every access to a device needs it.
 */
static inline __attribute__((always_inline)) uint64_t *
guest_reg(struct guest_frame *f, struct live_regs *live, unsigned n)
{
	/* As words of the one or, with the bit LIVE, of the other. */
	enum { LIVE = 32, RA = 0, SP = 1, TP = 2, T = 3, A = 10, S = LIVE, GP = LIVE + 12 };
	static const uint8_t words[32] = {
		0, RA, SP, GP, TP, T, T + 1, T + 2, S, S + 1,
		A, A + 1, A + 2, A + 3, A + 4, A + 5, A + 6, A + 7,
		S + 2, S + 3, S + 4, S + 5, S + 6, S + 7, S + 8, S + 9, S + 10, S + 11,
		T + 3, T + 4, T + 5, T + 6,
	};
	unsigned word = words[n];

	_Static_assert(offsetof(struct guest_frame, a) == 8 * A &&
			   offsetof(struct guest_frame, t) == 8 * T &&
			   offsetof(struct live_regs, gp) == 8 * (GP - LIVE),
		       "the table knows the layout");
	return word & LIVE ? (uint64_t *)live + word - LIVE : (uint64_t *)f + word;
}

/* A trap from HS-mode: everything, for a fix-up or for the report. */
struct fault_frame {
	uint64_t x[32]; /* x[0] is sepc */
};

struct fp_state {
	uint64_t f[32];
	uint64_t fcsr;
};

#endif
