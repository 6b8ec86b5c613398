/* SPDX-License-Identifier: MIT */
/*
 * fw.h - calls to the firmware below us (SBI from the caller's side). What the firmware lacks is
 * known after fw_init().
 */
#ifndef RISCV_FW_H
#define RISCV_FW_H

#include "lib/types.h"

struct fw_ret {
	long error, value;
};

/* Find out what there is. @no_dbcn: pretend there is no debug console. Boot hart, once. */
void fw_init(bool no_dbcn);

/* One line for the log: specification version, implementation, extensions. */
void fw_describe(void);

/*
 * Raise the supervisor software interrupt of real harts: bit i of @mask is the hart with id @base +
 * i.
 */
void fw_send_ipi(uint64_t mask, uint64_t base);

/* Deliver a timer interrupt at @when (ticks); UINT64_MAX: never. For harts without Sstc. */
void fw_set_timer(uint64_t when);

/*
 * Start a real hart at physical @pc with a1 = @arg. Returns 0 or the SBI error, as for a hart that
 * is not stopped.
 */
long fw_hart_start(uint64_t hartid, paddr_t pc, uint64_t arg);
NORETURN void fw_hart_stop(void);

/*
 * Send to the console; @s is in our own address space. Blocks until all is out. Caller serialises.
 */
void fw_console_write(const char *s, size_t n);

/* The same for what is at a known address; false: the firmware cannot, nothing is out. */
bool fw_console_write_at(paddr_t pa, size_t n);

/* A byte typed at the console, or -1. Never blocks. Caller serialises. */
int fw_console_read(void);

/* End the machine: an SRST reset type (SBI 3.0 section 10.1). Returns if the firmware cannot. */
enum fw_reset_type { FW_SHUTDOWN, FW_RESET_COLD };
void fw_reset(enum fw_reset_type type);

#endif
