/* SPDX-License-Identifier: MIT */
/*
 * mutex.c - a sleeping lock, handed from its owner to the first waiter.
 *
 * A waiter queues itself from its own stack and sleeps until `granted`. The one that unlocks makes the first waiter the owner
 * while it still holds the guard: between two owners the mutex is never free, so nobody can slip in between.
 */
#include "lock/mutex.h"

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "port/port.h"

struct mutex_waiter {
	struct thread *thread;
	struct mutex_waiter *next;
	uint32_t granted; /* atomic */
};

void mutex_init(struct mutex *m, enum lock_rank rank)
{
	ENSURE(rank_is_mutex(rank));
	*m = (struct mutex){ .rank = rank };
	spin_init(&m->guard, RANK_WAITQ);
}

LOCK_INTERNALS void mutex_lock(struct mutex *m)
{
	struct mutex_waiter w = { .thread = port_self() };

	ENSURE(w.thread);
	might_sleep();
	rank_acquire(port_held_by_thread(), m, m->rank);
	spin_lock(&m->guard);
	if (!m->owner) {
		m->owner = w.thread; /* ordered after the last owner's writes by the guard */
		spin_unlock(&m->guard);
		TRACE(LOCK_TAKEN, m, NULL);
		return;
	}
	if (m->last)
		m->last->next = &w;
	else
		m->first = &w;
	m->last = &w;
	spin_unlock(&m->guard);
	TRACE(LOCK_WAIT, m, NULL);
	RACE_POINT(mutex_queued);
	/* Acquire: pairs with the store in mutex_unlock. The loop: a park may end for another reason. */
	while (!atomic_load_acquire(&w.granted))
		port_park();
	TRACE(LOCK_TAKEN, m, NULL);
}

LOCK_INTERNALS void mutex_unlock(struct mutex *m)
{
	struct thread *heir = NULL;
	struct mutex_waiter *w;

	TRACE(LOCK_FREED, m, NULL);
	rank_release(port_held_by_thread(), m);
	spin_lock(&m->guard);
	ENSURE(m->owner == port_self());
	w = m->first;
	if (w) {
		heir = w->thread;
		m->first = w->next;
		if (!m->first)
			m->last = NULL;
		/* Release: pairs with the load in mutex_lock. *w is on the heir's stack: gone once this is seen. */
		atomic_store_release(&w->granted, 1U);
	}
	m->owner = heir;
	spin_unlock(&m->guard);
	/*
	 * If the heir has seen `granted` on its own meanwhile, this is one wake-up too many: park's callers loop. The
	 * thread itself outlives every mutex, so the pointer stays good.
	 */
	if (heir)
		port_unpark(heir);
}

LOCK_INTERNALS void mutex_assert_held(struct mutex *m)
{
	if (!rank_holds(port_held_by_thread(), m))
		port_panic("lock: mutex %s %p must be held here", rank_name(m->rank), (void *)m);
}
