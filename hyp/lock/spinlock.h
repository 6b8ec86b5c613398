/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - ticket spinlocks, for sections of a few instructions that never sleep.
 *
 * HS-mode runs with interrupts off, so a section can be interrupted by nothing on its own hart:
 * every spinlock is interrupt-safe without saying so. Waiters are served in the order they came.
 */
#ifndef LOCK_SPINLOCK_H
#define LOCK_SPINLOCK_H

#include "lock/annotate.h"
#include "lock/rank.h"

struct LOCK_TYPE("spinlock") spinlock {
	uint32_t next; /* the ticket the next arrival draws; atomic */
	uint32_t serving; /* the ticket that may go in; atomic, written by the holder only */
	enum lock_rank rank; /* constant after spin_init */
};

void spin_init(struct spinlock *l, enum lock_rank rank);

/*
 * Wait for @l and take it. Must not be held already; everything this hart holds has a lower rank.
 * Acquire order.
 */
void spin_lock(struct spinlock *l) ACQUIRES(*l);

/* Give @l back. Release order: whoever takes it next sees everything written before. */
void spin_unlock(struct spinlock *l) RELEASES(*l);

/* Panics unless this hart holds @l. */
void spin_assert_held(const struct spinlock *l) CLAIMS_HELD(*l);

#endif
