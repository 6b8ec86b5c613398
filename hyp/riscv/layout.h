/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where things are in the hypervisor's own address space (Sv39, upper half); also read
 * by assembly.
 *
 * Guest RAM is in none of these: it is reached through a hart's window, or through HLV with the
 * guest's own permissions.
 */
#ifndef RISCV_LAYOUT_H
#define RISCV_LAYOUT_H

#define PAGE_SIZE 4096
#define LARGE_SIZE 0x200000 /* a level-1 leaf */

#define VA_POOL 0xffffffd000000000 /* page tables, objects, the memory behind the stacks: RW */
#define VA_PLIC 0xffffffe000000000 /* the host's PLIC, if guests have devices: RW */
#define VA_PAYLOAD 0xfffffff000000000 /* the payload (initrd): R */
#define VA_IMAGE 0xffffffffc0000000 /* this program; linker.ld has the same number */
/* These share a level-1 table with the image. */
#define VA_WINDOW 0xffffffffd0000000 /* short-lived views of guest RAM, WINDOW_SLOTS per hart: RW */
#define VA_STACK 0xffffffffe0000000 /* thread stacks with unmapped guards below */
#define VA_FDT 0xffffffffe8000000 /* the firmware's device tree: R */
#define VA_DEVICE 0xffffffffec000000 /* the test device: RW */
#define VA_IMSIC 0xffffffffec001000 /* the harts' interrupt files, a page each: RW */

#define STACK_SIZE 8192
#define STACK_SLOT 16384 /* STACK_SIZE at the top, the rest is guard */
#define MAX_STACKS 8192 /* vCPUs, keepers and idle threads; only a bound for checks */
/* Per hart: traps from HS-mode land here, so a stack overflow can still be reported. */
#define FAULT_STACK_SIZE 4096

/* The address in the image of which @low is the lower half. */
#define IN_IMAGE(low) ((uint64_t)(int32_t)(low))

#define WINDOW_SLOTS 2 /* 2 MiB each; two neighbours cover any 2 MiB */

#endif
