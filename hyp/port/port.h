/* SPDX-License-Identifier: MIT */
/*
 * port.h - the seam between the protocol and the machine it runs on.
 *
 * lock/ and mp/ are pure C and call nothing but these functions. Three machines implement them: the
 * hypervisor (sched/sched.c and riscv/hart.c), host threads (port/host.c) and, in the laboratory,
 * an explorer that tries every interleaving.
 */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include "lib/outside.h" /* port_panic, port_context, port_console_write */
#include "lib/types.h"

struct held_locks; /* lock/rank.h */
struct thread; /* whoever can sleep: opaque here */

/* What this hart (or host thread) holds: the rank checker's stack of spinlocks. */
struct held_locks *port_held_by_hart(void);

/* What this thread holds over a sleep: the rank checker's stack of mutexes. */
struct held_locks *port_held_by_thread(void);

/* The thread that runs this code. Never NULL where a mutex may be taken. */
struct thread *port_self(void);

/*
 * Sleep until somebody unparks this thread; returns at once if that has already happened since the
 * last port_park(). May return without a reason: callers loop over their condition. No spinlock may
 * be held.
 */
void port_park(void);

/*
 * Let @t return from its current or its next port_park(). Takes scheduler locks (ranks RANK_THREAD
 * and above).
 */
void port_unpark(struct thread *t);

/*
 * One bounded wait for another hart, from its beginning; on the stack of whoever waits. Whoever
 * sees that the others get on, though it is not yet the waiter's turn, sets `since` back to 0: that
 * is a new wait.
 */
struct port_wait {
	const char *what; /* what is waited for, in words */
	const void *on; /* the lock or the vCPU that it is */
	uint64_t since; /* port_relax()'s; 0 at first */
};

/*
 * One turn of @w. Never waits itself. A wait that takes seconds will never end, and is reported
 * instead: a panic. So nobody may wait like this for what the outside can hold up, above all the
 * console.
 */
void port_relax(struct port_wait *w);

/*
 * A named place in the protocol where a race can be steered; the name says what has just become
 * true. Always there in programs for the build machine (tests, the explorer); in the hypervisor
 * nothing at all unless the build asks for it.
 */
#if __STDC_HOSTED__
void port_race_point(const char *name);
#define RACE_POINT(name) port_race_point(#name)
#elif defined(DORMOUSE_RACE_POINTS)
void port_race_point(const char *name);
/* The linker collects the names, so that a schedule can be checked against them. */
#define RACE_POINT(name) \
	do { \
		static const char *const point_ \
			__attribute__((used, section("race_points"))) = #name; \
		port_race_point(point_); \
	} while (0)
#else
#define RACE_POINT(name) ((void)0)
#endif

/*
 * What the hypervisor's trace records, in the same builds. Callable with any lock held, but
 * LOCK_WAIT: no spinlock.
 */
enum port_trace {
	TRACE_STATE, /* a vCPU (struct mp_vcpu) is now in the state named */
	TRACE_LOCK_WAIT, /* this thread waits for a mutex */
	TRACE_LOCK_TAKEN,
	TRACE_LOCK_FREED,
};
#if defined(DORMOUSE_RACE_POINTS) && !__STDC_HOSTED__
void port_trace(enum port_trace kind, const void *what, const char *detail);
#define TRACE(kind, what, detail) port_trace(TRACE_##kind, what, detail)
#else
#define TRACE(kind, what, detail) ((void)0)
#endif

#endif
