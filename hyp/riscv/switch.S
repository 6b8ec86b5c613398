/* SPDX-License-Identifier: MIT */
/* switch.S - from one thread to another, and the FP registers. */
#include "asm_offsets.h"

	.section .text.hot, "ax"
/*
 * context_switch(prev, next): save in prev what the ABI lets us rely on, continue as next, whose
 * own call to context_switch returns prev. tp stays: it belongs to the hart.
 */
	.globl context_switch
context_switch:
	sd	ra, CTX_RA(a0)
	sd	sp, CTX_SP(a0)
	sd	gp, CTX_GP(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, CTX_S0+\n*8(a0)
	.endr
	ld	ra, CTX_RA(a1)
	ld	sp, CTX_SP(a1)
	ld	gp, CTX_GP(a1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, CTX_S0+\n*8(a1)
	.endr
	ret

/*
 * Where a fresh context begins: a0 = the thread before us; s1 = its entry, s2 = the argument
 * (sched_launch put them there).
 */
	.globl thread_trampoline
thread_trampoline:
	mv	a1, s1
	mv	a2, s2
	mv	fp, zero
	call	sched_thread_start
	unimp

/*
 * fp_save(struct fp_state *): and fp_restore(const struct fp_state *): f0-f31. sstatus.FS is not
 * Off.
 */
	.option push
	.option arch, +d
	.globl fp_save
fp_save:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, \n*8(a0)
	.endr
	ret

	.globl fp_restore
fp_restore:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld	f\n, \n*8(a0)
	.endr
	ret
	.option pop

/*
 * vs_run(pc, a1): run the code at guest physical address pc in VS-mode, vsatp being 0, until it
 * traps. Returns scause, and a1 as the code left it; the code changes a1 and a2 only.
 */
	.globl vs_run
vs_run:
	lla	t0, 1f
	csrrw	t0, stvec, t0
	csrrw	t1, sie, zero
	csrw	sepc, a0
	li	t2, HSTATUS_SPV
	csrs	hstatus, t2
	li	t2, SSTATUS_SPP
	csrs	sstatus, t2
	sret
	.balign	4
1:	csrw	stvec, t0
	csrw	sie, t1
	csrr	a0, scause
	ret

/* call_on_stack(top, fn): leave this stack for good and call fn on the one that ends at top. */
	.globl call_on_stack
call_on_stack:
	mv	sp, a0
	mv	fp, zero
	jalr	a1
	unimp
