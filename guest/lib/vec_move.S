/* SPDX-License-Identifier: MIT */
/*
 * vec_move.S - see vec.h. The rest of the guest is built without V. Whole
 * registers are stored and loaded from element vstart on.
 */
	.option	arch, +v

	.text
	.globl	vec_store
vec_store:
	csrr	t0, vstart
	sd	t0, 0(a1)
	csrr	t1, vcsr
	sd	t1, 8(a1)
	csrr	t1, vl
	sd	t1, 16(a1)
	csrr	t1, vtype
	sd	t1, 24(a1)
	csrr	t2, vlenb
	slli	t2, t2, 3
	csrw	vstart, zero
	vs8r.v	v0, (a0)
	add	a0, a0, t2
	vs8r.v	v8, (a0)
	add	a0, a0, t2
	vs8r.v	v16, (a0)
	add	a0, a0, t2
	vs8r.v	v24, (a0)
	csrw	vstart, t0
	ret

	.globl	vec_load
vec_load:
	csrr	t2, vlenb
	slli	t2, t2, 3
	csrw	vstart, zero
	vl8re8.v v0, (a0)
	add	a0, a0, t2
	vl8re8.v v8, (a0)
	add	a0, a0, t2
	vl8re8.v v16, (a0)
	add	a0, a0, t2
	vl8re8.v v24, (a0)
	ld	t0, 16(a1)
	ld	t1, 24(a1)
	vsetvl	zero, t0, t1
	ld	t0, 8(a1)
	csrw	vcsr, t0
	ld	t0, 0(a1)
	csrw	vstart, t0
	ret
