/* SPDX-License-Identifier: MIT */
/*
 * trap_entry.S - save everything, call trap_handle(), restore.
 *
 * sscratch always holds the struct hart, also while we run in S-mode, so
 * an exception inside a handler works like any other.
 */
#include "hart_offsets.h"

	.text
	.globl	trap_entry
	.balign	4
trap_entry:
	csrrw	tp, sscratch, tp	/* tp = hart, sscratch = old tp */
	sd	sp, H_TRAP_TMP(tp)
	csrr	sp, sstatus
	andi	sp, sp, 0x100		/* SPP: came from S-mode? */
	bnez	sp, 1f
	ld	sp, H_TRAP_SP(tp)
	j	2f
1:	ld	sp, H_TRAP_TMP(tp)
2:	addi	sp, sp, -F_SIZE
	andi	sp, sp, -16
	.irp	n, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, 8 * \n(sp)
	.endr
	ld	t0, H_TRAP_TMP(tp)
	sd	t0, 8 * 2(sp)
	csrr	t0, sscratch
	sd	t0, 8 * 4(sp)
	csrw	sscratch, tp
	csrr	t0, sepc
	sd	t0, F_SEPC(sp)
	csrr	t0, sstatus
	sd	t0, F_SSTATUS(sp)
	csrr	t0, scause
	sd	t0, F_SCAUSE(sp)
	csrr	t0, stval
	sd	t0, F_STVAL(sp)
	mv	a0, sp
	call	trap_handle
	ld	t0, F_SEPC(sp)
	csrw	sepc, t0
	ld	t0, F_SSTATUS(sp)
	csrw	sstatus, t0
	.irp	n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, 8 * \n(sp)
	.endr
	ld	sp, 8 * 2(sp)
	sret

/*
 * void user_enter(fn, arg, stack_top): to U-mode, never back by itself;
 * the next exception goes to trap_handle(), which unwinds.
 */
	.globl	user_enter
user_enter:
	csrw	sepc, a0
	li	t0, 0x100
	csrc	sstatus, t0
	mv	a0, a1
	mv	sp, a2
	sret
