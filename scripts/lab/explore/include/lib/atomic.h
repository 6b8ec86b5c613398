/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - stands in for hyp/lib/atomic.h when the explorer compiles hyp/: before every access to
 * a shared word it may switch to another coroutine. Sequentially consistent: memory order is
 * checked by scripts/lab/litmus, not here.
 */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

/* engine.c: @word is what is accessed; @load: 1 a read, 0 a write, 2 a write that counts down. */
void explore_access(const volatile void *word, int load);
/*
 * The draw of a ticket, the one use of a relaxed fetch_add in lock/: waits until the lock at @next
 * is free.
 */
void explore_ticket(const volatile void *next);

#define ACCESS_(p, load, result) (explore_access((p), (load)), (result))

#define atomic_load_relaxed(p) ACCESS_(p, 1, *(p))
#define atomic_load_acquire(p) ACCESS_(p, 1, *(p))
#define atomic_store_relaxed(p, v) ACCESS_(p, 0, (void)(*(p) = (v)))
#define atomic_store_release(p, v) ACCESS_(p, 0, (void)(*(p) = (v)))

#define atomic_fetch_add(p, v) ACCESS_(p, 0, __atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define atomic_fetch_add_relaxed(p, v) \
	(explore_ticket(p), __atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define atomic_fetch_sub(p, v) ACCESS_(p, 2, __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED))
#define atomic_fetch_or(p, v) ACCESS_(p, 0, __atomic_fetch_or((p), (v), __ATOMIC_RELAXED))
#define atomic_fetch_and(p, v) ACCESS_(p, 0, __atomic_fetch_and((p), (v), __ATOMIC_RELAXED))
#define atomic_swap(p, v) ACCESS_(p, 0, __atomic_exchange_n((p), (v), __ATOMIC_RELAXED))

/*
 * Before and after the one use of a compare-and-swap in lock/: to take a mutex and to give it back.
 */
void explore_cas(const volatile void *word);
int explore_swapped(int done);
#define atomic_cas(p, old, new) \
	(explore_cas(p), explore_swapped(*(p) == (old) ? (*(p) = (new), 1) : 0))

#define atomic_fence() ((void)0)

#endif
