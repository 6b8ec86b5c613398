/* SPDX-License-Identifier: MIT */
/*
 * timer.h - one compare register per hart, many deadlines: each hart keeps a sorted list and wakes the threads that are due.
 */
#ifndef VM_TIMER_H
#define VM_TIMER_H

#include "lib/types.h"
#include "riscv/hart.h"

struct thread;

#define TIME_NEVER UINT64_MAX

struct timer {
	uint64_t deadline; /* host time, ticks; guarded by the lock of hart's list */
	struct timer *next; /* in that list */
	unsigned hart; /* index of the hart whose list holds us, or NO_HART; changed by the owner and by expiry, under that lock */
	struct thread *thread; /* constant: whom to notify */
};

#define NO_HART (~0u)

void timer_init(struct timer *t, struct thread *thread);

/* Notify t->thread at @deadline; replaces an earlier deadline. TIME_NEVER cancels. Owner thread only. */
void timer_arm(struct timer *t, uint64_t deadline);
void timer_cancel(struct timer *t);

/* The host timer fired (or an idle hart looks): notify whoever is due, then set the hardware for the next event. */
void timer_expire(void);

/* Set the hardware for the earliest of this hart's list and its time slice. */
void timer_program(void);

/* Boot: this hart's list and hardware. */
void timer_init_hart(void);

static inline uint64_t ms_to_ticks(uint64_t ms)
{
	return ms * timebase / 1000;
}

#endif
