/* SPDX-License-Identifier: MIT */
/* console.c - the console's lock, and how a panic gets past it. */
#include "lock/console.h"

#include "lib/atomic.h"
#include "port/port.h"

struct spinlock console_lock_ = { .rank = RANK_CONSOLE };

static uint32_t broken; /* atomic */

void console_break(void)
{
	atomic_store_relaxed(&broken, 1U); /* pairs with the load in console_lock: late sight only delays a line */
}

LOCK_INTERNALS void console_lock(void)
{
	if (!atomic_load_relaxed(&broken)) /* pairs with the store in console_break */
		spin_lock(&console_lock_);
}

LOCK_INTERNALS void console_unlock(void)
{
	/* Asks what this hart holds, not `broken`: that may have changed since the lock was taken. */
	if (rank_holds(port_held_by_hart(), &console_lock_))
		spin_unlock(&console_lock_);
}
