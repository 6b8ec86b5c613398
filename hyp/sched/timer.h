/* SPDX-License-Identifier: MIT */
/*
 * timer.h - one compare register per hart, many deadlines: each hart keeps a sorted list and wakes
 * the threads that are due.
 */
#ifndef SCHED_TIMER_H
#define SCHED_TIMER_H

#include "lib/atomic.h"
#include "lib/types.h"
#include "riscv/hart.h"

struct thread;

#define TIME_NEVER UINT64_MAX

struct timer {
	uint64_t deadline; /* host time, ticks; guarded by the lock of hart's list */
	struct timer *next; /* in that list */
	/*
	 * index of the hart whose list holds us, or NO_HART; changed by the owner and by expiry,
	 * under that lock
	 */
	unsigned hart;
	struct thread *thread; /* constant: whom to notify */
};

#define NO_HART (~0u)

void timer_init(struct timer *t, struct thread *thread);

/* timer_cancel() of a timer that was on a list a moment ago. */
void timer_take_off(struct timer *t);

/*
 * Notify t->thread at @deadline; replaces an earlier deadline. TIME_NEVER cancels. Owner thread
 * only.
 */
void timer_arm(struct timer *t, uint64_t deadline);
static inline void timer_cancel(struct timer *t)
{
	/*
	 * Only the owner puts it on a list, so for the owner "on none" is true to stay. Pairs with
	 * the stores in timer.c.
	 */
	if (atomic_load_relaxed(&t->hart) != NO_HART)
		timer_take_off(t);
}

/*
 * The host timer fired (or an idle hart looks): notify whoever is due, then set the hardware for
 * the next event.
 */
void timer_expire(void);

/* Set the hardware for the earliest of this hart's list and its time slice. */
void timer_program(void);
/* The same for a caller that knows its slice's end (TIME_NEVER: nobody else wants this hart). */
void timer_program_with(uint64_t slice_end);

/* Boot: this hart's list and hardware. */
void timer_init_hart(void);

static inline uint64_t ms_to_ticks(uint64_t ms)
{
	return ms * timebase / 1000;
}

#endif
