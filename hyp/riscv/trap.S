/* SPDX-License-Identifier: MIT */
/*
 * trap.S - the way in and out of HS-mode. The shortest path of the whole program: everything a
 * guest asks for passes here.
 *
 * In the guest sscratch holds the address of the vCPU's struct guest_frame, which is also the top
 * of its thread's stack. In HS-mode it holds 0, so one swap tells the two kinds of trap apart.
 */
#include "asm_offsets.h"

	/* The guest's t and a2-a7 back from the frame, its sp last, and away. */
	.macro restore_rest
	.irp	n, 0, 1, 2, 3, 4, 5, 6
	ld	t\n, FRAME_T0+\n*8(sp)
	.endr
	.irp	n, 2, 3, 4, 5, 6, 7
	ld	a\n, FRAME_A0+\n*8(sp)
	.endr
	ld	sp, FRAME_SP(sp)
	sret
	.endm

	.section .text.hot, "ax"
	.globl trap_entry
	.balign 4
trap_entry:
	csrrw	sp, sscratch, sp
	beqz	sp, trap_from_hs

	/* From the guest: save what C may change. */
	sd	ra, FRAME_RA(sp)
	sd	tp, FRAME_TP(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6
	sd	t\n, FRAME_T0+\n*8(sp)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	sd	a\n, FRAME_A0+\n*8(sp)
	.endr
	/* the guest's sp; and from here on a trap is one from HS-mode */
	csrrw	t0, sscratch, zero
	csrr	a1, scause
	csrr	t1, sepc
	li	t2, EXC_ECALL_VS
	ld	tp, FRAME_HART(sp)
	sd	t0, FRAME_SP(sp)
	bne	a1, t2, not_a_call

	/*
	 * An SBI call; it goes on behind the ecall. The SBI's convention is C's: the two results
	 * come back in a0 and a1, where the guest wants them, and everything else is as the guest
	 * left it.
	 */
	addi	t1, t1, 4
	sd	t1, FRAME_SEPC(sp)
	mv	a0, sp
	jal	sbi_call
	ld	t0, FRAME_SEPC(sp)
	ld	ra, FRAME_RA(sp)
	ld	tp, FRAME_TP(sp)
	csrw	sepc, t0
	csrw	sscratch, sp
	restore_rest

not_a_call:
	sd	t1, FRAME_SEPC(sp)
	mv	a0, sp
	addi	t0, a1, -EXC_FETCH_GUEST_PAGE
	li	t1, 4
	bltu	t0, t1, guest_page_trap
	call	trap_from_guest

	/* Back to the guest; a vCPU's first entry comes here too. */
	.globl guest_return
guest_return:
	ld	t0, FRAME_SEPC(sp)
	ld	ra, FRAME_RA(sp)
	ld	tp, FRAME_TP(sp)
	csrw	sepc, t0
	csrw	sscratch, sp
	ld	a0, FRAME_A0+0*8(sp)
	ld	a1, FRAME_A0+1*8(sp)
	restore_rest

	.section .text
	/*
	 * fn(frame, a1, live): what the guest did may name any register. Those that C keeps where
	 * they are become a struct live_regs below the frame for as long as it takes.
	 */
	.macro	with_live_regs fn
	addi	sp, sp, -LIVE_SIZE
	sd	gp, LIVE_GP(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, LIVE_S0+\n*8(sp)
	.endr
	mv	a2, sp
	call	\fn
	ld	gp, LIVE_GP(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, LIVE_S0+\n*8(sp)
	.endr
	addi	sp, sp, LIVE_SIZE
	j	guest_return
	.endm

/*
 * A guest page fault may be an access to a device. A virtual instruction has its number among
 * theirs, and may be one that reads a counter.
 */
guest_page_trap:
	li	t0, EXC_VIRTUAL_INSTRUCTION
	beq	a1, t0, 1f
	with_live_regs guest_page_fault
1:
	call	guest_virtual_instruction
	mv	a1, a0
	beqz	a0, guest_return
	mv	a0, sp
	with_live_regs guest_counter_read

/*
 * From HS-mode: a fix-up or a bug (interrupts are off here). sp is 0 and sscratch has the old one.
 * The report must work even if the stack is what broke, so it runs on the hart's fault stack.
 */
trap_from_hs:
	ld	sp, HART_FAULT_SP(tp)
	addi	sp, sp, -FAULT_FRAME_SIZE
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, \n*8(sp)
	.endr
	csrrw	t0, sscratch, zero
	sd	t0, 2*8(sp)
	csrr	t0, sepc
	sd	t0, 0(sp)
	mv	a0, sp
	mv	fp, zero
	call	trap_from_hs_c
	ld	t0, 0(sp)
	csrw	sepc, t0
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, \n*8(sp)
	.endr
	ld	sp, 2*8(sp)
	sret

/*
 * guest_first_entry(frame): leave for the guest with the pc, a0 and a1 of the frame and every other
 * register cleared, so that nothing of ours shows, nor of what the vCPU did before it was stopped.
 * The rest of the frame is not looked at. Does not return.
 */
	.globl guest_first_entry
guest_first_entry:
	ld	t0, FRAME_SEPC(a0)
	csrw	sscratch, a0
	csrw	sepc, t0
	ld	a1, FRAME_A0+1*8(a0)
	ld	a0, FRAME_A0+0*8(a0)
	.irp	r, ra, sp, gp, tp, t0, t1, t2, t3, t4, t5, t6, a2, a3, a4, a5, a6, a7, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
	mv	\r, zero
	.endr
	sret
