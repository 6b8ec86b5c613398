/* SPDX-License-Identifier: MIT */
/*
 * fp.S - see fp.h. The rest of the guest is built without F and D.
 */
	.option	arch, +f, +d

	.text
	.globl	fp_fill
fp_fill:
	li	t1, 5
	remu	t1, a0, t1
	fsrm	t1
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi	t0, a0, \n
	fmv.d.x	f\n, t0
	.endr
	ret

	.globl	fp_check
fp_check:
	li	t1, 5
	remu	t1, a0, t1
	frrm	t2
	xor	t1, t1, t2
	snez	a1, t1
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	addi	t0, a0, \n
	fmv.x.d	t1, f\n
	xor	t0, t0, t1
	snez	t0, t0
	add	a1, a1, t0
	.endr
	mv	a0, a1
	ret
