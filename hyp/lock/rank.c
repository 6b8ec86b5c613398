/* SPDX-License-Identifier: MIT */
/*
 * rank.c - the lock table, and the check that everybody keeps to it.
 *
 * A stack of held locks is always in rising order of rank: rank_acquire lets nothing else in, and taking one out leaves the
 * rest in order. So one comparison, with the newest, is the whole check.
 */
#include "lock/rank.h"

#include "lib/ensure.h"
#include "port/port.h"

static const struct {
	const char *name;
	bool mutex;
} classes[RANK_NR] = {
	[RANK_VM] = { "vm", true },
	[RANK_VCPU] = { "vcpu", false },
	[RANK_WAITQ] = { "waitq", false },
	[RANK_THREAD] = { "thread", false },
	[RANK_RUNQUEUE] = { "runqueue", false },
	[RANK_TIMER] = { "timer", false },
	[RANK_CONSOLE] = { "console", false },
};

/* Mutexes first: the stack of a thread and that of a hart can then be checked each on its own. */
_Static_assert(RANK_VM == 0 && RANK_VCPU == 1, "a new mutex class goes before RANK_VCPU");

const char *rank_name(enum lock_rank rank)
{
	return (unsigned)rank < RANK_NR ? classes[rank].name : "?";
}

bool rank_is_mutex(enum lock_rank rank)
{
	ENSURE((unsigned)rank < RANK_NR);
	return classes[rank].mutex;
}

/* Where @lock is in @held, or held->n. */
static unsigned find(const struct held_locks *held, const void *lock)
{
	unsigned i = 0;

	while (i < held->n && held->at[i].lock != lock)
		i++;
	return i;
}

bool rank_holds(const struct held_locks *held, const void *lock)
{
	return find(held, lock) < held->n;
}

NORETURN void rank_refuse(const struct held_locks *held, const void *lock, enum lock_rank rank)
{
	enum lock_rank newest = held->at[held->n - 1].rank;

	if (rank_holds(held, lock))
		port_panic("lock: %s %p taken twice by the same holder", rank_name(rank), lock);
	port_panic("lock: %s (rank %d) taken while holding %s (rank %d)", rank_name(rank), (int)rank, rank_name(newest), (int)newest);
}

void rank_release_older(struct held_locks *held, const void *lock)
{
	unsigned i = find(held, lock);

	if (i == held->n)
		port_panic("lock: %p released by a hart or thread that does not hold it", lock);
	for (held->n--; i < held->n; i++)
		held->at[i] = held->at[i + 1];
}

void might_sleep(void)
{
	const struct held_locks *held = port_held_by_hart();

	if (held->n)
		port_panic("lock: may sleep here, but this hart holds the spinlock %s", rank_name(held->at[held->n - 1].rank));
}
