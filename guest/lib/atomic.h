/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - shared variables, a spinlock and a barrier for guest programs.
 *
 * These are the guest's own; nothing here is shared with the hypervisor.
 * Every access says its order in its name.
 */
#ifndef GUEST_LIB_ATOMIC_H
#define GUEST_LIB_ATOMIC_H

#include "types.h"

/* Load with acquire order: later accesses stay later. */
#define load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
/* Store with release order: earlier accesses stay earlier. */
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
/* Add @v, fully ordered; gives the new value. */
#define add_fetch(p, v) __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)
/* Replace by @v, fully ordered; gives the old value. */
#define exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)

/* Order all earlier memory accesses before all later ones. */
static inline void fence_all(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* A ticket lock. Hold it with interrupts off if a handler may want it. */
struct spinlock {
	u32 next;	/* ticket for the next to come */
	u32 serving;	/* ticket that holds the lock */
};

void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* Reusable meeting point of @count harts. Zero it, then set count. */
struct barrier {
	u32 count;	/* harts that meet */
	u32 arrived;	/* harts waiting in this round */
	u32 round;	/* completed rounds */
};

void barrier_init(struct barrier *b, u32 count);

/*
 * Wait until all have arrived. A stuck barrier ends through the time-out
 * of the test; cpu_relax() in the loop sees to that.
 */
void barrier_wait(struct barrier *b);

#endif
