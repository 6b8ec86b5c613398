/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - shared words that no lock guards. Every use names its order and the line it pairs
 * with.
 *
 * Built on the compiler's __atomic builtins, so host tests under TSan see the same accesses the
 * hart makes. On RISC-V: relaxed = plain lw/sw; acquire load = lw; fence r,rw; release store =
 * fence rw,w; sw; the read-modify-writes are amo*.aqrl unless the name says relaxed. gcc 12 makes
 * lw; fence rw,rw, fence rw,w; amoswap and fence rw,w; amo*.aq of these; scripts/lab/litmus has
 * both.
 */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

#define atomic_load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* These return the value before the change. */
#define atomic_fetch_add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define atomic_fetch_sub(p, v) __atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_or(p, v) __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_and(p, v) __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define atomic_swap(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)

/*
 * If the word is @old make it @new. True: it was, and is. Acquire and release order, also
 * when it fails: with a weaker order for that case gcc 12 leaves out the release of the other.
 */
#define atomic_cas(p, old, new) \
	({ \
		__typeof__(*(p)) old_ = (old); \
		__atomic_compare_exchange_n((p), &old_, (new), false, __ATOMIC_SEQ_CST, \
					    __ATOMIC_SEQ_CST); \
	})

/* fence rw,rw: the two halves of a "set mine, then look at yours" handshake each need one. */
#define atomic_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
