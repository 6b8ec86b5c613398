/* SPDX-License-Identifier: MIT */
/* spinlock.c - ticket spinlocks. */
#include "lock/spinlock.h"

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "port/port.h"

void spin_init(struct spinlock *l, enum lock_rank rank)
{
	ENSURE(rank >= RANK_SPINLOCKS && rank < RANK_NR);
	*l = (struct spinlock){ .rank = rank };
}

/* Somebody is inside; out of the way of a lock that is free. */
static NOINLINE void wait_for_turn(struct spinlock *l, uint32_t mine)
{
	struct port_wait w = { .what = rank_name(l->rank), .on = l };
	uint32_t served = mine, now;

	for (;;) {
		port_relax(&w);
		now = atomic_load_acquire(&l->serving); /* as in spin_lock */
		if (now == mine)
			return;
		if (now != served)
			w.since = 0; /* somebody else's turn has come: the queue gets on */
		served = now;
	}
}

LOCK_INTERNALS void spin_lock(struct spinlock *l)
{
	uint32_t mine;

	/* Before waiting: a wait that could never end is reported instead. */
	rank_acquire(port_held_by_hart(), l, l->rank);
	/* Relaxed: a ticket orders nothing, the load of `serving` below does. */
	mine = atomic_fetch_add_relaxed(&l->next, 1U);
	/* Acquire: pairs with the store in spin_unlock, so we see what the last holder wrote. */
	if (atomic_load_acquire(&l->serving) != mine)
		wait_for_turn(l, mine);
}

LOCK_INTERNALS void spin_unlock(struct spinlock *l)
{
	rank_release(port_held_by_hart(), l);
	/*
	 * Relaxed load: only the holder writes it. Release store: pairs with the loads in spin_lock
	 * and wait_for_turn.
	 */
	atomic_store_release(&l->serving, atomic_load_relaxed(&l->serving) + 1);
}

LOCK_INTERNALS void spin_assert_held(const struct spinlock *l)
{
	if (!rank_holds(port_held_by_hart(), l))
		port_panic("lock: %s %p must be held here", rank_name(l->rank), (const void *)l);
}
