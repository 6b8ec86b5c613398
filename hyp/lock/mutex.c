/* SPDX-License-Identifier: MIT */
/*
 * mutex.c - a sleeping lock, handed from its owner to the first waiter.
 *
 * Free and nobody waiting: taking it and giving it back are one compare-and-swap of `state` each.
 * Whoever finds it held takes the guard, says CROWDED, queues itself from its own stack and sleeps
 * until `granted`. From then on the owner's quick way out fails; it takes the guard too, and makes
 * the first waiter the owner: between two owners a crowded mutex is never free, so nobody can slip
 * in between.
 */
#include "lock/mutex.h"

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "port/port.h"

/* mutex.state; CROWDED: held, and to be given back by way of the guard */
enum { FREE, HELD, CROWDED };

struct mutex_waiter {
	struct thread *thread;
	struct mutex_waiter *next;
	uint32_t granted; /* atomic */
};

void mutex_init(struct mutex *m, enum lock_rank rank)
{
	ENSURE(rank > RANK_NONE && rank < RANK_SPINLOCKS);
	*m = (struct mutex){ .rank = rank };
	spin_init(&m->guard, RANK_WAITQ);
}

/* Somebody has @m: queue up and sleep, unless it has become free meanwhile. */
static NOINLINE void lock_slowly(struct mutex *m)
{
	struct mutex_waiter w = { .thread = port_self() };

	spin_lock(&m->guard);
	/*
	 * From FREE or HELD: pairs with both compare-and-swaps. Either the owner's comes first, and
	 * we find FREE and are the owner, ordered behind it by this swap's acquire; or it fails,
	 * and the owner comes for the guard and finds us queued.
	 */
	if (atomic_swap(&m->state, CROWDED) == FREE) {
		m->owner = w.thread;
		spin_unlock(&m->guard);
		return;
	}
	if (m->last)
		m->last->next = &w;
	else
		m->first = &w;
	m->last = &w;
	spin_unlock(&m->guard);
	TRACE(LOCK_WAIT, m, NULL);
	if (m->rank == RANK_VM)
		RACE_POINT(mutex_queued);
	/*
	 * Acquire: pairs with the store in unlock_slowly. The loop: a park may end for another
	 * reason.
	 */
	while (!atomic_load_acquire(&w.granted))
		port_park();
}

LOCK_INTERNALS void mutex_lock(struct mutex *m)
{
	struct thread *self = port_self();

	ENSURE(self);
	might_sleep();
	rank_acquire(port_held_by_thread(), m, m->rank);
	/*
	 * Acquire: pairs with the release in mutex_unlock and with the store in unlock_slowly: the
	 * last owner's writes are seen.
	 */
	if (atomic_cas(&m->state, FREE, HELD))
		m->owner = self;
	else
		lock_slowly(m);
	TRACE(LOCK_TAKEN, m, NULL);
}

LOCK_INTERNALS bool mutex_trylock(struct mutex *m)
{
	/* Acquire: as in mutex_lock. */
	if (!atomic_cas(&m->state, FREE, HELD))
		return false;
	rank_acquire(port_held_by_thread(), m, m->rank);
	m->owner = port_self();
	TRACE(LOCK_TAKEN, m, NULL);
	return true;
}

/* There are waiters, or somebody who is about to be one has looked. */
static NOINLINE void unlock_slowly(struct mutex *m)
{
	struct thread *heir = NULL;
	struct mutex_waiter *w;

	spin_lock(&m->guard);
	w = m->first;
	if (w) {
		heir = w->thread;
		m->owner = heir;
		m->first = w->next;
		if (!m->first) {
			m->last = NULL;
			/* the heir's way out is quick again; it has not been told yet */
			atomic_store_relaxed(&m->state, HELD);
		}
		/*
		 * Release: pairs with the load in lock_slowly. *w is on the heir's stack: gone once
		 * this is seen.
		 */
		atomic_store_release(&w->granted, 1U);
	} else {
		/*
		 * Release: pairs with the compare-and-swap in mutex_lock. CROWDED by one that then
		 * found it free.
		 */
		atomic_store_release(&m->state, FREE);
	}
	spin_unlock(&m->guard);
	/*
	 * If the heir has seen `granted` on its own meanwhile, this is one wake-up too many: park's
	 * callers loop. The thread itself outlives every mutex, so the pointer stays good.
	 */
	if (heir)
		port_unpark(heir);
}

LOCK_INTERNALS void mutex_unlock(struct mutex *m)
{
	TRACE(LOCK_FREED, m, NULL);
	rank_release(port_held_by_thread(), m);
	ENSURE(m->owner == port_self());
	/* Release: pairs with the acquire in mutex_lock, and with the swap in lock_slowly. */
	if (!atomic_cas(&m->state, HELD, FREE))
		unlock_slowly(m);
}
