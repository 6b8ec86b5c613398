/* SPDX-License-Identifier: MIT */
/*
 * mutex.h - a lock whose waiters sleep, so it may be held over long work and its holder may be
 * preempted.
 *
 * Waiters queue in arrival order and unlock hands the mutex to the first of them: nobody can
 * overtake, so nobody starves.
 */
#ifndef LOCK_MUTEX_H
#define LOCK_MUTEX_H

#include "lock/spinlock.h"

struct mutex_waiter;

struct LOCK_TYPE("mutex") mutex {
	struct spinlock guard; /* guards the queue, and the state while it is CROWDED */
	uint32_t state; /* atomic, mutex.c */
	/*
	 * written by whoever becomes it or makes another it; means nothing while the state is FREE
	 */
	struct thread *owner;
	struct mutex_waiter *first, *last;
	enum lock_rank rank; /* constant after mutex_init */
};

void mutex_init(struct mutex *m, enum lock_rank rank);

/*
 * Take @m, sleeping while somebody else has it. No spinlock may be held (L1), nor @m itself.
 * Acquire order. The sleep may use up a token of port_unpark() that was meant for something else:
 * look at what you wait for after this and before you park.
 */
void mutex_lock(struct mutex *m) ACQUIRES(*m);

/* Take @m if it is free. Never sleeps. Same order. */
bool mutex_trylock(struct mutex *m) TRIES(*m);

/* Hand @m to the first waiter, or free it. Only the owner may. Release order. */
void mutex_unlock(struct mutex *m) RELEASES(*m);

#endif
