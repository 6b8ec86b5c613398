/* SPDX-License-Identifier: MIT */
/*
 * console.h - one lock for everything that goes to the host's console.
 *
 * A line of ours or a guest's output is one section, so bytes of two harts never mix. The firmware
 * may take minutes for it: a terminal that was stopped, a pipe that nobody reads. So this is a
 * mutex, whose waiters sleep and leave their harts to others, and who holds a spinlock may not
 * print (might_sleep() in mutex_lock). Nothing is taken inside but a mutex' own waitq.
 */
#ifndef LOCK_CONSOLE_H
#define LOCK_CONSOLE_H

#include "lock/mutex.h"

extern struct mutex console_lock_;

/* May sleep. Before there are threads it takes nothing: one hart runs then. */
void console_lock(void) ACQUIRES(console_lock_);
/* never sleeps; not in a panic, nor before there are threads */
bool console_trylock(void) TRIES(console_lock_);
void console_unlock(void) RELEASES(console_lock_);

/*
 * For a panic: from now on console_lock() takes nothing and never waits, on any hart, so the panic
 * can speak even if it happened to the holder of the lock, or with spinlocks held. Lines may mix
 * from here on. For good.
 */
void console_break(void);

/*
 * Is it? Then nobody but the panic has any business with the console: what the lock guards, it
 * guards no more.
 */
bool console_broken(void);

#endif
