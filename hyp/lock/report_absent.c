/* SPDX-License-Identifier: MIT */
/*
 * report_absent.c - without the room report: the order of locks is checked, and no lock is named.
 */
#include "lock/rank.h"
#include "port/port.h"

const char *rank_name(enum lock_rank rank UNUSED)
{
	return "lock";
}

NORETURN void rank_refuse(const struct held_locks *held UNUSED, const void *lock,
			  enum lock_rank rank)
{
	port_panic("lock: %p (rank %d) may not be taken now", lock, (int)rank);
}

NORETURN void rank_refuse_release(const void *lock)
{
	port_panic("lock: %p released by who does not hold it", lock);
}

NORETURN void rank_refuse_wait(const void *lock)
{
	port_panic("lock: waits here for another vCPU, and holds %p", lock);
}

NORETURN void rank_refuse_sleep(const struct held_locks *held)
{
	port_panic("lock: may sleep here, but this hart holds %p", held->at[held->n].lock);
}
