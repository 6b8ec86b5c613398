/* SPDX-License-Identifier: MIT */
/*
 * first.S - the very first instructions, ahead of guest/lib's start.S, and
 * the short pieces of code that have to be measured without any C around.
 */
	.section .text.start, "ax"
	/* What everything before us has cost. a0 and a1 stay as they came. */
	csrr	t0, instret
	la	t1, first_instret
	sd	t0, 0(t1)
	j	_start

	.data
	.balign	8
	.globl	first_instret
first_instret:
	.dword	0

	.text
/*
 * Where a started hart goes: a1 = struct start_note {instret, mask, base}.
 * Note when we came, wake the starter (no mask: do not), stop.
 */
	.globl	note_and_stop
note_and_stop:
	csrr	t0, instret
	sd	t0, 0(a1)
	ld	a0, 8(a1)
	beqz	a0, 1f
	ld	a1, 16(a1)
	li	a7, 0x735049
	li	a6, 0
	ecall
1:	li	a7, 0x48534d
	li	a6, 1
	ecall
	j	1b

/* Count down the dword at a1; the one who takes it to 0 wakes main. */
	.globl	count_and_stop
count_and_stop:
	li	t0, -1
	amoadd.d.aqrl t0, t0, (a1)
	li	t1, 1
	li	a0, 0
	bne	t0, t1, 1f
	ld	a0, 8(a1)
	ld	a1, 16(a1)
	li	a7, 0x735049
	li	a6, 0
	ecall
1:	li	a7, 0x48534d
	li	a6, 1
	ecall
	j	1b

/* A software interrupt handler of three instructions: see self_ipi(). */
	.globl	short_handler
	.balign	4
short_handler:
	li	t6, 1
	csrci	sip, 2
	sret
