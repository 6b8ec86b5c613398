/* SPDX-License-Identifier: MIT */
/*
 * state_entry.S - the first thing a hart does in this guest: note its state,
 * if that is wanted. See state.h for what, guest/lib/start.S for when.
 */
#include "state.h"

	.text
/* One register is lost, as the address of the struct state has to be there. */
	.macro	entry name, reg, number
	.globl	note_\name
note_\name:
	la	\reg, state_wanted
	amoswap.d \reg, zero, (\reg)
	beqz	\reg, noted_\name
	.irp	n, \
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, S_X + 8 * \n(\reg)
	.endr
	mv	s0, \reg
	li	t0, STATE_ABSENT
	sd	t0, S_X + 8 * \number(s0)
	la	s2, noted_\name
	j	note_rest
	.endm

	/* What one entry loses, the other one has. */
	entry	start, t0, 5
	entry	hart_entry_a, t0, 5
	entry	hart_entry_b, t6, 31
	entry	hart_resume_a, t0, 5
	entry	hart_resume_b, t6, 31

/* The rest into the struct state at s0; goes on at s2, all CSRs as before. */
note_rest:
	.set	slot, S_CSR
#define NOTE(name, number) csrr t2, number; sd t2, slot(s0); .set slot, slot + 8;
	STATE_TRAP_CSRS(NOTE)
#undef NOTE
	ld	s1, S_CSR(s0)
	csrci	sstatus, 2
	li	t0, 0x6000	/* FS */
	csrs	sstatus, t0
	.macro	note number
	la	t0, .Lnoted\@
	csrw	stvec, t0
	li	t2, STATE_ABSENT
	csrr	t2, \number
	.balign	4
.Lnoted\@:
	sd	t2, slot(s0)
	.set	slot, slot + 8
	.endm
#define NOTE(name, number) note number;
	STATE_CSRS(NOTE)
	la	t0, 1f
	csrw	stvec, t0
	li	t2, STATE_ABSENT
	.irp	n, 0, \
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	t2, S_F + 8 * \n(s0)
	.endr
	.option	push
	.option	arch, +f, +d
	.irp	n, 0, \
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, S_F + 8 * \n(s0)
	.endr
	.option	pop
	.balign	4
1:	ld	t0, S_CSR + 8(s0)
	csrw	stvec, t0
	ld	t0, S_CSR + 16(s0)
	csrw	sepc, t0
	ld	t0, S_CSR + 24(s0)
	csrw	scause, t0
	ld	t0, S_CSR + 32(s0)
	csrw	stval, t0
	csrw	sstatus, s1
	fence
	jr	s2

	.data
	.balign	8
	.globl	state_wanted, boot_state
state_wanted:
	.dword	boot_state
boot_state:
	.space	slot
