/* SPDX-License-Identifier: MIT */
/*
 * norank.c - stands in for hyp/lock/rank.c with --no-rank: keeps the books and checks nothing, so
 * that the explorer has to find by itself what the run-time check would have reported on the spot.
 */
#include "lock/rank.h"

#include "port/port.h"

const char *rank_name(enum lock_rank rank UNUSED)
{
	return "?";
}

bool rank_holds(const struct held_locks *held UNUSED, const void *lock UNUSED)
{
	return true;
}

void rank_acquire(struct held_locks *held, const void *lock, enum lock_rank rank UNUSED)
{
	if (held->n == HELD_MAX - 1)
		port_panic("more locks than anybody could hold");
	held->at[++held->n].lock = lock;
}

void rank_release(struct held_locks *held, const void *lock)
{
	unsigned i = 1;

	while (i <= held->n && held->at[i].lock != lock)
		i++;
	if (i > held->n)
		return;
	for (held->n--; i <= held->n; i++)
		held->at[i] = held->at[i + 1];
}

void rank_assert_not_held(const struct held_locks *held UNUSED, const void *lock UNUSED)
{
}

void might_sleep(void)
{
}
