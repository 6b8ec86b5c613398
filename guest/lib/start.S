/* SPDX-License-Identifier: MIT */
/*
 * start.S - first instructions of every hart: boot, HART_START, resume.
 */
#include "hart_offsets.h"

/*
 * A guest may have a look at its harts before anything is changed: at
 * note_NAME, which goes on at noted_NAME with a0, a1 and the CSRs as they
 * were. guest.ld leaves it out for the others.
 */
	.macro	noted name
	j	note_\name
	.globl	noted_\name
noted_\name:
	.endm

	.section .text.start, "ax"
	.globl _start
_start:
	/* a0 = hart id, a1 = device tree; satp = 0, interrupts off */
	noted	start
	la	t1, booted
	li	t0, TAG_BOOT
	amoswap.w t2, t0, (t1)
	bnez	t2, enter	/* the image runs: a second hart; C says so */
	csrrw	a2, sie, zero
	la	t0, _bss_start
	la	t1, _bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	sp, boot_stack_top
	call	boot_main
2:	wfi
	j	2b

	.text
	.macro	entry name, tag
	.globl	\name
	.balign	4
\name:
	noted	\name
	li	t0, \tag
	j	enter
	.endm

	entry	hart_entry_a, TAG_START_A
	entry	hart_entry_b, TAG_START_B
	entry	hart_resume_a, TAG_RESUME_A
	entry	hart_resume_b, TAG_RESUME_B

/*
 * a0 = hart id, a1 = opaque, t0 = tag, the rest undefined. Find the struct
 * hart that has this id, note what we were given, go on in C.
 */
enter:
	la	t1, harts
	la	t2, hart_count
	ld	t2, 0(t2)
	li	t4, H_SIZE
1:	beqz	t2, lost
	ld	t3, H_ID(t1)
	beq	t3, a0, 2f
	add	t1, t1, t4
	addi	t2, t2, -1
	j	1b
2:	sd	a0, H_ENTRY_A0(t1)
	sd	a1, H_ENTRY_A1(t1)
	csrr	t2, satp
	sd	t2, H_ENTRY_SATP(t1)
	csrr	t2, sstatus
	sd	t2, H_ENTRY_SSTATUS(t1)
	csrr	t2, sie
	sd	t2, H_ENTRY_SIE(t1)
	csrr	t2, sip
	sd	t2, H_ENTRY_SIP(t1)
	sd	t0, H_ENTRY_TAG(t1)
	csrw	sie, zero
	csrw	satp, zero
	csrci	sstatus, 2
	mv	tp, t1
	csrw	sscratch, tp
	la	t2, trap_entry
	csrw	stvec, t2
	li	t2, TAG_RESUME_A
	bgeu	t0, t2, 3f
	ld	sp, H_STACK_TOP(tp)
	mv	a0, tp
	call	hart_main
lost:	wfi
	j	lost
3:	addi	a0, tp, H_RESUME
	li	a1, 1
	j	context_jump

/* int context_save(struct context *) */
	.globl	context_save
context_save:
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	sd	s0, 16(a0)
	sd	s1, 24(a0)
	sd	s2, 32(a0)
	sd	s3, 40(a0)
	sd	s4, 48(a0)
	sd	s5, 56(a0)
	sd	s6, 64(a0)
	sd	s7, 72(a0)
	sd	s8, 80(a0)
	sd	s9, 88(a0)
	sd	s10, 96(a0)
	sd	s11, 104(a0)
	li	a0, 0
	ret

/* void context_jump(struct context *, int) */
	.globl	context_jump
context_jump:
	ld	ra, 0(a0)
	ld	sp, 8(a0)
	ld	s0, 16(a0)
	ld	s1, 24(a0)
	ld	s2, 32(a0)
	ld	s3, 40(a0)
	ld	s4, 48(a0)
	ld	s5, 56(a0)
	ld	s6, 64(a0)
	ld	s7, 72(a0)
	ld	s8, 80(a0)
	ld	s9, 88(a0)
	ld	s10, 96(a0)
	ld	s11, 104(a0)
	mv	a0, a1
	ret

/*
 * void call_with_registers(struct hart *self): see hart.h. sscratch holds
 * our struct hart and is the one thread back after the call.
 */
	.globl	call_with_registers
call_with_registers:
	addi	sp, sp, -128
	sd	ra, 0(sp)
	sd	gp, 8(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 16 + 8 * \n(sp)
	.endr
	sd	sp, H_SAVE_SP(a0)
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 10
	ld	x\n, H_REGS_IN + 8 * \n(a0)
	.endr
	ecall
	csrrw	sp, sscratch, sp
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, H_REGS_OUT + 8 * \n(sp)
	.endr
	csrr	t0, sscratch
	sd	t0, H_REGS_OUT + 8 * 2(sp)
	mv	tp, sp
	csrw	sscratch, tp
	ld	sp, H_SAVE_SP(tp)
	ld	ra, 0(sp)
	ld	gp, 8(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 16 + 8 * \n(sp)
	.endr
	addi	sp, sp, 128
	ret

	.data			/* not cleared with .bss: a second hart must see it */
	.balign	4
booted:	.word	0

	.bss
	.balign	16
	.space	16384
boot_stack_top:
