/* SPDX-License-Identifier: MIT */
/*
 * rank.h - the order in which locks may be taken, and its run-time check.
 *
 * One table (rank.c) gives every lock class a rank. A lock may be taken only while everything held
 * has a lower rank, so no two harts can each hold what the other waits for. The table is printed by
 * the docs and by a panic.
 */
#ifndef LOCK_RANK_H
#define LOCK_RANK_H

#include "lib/types.h"
#include "port/port.h"

/* Mutexes first: the stack of a thread and that of a hart can then be checked each on its own. */
enum lock_rank {
	RANK_NONE, /* that of a lock which nobody has initialised: it can never be taken */
	RANK_VM, /* mutex: vm->lock */
	RANK_STATS, /* mutex: whose statistics are being printed */
	RANK_CONSOLE, /* mutex: what goes to the host's console */
	RANK_SPINLOCKS,
	RANK_VCPU = RANK_SPINLOCKS, /* spinlock: vcpu->mp.lock */
	RANK_WAITQ, /* spinlock: the inside of a mutex */
	RANK_THREAD, /* spinlock: thread->lock */
	RANK_RUNQUEUE, /* spinlock: rq->lock */
	RANK_TIMER, /* spinlock: one hart's list of timers */
	RANK_INTC, /* spinlock: an interrupt controller, a VM's or the host's, leaf */
	RANK_KEYS, /* spinlock: keys that were typed, leaf */
	RANK_NR
};

#define HELD_MAX 8
_Static_assert(RANK_NR - RANK_SPINLOCKS < HELD_MAX && RANK_SPINLOCKS - RANK_VM < HELD_MAX,
	       "each lock that is held has a rank of its own");

/*
 * What one hart (spinlocks) or one thread (mutexes) holds: at[1] to at[n], the newest last. at[0]
 * stands for nothing, with RANK_NONE (but see rank_forbid_mutexes()): all zeros hold nothing.
 */
struct held_locks {
	uint64_t n;
	struct {
		const void *lock;
		enum lock_rank rank;
	} at[HELD_MAX];
};

/* The class's name as the lock table has it. */
const char *rank_name(enum lock_rank rank);

/* Why rank_acquire() or rank_release() may not go on: they panic, and say what is wrong. */
NORETURN void rank_refuse(const struct held_locks *held, const void *lock, enum lock_rank rank);
NORETURN void rank_refuse_release(const void *lock);
/* The same for rank_assert_not_held() and might_sleep(). */
NORETURN void rank_refuse_wait(const void *lock);
NORETURN void rank_refuse_sleep(const struct held_locks *held);

/*
 * Panics if taking @lock now could close a cycle, if it is held already, or if it was never
 * initialised; else notes it in @held.
 */
static inline void rank_acquire(struct held_locks *held, const void *lock, enum lock_rank rank)
{
	uint64_t n = held->n;

	if (rank <= held->at[n].rank)
		rank_refuse(held, lock, rank);
	held->at[n + 1].lock = lock;
	held->at[n + 1].rank = rank;
	held->n = n + 1;
}

/* Panics if @lock is not the newest in @held; else forgets it. */
static inline void rank_release(struct held_locks *held, const void *lock)
{
	uint64_t n = held->n;

	if (held->at[n].lock != lock)
		rank_refuse_release(lock);
	held->n = n - 1;
}

/* From now on rank_acquire() refuses every mutex to the thread of @held, as it cannot sleep. */
static inline void rank_forbid_mutexes(struct held_locks *held)
{
	held->at[0].rank = RANK_SPINLOCKS;
}

/* Quick where the answer is "yes, and it is the newest". */
static inline bool rank_holds(const struct held_locks *held, const void *lock)
{
	for (uint64_t n = held->n; n; n--)
		if (held->at[n].lock == lock)
			return true;
	return false;
}

/* Panics if the thread of @held has @lock: whoever holds it must not wait here (rule L5). */
static inline void rank_assert_not_held(const struct held_locks *held, const void *lock)
{
	if (rank_holds(held, lock))
		rank_refuse_wait(lock);
}

/* Panics unless this hart holds no spinlock: called wherever a thread may sleep (rule L1). */
static inline void might_sleep(void)
{
	const struct held_locks *held = port_held_by_hart();

	if (held->n)
		rank_refuse_sleep(held);
}

#endif
