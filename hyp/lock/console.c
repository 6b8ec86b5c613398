/* SPDX-License-Identifier: MIT */
/* console.c - the console's lock, and how a panic gets past it. */
#include "lock/console.h"

#include "lib/atomic.h"
#include "port/port.h"

struct mutex console_lock_ = { .rank = RANK_CONSOLE, .guard = { .rank = RANK_WAITQ } };

static uint32_t broken; /* atomic */

void console_break(void)
{
	/* pairs with the load in console_broken: late sight only delays a line */
	atomic_store_relaxed(&broken, 1U);
}

bool console_broken(void)
{
	return atomic_load_relaxed(&broken);
}

LOCK_INTERNALS void console_lock(void)
{
	if (!console_broken() && port_self())
		mutex_lock(&console_lock_);
}

LOCK_INTERNALS bool console_trylock(void)
{
	return !console_broken() && mutex_trylock(&console_lock_);
}

LOCK_INTERNALS void console_unlock(void)
{
	const struct held_locks *held = port_self() ? port_held_by_thread() : NULL;

	/*
	 * Asks what this thread holds, its newest, not `broken`: that may have changed since the
	 * lock was taken.
	 */
	if (held && held->at[held->n].lock == &console_lock_)
		mutex_unlock(&console_lock_);
}
