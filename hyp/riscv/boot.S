/* SPDX-License-Identifier: MIT */
/*
 * boot.S - from the firmware's jump to C: the image header, the boot hart's first steps at physical
 * addresses, and the entry of every other hart.
 */
#include "riscv/layout.h"

/*
 * The Linux/RISC-V image header, which QEMU -kernel, U-Boot booti and extlinux understand.
 * image_size covers bss, so no loader puts a device tree or an initrd on top of it.
 */
	.section .text.head, "ax"
	.globl _start
_start:
	.option push
	.option norvc
	j	front_door		/* a 32-bit instruction by convention */
	.word	0
	.option pop
	.dword	0x200000		/* text_offset: 2 MiB above the start of RAM */
	.dword	_end - _start		/* image_size */
	.dword	0			/* flags: little endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

/*
 * Only the first hart to come here boots. OpenSBI before 1.3 publishes START_PENDING before the
 * start address (fixed by its commit e8e9ed37), so a hart that we have just started may read the
 * old address and come here instead: seen in about one boot of 200 on a busy host. What it was to
 * find is in hart_start all the same.
 */
front_door:
	lla	t0, boot_taken
	li	t1, 1
	amoswap.w.aqrl	t1, t1, (t0)
	beqz	t1, boot
	lla	a1, hart_start
	j	secondary_start

/*
 * The boot hart, paging off. a0 = hart id, a1 = device tree. Every address here is PC-relative,
 * hence physical.
 */
	.globl	boot
boot:
	csrw	sie, zero
	csrw	satp, zero
	mv	s0, a0
	mv	s1, a1
	lla	t0, _bss
	lla	t1, _bss_end
1:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7	/* bss is a multiple of 64 bytes */
	sd	zero, \n*8(t0)
	.endr
	addi	t0, t0, 64
	bltu	t0, t1, 1b
	lla	sp, boot_stack_top
	lla	a0, _start
	mv	s2, a0			/* where the image is */
	call	boot_map		/* a0 = satp value */
	jal	enter_paging
	lla	sp, boot_stack_top	/* now virtual */
	mv	a0, s0
	mv	a1, s1
	mv	a2, s2
	mv	fp, zero		/* a backtrace ends here */
	lla	tp, harts		/* the boot hart is harts[0] */
	call	boot_main
1:	wfi
	j	1b

/*
 * Turn paging on with satp = a0 and return to the same place in the image's virtual map; s2 = the
 * image's physical address. The fetch behind the csrw faults, since nothing maps physical
 * addresses: stvec is where it lands.
 */
enter_paging:
	li	t0, VA_IMAGE
	sub	t0, t0, s2
	add	ra, ra, t0
	lla	t1, 1f
	add	t1, t1, t0
	csrw	stvec, t1
	sfence.vma
	csrw	satp, a0
	.balign 4
1:	lla	t1, trap_entry
	csrw	stvec, t1
	csrw	sscratch, zero		/* "we are in HS-mode" */
	ret

/*
 * Another hart, started through HSM. a1 = physical address of its struct hart_start (hart_start in
 * smp.c), whose first words are satp, the hart's stack top and its struct hart, the latter two
 * virtual.
 */
	.globl secondary_start
secondary_start:
	csrw	sie, zero
	ld	a0, 0(a1)
	ld	s3, 8(a1)
	ld	s4, 16(a1)
	lla	s2, _start
	jal	enter_paging
	mv	sp, s3
	mv	tp, s4
	mv	fp, zero
	call	secondary_main
1:	wfi
	j	1b

	.section .data			/* not in bss, which the boot hart clears */
	.balign	4
boot_taken:
	.word	0

	.section .noinit, "aw", @nobits
	.balign	16
	.globl boot_stack, boot_stack_top
boot_stack:
	.skip	16384
boot_stack_top:
