/* SPDX-License-Identifier: MIT */
/*
 * takeover.S - the first steps of the hart that boots in place of another one (handover.c).
 *
 * Optional room: handover, 18 lines.
 */
	.section .text
/*
 * The boot hart cannot run guests and has started us to boot instead: a0 = our hart id, a1 =
 * physical address of handover_from, where it left its own id and the device tree. Wait until it
 * has stopped, since booting clears the memory it runs on.
 */
	.globl	handover
handover:
	mv	s0, a0
	ld	s3, 0(a1)
	ld	s1, 8(a1)
1:	mv	a0, s3
	li	a6, 2			/* HART_GET_STATUS */
	li	a7, 0x48534d		/* HSM */
	ecall
	li	t0, 1			/* STOPPED */
	bne	a1, t0, 1b
	mv	a0, s0
	mv	a1, s1
	j	boot
