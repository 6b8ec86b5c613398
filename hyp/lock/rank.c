/* SPDX-License-Identifier: MIT */
/*
 * rank.c - the lock table, and the check that everybody keeps to it.
 *
 * A stack of held locks is always in rising order of rank: rank_acquire lets nothing else in, and
 * only the newest is taken out. So one comparison, with the newest, is the whole check.
 *
 * Optional room: report, 45 lines.
 */
#include "lock/rank.h"

#include "port/port.h"

static const char *const names[RANK_NR] = {
	[RANK_NONE] = "none",
	[RANK_VM] = "vm",
	[RANK_STATS] = "stats",
	[RANK_CONSOLE] = "console",
	[RANK_VCPU] = "vcpu",
	[RANK_WAITQ] = "waitq",
	[RANK_THREAD] = "thread",
	[RANK_RUNQUEUE] = "runqueue",
	[RANK_TIMER] = "timer",
	[RANK_INTC] = "intc",
	[RANK_KEYS] = "keys",
};

const char *rank_name(enum lock_rank rank)
{
	return (unsigned)rank < RANK_NR ? names[rank] : "?";
}

NORETURN void rank_refuse(const struct held_locks *held, const void *lock, enum lock_rank rank)
{
	enum lock_rank newest = held->at[held->n].rank;

	if (rank == RANK_NONE)
		port_panic("lock: %p was never initialised", lock);
	if (!held->n)
		port_panic("lock: the mutex %s taken by a thread that cannot sleep",
			   rank_name(rank));
	if (rank_holds(held, lock))
		port_panic("lock: %s %p taken twice by the same holder", rank_name(rank), lock);
	port_panic("lock: %s (rank %d) taken while holding %s (rank %d)", rank_name(rank),
		   (int)rank, rank_name(newest), (int)newest);
}

NORETURN void rank_refuse_release(const void *lock)
{
	port_panic("lock: %p released by a hart or thread that does not hold it, or has taken "
		   "another since",
		   lock);
}

NORETURN void rank_refuse_wait(const void *lock)
{
	port_panic("lock: waits here for another vCPU, and holds %p", lock);
}

NORETURN void rank_refuse_sleep(const struct held_locks *held)
{
	port_panic("lock: may sleep here, but this hart holds the spinlock %s",
		   rank_name(held->at[held->n].rank));
}
