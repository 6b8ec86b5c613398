/* SPDX-License-Identifier: MIT */
/*
 * asm_offsets.c - never linked: compiled to assembly, from which the build takes the numbers for .S
 * files.
 */
#include "riscv/csr.h"
#include "riscv/frame.h"
#include "riscv/hart.h"
#include "sched/sched.h"

void asm_offsets(void);

#define DEFINE(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))

void asm_offsets(void)
{
	DEFINE(FRAME_RA, offsetof(struct guest_frame, ra));
	DEFINE(FRAME_SP, offsetof(struct guest_frame, sp));
	DEFINE(FRAME_TP, offsetof(struct guest_frame, tp));
	DEFINE(FRAME_T0, offsetof(struct guest_frame, t));
	DEFINE(FRAME_A0, offsetof(struct guest_frame, a));
	DEFINE(FRAME_SEPC, offsetof(struct guest_frame, sepc));
	DEFINE(FRAME_HART, offsetof(struct guest_frame, hart));
	DEFINE(LIVE_S0, offsetof(struct live_regs, s));
	DEFINE(LIVE_GP, offsetof(struct live_regs, gp));
	DEFINE(LIVE_SIZE, ALIGN_UP(sizeof(struct live_regs), 16));
	DEFINE(EXC_FETCH_GUEST_PAGE, EXC_FETCH_GUEST_PAGE);
	DEFINE(EXC_ECALL_VS, EXC_ECALL_VS);
	DEFINE(EXC_VIRTUAL_INSTRUCTION, EXC_VIRTUAL_INSTRUCTION);
	DEFINE(HSTATUS_SPV, HSTATUS_SPV);
	DEFINE(SSTATUS_SPP, SSTATUS_SPP);
	DEFINE(FAULT_FRAME_SIZE, sizeof(struct fault_frame));
	DEFINE(HART_FAULT_SP, offsetof(struct hart, fault_sp));
	DEFINE(CTX_RA, offsetof(struct thread, ctx.ra));
	DEFINE(CTX_SP, offsetof(struct thread, ctx.sp));
	DEFINE(CTX_GP, offsetof(struct thread, ctx.gp));
	DEFINE(CTX_S0, offsetof(struct thread, ctx.s));
}
