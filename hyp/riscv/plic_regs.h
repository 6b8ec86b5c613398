/* SPDX-License-Identifier: MIT */
/*
 * plic_regs.h - where a PLIC has its registers, each of 32 bits: offsets in bytes. RISC-V PLIC
 * specification 1.0.0, chapter 3.
 *
 * Optional room: plic, 10 lines.
 */
#ifndef RISCV_PLIC_REGS_H
#define RISCV_PLIC_REGS_H

/* From 0 on: the priority of each source. */
#define PLIC_PENDING 0x1000
#define PLIC_ENABLE 0x2000
#define PLIC_ENABLE_SIZE 0x80 /* of one context */
#define PLIC_CONTEXT 0x200000
#define PLIC_CONTEXT_SIZE 0x1000
/* In a context. */
#define PLIC_THRESHOLD 0
#define PLIC_CLAIM 4

#endif
