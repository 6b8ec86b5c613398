/* SPDX-License-Identifier: MIT */
/*
 * console.h - one lock for everything that goes to the host's console.
 *
 * A line of ours, a guest's output, a key read: each is one section, so bytes of two harts never mix. Leaf (RANK_CONSOLE).
 */
#ifndef LOCK_CONSOLE_H
#define LOCK_CONSOLE_H

#include "lock/spinlock.h"

extern struct spinlock console_lock_;

void console_lock(void) ACQUIRES(console_lock_);
void console_unlock(void) RELEASES(console_lock_);

/*
 * For a panic: from now on console_lock() takes nothing and never waits, on any hart, so the panic can speak even if it
 * happened to the holder of the lock. Lines may mix from here on. For good.
 */
void console_break(void);

#endif
