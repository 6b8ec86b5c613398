/* SPDX-License-Identifier: MIT */
/*
 * engine.h - tries every interleaving of a handful of coroutines, breadth first, so what it finds
 * it finds by a shortest way.
 *
 * A world (protocol.c, sched.c) says who the coroutines are and what each may begin while it is at
 * rest; the engine (engine.c) runs one of them to its next shared access and checks the world; the
 * search (search.c) does that from every state that is reached, and the store (store.c) keeps them.
 * A state is the regions the world names plus the used part of every coroutine's stack.
 */
#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include "lib/types.h"

#define MAX_CO 12
#define MAX_JOBS 16

/* What a coroutine that is not at rest waits for. */
enum wait {
	W_REST, /* nothing: between two operations, its stack is empty */
	W_STEP, /* its turn, before a shared access */
	W_LOCK, /* the spinlock at `on` */
	W_PARK, /* a token */
	W_RELAX, /* somebody else's step: it polls */
	W_CUSTOM, /* world->ready(co, on) */
	W_CHOOSE, /* nothing: it may go on in several ways */
};

/* can the choice be made; does somebody owe it, so that a state where it is open is not the end? */
enum duty { NO, MAY, MUST };

struct world {
	unsigned nr_co;
	void (*init)(void); /* the first state */
	const char *(*name)(unsigned co);
	unsigned nr_choices;
	enum duty (*may)(unsigned co, unsigned choice); /* for a coroutine at rest */
	void (*begin)(unsigned co, unsigned choice); /* runs on the coroutine's stack */
	void (*ended)(unsigned co); /* or NULL: what began has returned, or called leave_stack() */
	void (*describe)(unsigned co, unsigned choice, char *buf, size_t size);
	const char *(*check)(void); /* after each step: NULL, or the invariant that is broken */
	/* nobody can go on but those at rest who need not: NULL, or what should not be so */
	const char *(*quiet)(void);
	/* while a trace is replayed: say what the last step has changed, with trace() */
	void (*changes)(void);
	/* does this access need a turn of its own? May choose(). */
	bool (*turn)(const volatile void *word, int load);
	/* no spinlock guards that: a turn also under one */
	bool (*unguarded)(const volatile void *word, int load);
	/* it is parked: may it, must it go on? NULL: when it has a token, it must */
	enum duty (*parked)(unsigned co);
	/* what the state is to an observer, or 0: nothing; only counted (--abstract) */
	uint64_t (*abstract)(void);
	/* or NULL: while a trace is replayed, the running coroutine passes that race point */
	void (*point)(const char *name);
	/* or NULL: print the trace that was just replayed in the notation of schedule= */
	void (*schedule)(void);
	/* for W_CUSTOM; and for W_CHOOSE, @on NULL: must it go on? */
	bool (*ready)(unsigned co, const void *on);
};

/*
 * Part of the state; call from init. @n bytes at @p. The second: it changes when coroutine @co
 * runs, and seldom else.
 */
void region(void *p, size_t n);
void region_of(unsigned co, void *p, size_t n);

/* The coroutine that is running; meaningless outside begin(). */
unsigned me(void);
/* Wait for @w; returns when it has come true and it is our turn. */
void yield(enum wait w, const void *on);
/* The shared access that follows is a step of its own. */
void yield_step(void);
/* The same, also where what follows would belong to the step that is running. */
void yield_always(void);
/* What follows belongs to this step, up to the next access but one. */
void go_on(void);
/* Is that so? */
bool goes_on(void);
/*
 * The operation that is running is over: what is on the stack is not needed any more. Does not
 * return.
 */
NORETURN void leave_stack(void);
/*
 * Registers that are preserved over calls may still have what nobody needs any more, and are saved
 * with it.
 */
#ifdef __x86_64__
#define FORGET_REGISTERS() \
	__asm__ volatile("xor %%ebx, %%ebx\n xor %%r12d, %%r12d\n xor %%r13d, %%r13d\n" \
			 "xor %%r14d, %%r14d\n xor %%r15d, %%r15d" \
			 : : : "rbx", "r12", "r13", "r14", "r15", "cc")
#else
#define FORGET_REGISTERS() ((void)0)
#endif

/* Is @word on the running coroutine's own stack? */
bool on_stack(const volatile void *word);
/* A number below @n: the search tries them all. */
unsigned choose(unsigned n);
enum wait waits_for(unsigned co);
void give_token(unsigned co);
bool has_token(unsigned co);
void take_token(unsigned co);

/* Fail: the step that is running has shown that something is wrong. Does not return. */
NORETURN void violation(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A line of the trace that is being replayed; nothing while exploring. */
void trace(const char *fmt, ...) PRINTF_LIKE(1, 2);
bool tracing(void);

/* A name for a lock in messages; the world has them. */
const char *lock_name(const void *lock);

/* a turn for every access, also where world->turn() or a held spinlock says it is needless */
extern bool opt_fine;
extern bool opt_ordered; /* hyp/lock/rank.c is linked: locks are taken in one order */
extern bool opt_raw_tickets; /* do not abstract the ticket lock: it waits by polling */

struct limits {
	unsigned long memory; /* bytes; stop when more would be needed */
	unsigned long states; /* stop after this many, 0: never */
	unsigned seconds; /* stop after this time, 0: never */
	bool quiet; /* no progress lines */
	bool abstract; /* count what an observer can tell apart */
	unsigned jobs; /* processes at work, 1 ... MAX_JOBS */
};

/* For the search. */
void prepare(const struct world *w); /* the first state is in place */
unsigned nr_parts(void);
bool save(uint32_t *parts); /* false: no memory */
void restore(const uint32_t *parts);
unsigned choices(unsigned co); /* how many there are for @co in this state */
enum duty duty(unsigned co, unsigned choice);
bool enabled(unsigned co);
/*
 * Let coroutine @co run to its next shared access, beginning @choice if it is at rest. False:
 * verdict says what is wrong.
 */
bool step(unsigned co, unsigned choice);
const char *where(unsigned co);
const void *waits_on(unsigned co);
/* What @co, whose turn it waits for, will access: for messages, good until another step of @co. */
enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_SWAP };
const volatile void *accesses(unsigned co, enum access *how);
extern const struct world *world;
extern char verdict[512];
extern bool replaying;

/*
 * Explore @w to the end, a violation, or a limit. 0: all states seen, all good; 1: violation, trace
 * printed; 2: limit reached.
 */
int explore(const struct world *w, const struct limits *o);

/*
 * Make the moves of @moves, "co.choice,co.choice,...", aloud. 0: nothing is wrong after them; 1: a
 * violation; 2: they cannot be made.
 */
int play(const struct world *w, const char *moves);
/* Is nobody left but those who need not go on? Then world->quiet() says whether that is well. */
bool nobody_must_move(void);

#endif
