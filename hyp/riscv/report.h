/* SPDX-License-Identifier: MIT */
/*
 * report.h - what is said of a bug of ours before the machine stops. The calling hart is the only
 * one that speaks (console_break()).
 */
#ifndef RISCV_REPORT_H
#define RISCV_REPORT_H

#include "port/port.h"
#include "riscv/frame.h"

/* The cause and the registers of a trap from HS-mode that is no fix-up. */
void report_trap(const struct fault_frame *f, uint64_t cause, uint64_t stval);

/* The locks held, and who called whom: from @pc, unless that is 0, and the stack at @sp. */
void report_where(uint64_t pc, uint64_t sp);

/* Panic: @w has been waited for so long that it will never come. */
NORETURN void report_stuck(const struct port_wait *w, unsigned seconds);

#endif
