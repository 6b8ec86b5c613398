/* SPDX-License-Identifier: MIT */
/*
 * annotate.h - lock rules a compiler can read. clang -Wthread-safety checks them in `make lint`;
 * gcc sees nothing.
 *
 * clang 14 cannot name a sibling field in guarded_by() in C, so a guarded field is hidden behind an
 * accessor that carries MUST_HOLD: see mp/mp.c.
 */
#ifndef LOCK_ANNOTATE_H
#define LOCK_ANNOTATE_H

#ifdef __clang__
#define TSA(x) __attribute__((x))
#else
#define TSA(x)
#endif

#define LOCK_TYPE(name) TSA(capability(name)) /* this struct is a lock */
#define ACQUIRES(...) TSA(acquire_capability(__VA_ARGS__))
#define TRIES(...) TSA(try_acquire_capability(true, __VA_ARGS__)) /* taken if it returns true */
#define RELEASES(...) TSA(release_capability(__VA_ARGS__))
#define MUST_HOLD(...) TSA(requires_capability(__VA_ARGS__))
#define MUST_NOT_HOLD(...) TSA(locks_excluded(__VA_ARGS__))
#define CLAIMS_HELD(...) TSA(assert_capability(__VA_ARGS__))
#define LOCK_INTERNALS TSA(no_thread_safety_analysis) /* the body of a lock itself */

#endif
