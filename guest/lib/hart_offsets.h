/* SPDX-License-Identifier: MIT */
/*
 * hart_offsets.h - where assembly finds the fields of struct hart and of
 * struct trap_frame. hart.c asserts that every number is right.
 */
#ifndef GUEST_LIB_HART_OFFSETS_H
#define GUEST_LIB_HART_OFFSETS_H

#define H_ID		0
#define H_STACK_TOP	8
#define H_TRAP_SP	16
#define H_TRAP_TMP	24
#define H_SAVE_SP	32
#define H_ENTRY_A0	40
#define H_ENTRY_A1	48
#define H_ENTRY_SATP	56
#define H_ENTRY_SSTATUS	64
#define H_ENTRY_SIE	72
#define H_ENTRY_SIP	80
#define H_ENTRY_TAG	88
#define H_RESUME	96	/* 14 registers: ra, sp, s0-s11 */
#define H_REGS_IN	208	/* 32 registers */
#define H_REGS_OUT	464	/* 32 registers */
#define H_SIZE		2048

/* struct trap_frame: x0..x31, then the trap CSRs */
#define F_SEPC		(32 * 8)
#define F_SSTATUS	(33 * 8)
#define F_SCAUSE	(34 * 8)
#define F_STVAL		(35 * 8)
#define F_SIZE		(36 * 8)

/* How a hart came to life: struct entry_record's tag */
#define TAG_BOOT	1
#define TAG_START_A	2
#define TAG_START_B	3
#define TAG_RESUME_A	4
#define TAG_RESUME_B	5

#endif
