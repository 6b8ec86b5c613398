/* SPDX-License-Identifier: MIT */
/*
 * trap.h - exceptions and interrupts of the guest itself.
 */
#ifndef GUEST_LIB_TRAP_H
#define GUEST_LIB_TRAP_H

#include "types.h"

struct trap_frame {
	u64 x[32];	/* x[0] unused */
	u64 sepc, sstatus, scause, stval;
};

/* What an exception looked like. */
struct trap_info {
	u64 cause;
	u64 value;	/* stval */
	u64 pc;		/* sepc */
	u64 x[32];	/* registers at the trap */
};

/* Fourteen callee-saved registers: ra, sp, s0-s11. */
struct context {
	u64 reg[14];
};

/* Like setjmp and longjmp. context_save() gives 0, then @value. */
int context_save(struct context *ctx) __attribute__((returns_twice));
void context_jump(struct context *ctx, int value) NORETURN;

/*
 * Call @fn(@arg). If it ends in an exception, undo the call, describe the
 * exception in @info and return true; false when @fn returned. Not nested.
 */
bool trap_catch(void (*fn)(void *), void *arg, struct trap_info *info);

/*
 * Run @fn(@arg) in U-mode on @stack_top until its first exception (an
 * ecall, usually), described in @info. Paging as it is; with paging on,
 * code and stack must be user pages.
 */
void user_run(void (*fn)(void *), void *arg, void *stack_top,
	      struct trap_info *info);

/* Called by the assembly entry. */
void trap_handle(struct trap_frame *f);
void trap_entry(void);

/* Handler of one interrupt of one hart; NULL restores the default. */
typedef void (*irq_handler)(struct trap_frame *f);
void irq_handler_set(unsigned int irq, irq_handler fn);

/*
 * Is the timer interrupt of this hart pending, masked or not? Call with
 * interrupts off. Looks at sip where that tells; QEMU 7.2 hides a guest's
 * timer there, so ask by letting it interrupt for a moment.
 */
bool timer_is_pending(void);
/* Find out which of the two is needed; main, once, interrupts off. */
void timer_pending_init(void);

#endif
