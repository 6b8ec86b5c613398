/* SPDX-License-Identifier: MIT */
/* engine.c - coroutines, their steps, and what is saved of them: the parts of a state. */
#include "engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/atomic.h"
#include "lock/rank.h"
#include "lock/spinlock.h"
#include "port/port.h"
#include "store.h"
#include "switch.h"

#define MAX_PIECES 5
#define GATHERED 32768 /* no part has more bytes */

/* ---- Coroutines -------------------------------------------------------- */

struct co {
	uint64_t sp; /* saved; 0 at rest */
	const void *on;
	uint8_t wait, choice, relaxed, token;
	uint8_t fresh; /* has not yet come to its first shared access */
	uint8_t spins; /* spinlocks it has */
};

static struct co crew[MAX_CO];
static struct {
	char *p;
	size_t n;
} pieces[MAX_PARTS][MAX_PIECES]; /* by part: the coroutines first, then each region() */
static unsigned nr_regions;
static struct {
	const volatile void *word;
	enum access how;
} next_access[MAX_CO]; /* for messages, no part of the state */
const struct world *world;
static unsigned running;
char verdict[512];
bool replaying;
static bool changed; /* a step has been made and not been saved */
static bool live; /* inside a step, not in set-up */
bool opt_fine, opt_raw_tickets, opt_ordered;

unsigned me(void)
{
	return running;
}

void go_on(void)
{
	crew[running].fresh = 1;
}

bool goes_on(void)
{
	return crew[running].fresh;
}

bool on_stack(const volatile void *word)
{
	return stack_has(running, word);
}

enum wait waits_for(unsigned co)
{
	return (enum wait)crew[co].wait;
}

void give_token(unsigned co)
{
	crew[co].token = 1;
}

bool has_token(unsigned co)
{
	return crew[co].token;
}

void take_token(unsigned co)
{
	crew[co].token = 0;
}

bool tracing(void)
{
	return replaying;
}

void trace(const char *fmt, ...)
{
	va_list ap;

	if (!replaying)
		return;
	va_start(ap, fmt);
	printf("        ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

static NORETURN void fail(const char *fmt, va_list ap)
{
	vsnprintf(verdict, sizeof(verdict), fmt, ap);
	stack_abandon();
}

void violation(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(fmt, ap);
}

void port_panic(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	violation("panic: %s", text);
}

static bool lock_free(const void *next)
{
	const struct spinlock *l = CONTAINER_OF(next, const struct spinlock, next);

	return l->next == l->serving;
}

bool enabled(unsigned i)
{
	const struct co *c = &crew[i];

	switch ((enum wait)c->wait) {
	case W_REST:
		return false;
	case W_STEP:
		return true;
	case W_LOCK:
		return lock_free(c->on);
	case W_PARK:
		return c->token;
	case W_RELAX:
		return !c->relaxed;
	case W_CUSTOM:
		return world->ready(i, c->on);
	case W_CHOOSE:
		return true;
	}
	return false;
}

void yield(enum wait w, const void *on)
{
	struct co *c = &crew[running];

	c->wait = (uint8_t)w;
	c->on = on;
	/*
	 * The step that began the operation has touched nothing shared yet: it may go on to its
	 * first access.
	 */
	if (c->fresh && enabled(running)) {
		c->fresh = 0;
	} else {
		c->fresh = 0;
		stack_yield(running, &c->sp);
	}
	c->wait = W_STEP;
	c->on = NULL;
}

unsigned choose(unsigned n)
{
	unsigned choice;

	crew[running].fresh = 0;
	yield(W_CHOOSE, (const void *)(uintptr_t)n);
	choice = crew[running].choice;
	crew[running].choice = 0;
	return choice;
}

void yield_step(void)
{
	yield(W_STEP, NULL);
}

void yield_always(void)
{
	crew[running].fresh = 0;
	yield_step();
}

static void note_access(const volatile void *word, enum access how)
{
	next_access[running].word = word;
	next_access[running].how = how;
}

const volatile void *accesses(unsigned co, enum access *how)
{
	*how = next_access[co].how;
	return next_access[co].word;
}

/* ---- What the code under test calls ------------------------------------ */

void explore_access(const volatile void *word, int load)
{
	struct co *c = &crew[running];
	bool guarded;

	if (!live)
		return;
	/* Just polled: the load that follows belongs to the same step. */
	if (c->relaxed == 2) {
		c->relaxed = 0;
		return;
	}
	/*
	 * In a spinlock section only a reader without the lock could tell, and to such readers one
	 * write there matters. That is not so for a word that no spinlock guards.
	 */
	guarded = port_held_by_hart()->n && !(world->unguarded && world->unguarded(word, load));
	if (opt_fine || (!guarded && (!world->turn || world->turn(word, load == 1)))) {
		note_access(word, load == 1 ? ACCESS_READ : ACCESS_WRITE);
		yield_step();
	}
}

void explore_ticket(const volatile void *next)
{
	const void *lock = (const void *)(uintptr_t)next;

	if (!live)
		return;
	if (opt_raw_tickets) {
		yield_step();
		return;
	}
	if (!opt_fine && world->turn && !world->turn(next, 0) && lock_free(lock))
		return;
	yield(W_LOCK, lock);
	if (tracing())
		trace("%s takes %s", world->name(running), lock_name(lock));
	/*
	 * Taking a lock can as well come late: it and the access after it are one step. Not when
	 * locks are taken in any order, as what happens between two of them then makes a deadlock.
	 * The rank check rules that out.
	 */
	if (!opt_fine && opt_ordered &&
	    CONTAINER_OF(lock, const struct spinlock, next)->rank == RANK_WAITQ)
		crew[running].fresh = 1;
}

/* the compare-and-swap that follows has a turn of its own: it takes a mutex, if it can */
static bool taking;

void explore_cas(const volatile void *word)
{
	bool turn = opt_fine || !world->turn || world->turn(word, 0);

	if (live && turn) {
		note_access(word, ACCESS_SWAP);
		yield_step();
	}
	taking = live && turn;
}

int explore_swapped(int done)
{
	/*
	 * As in explore_ticket. Not if it is taken: to say so to those who have it is a step of its
	 * own.
	 */
	if (taking && done && !opt_fine && opt_ordered)
		crew[running].fresh = 1;
	taking = false;
	return done;
}

void port_relax(struct port_wait *w UNUSED)
{
	struct co *c = &crew[running];

	c->relaxed = 1;
	c->fresh = 0;
	yield(W_RELAX, NULL);
	c->relaxed = 2;
}

void port_race_point(const char *name)
{
	if (!tracing())
		return;
	trace("%s is at %s", world->name(running), name);
	if (world->point)
		world->point(name);
}

/* ---- Parts: what is saved and put back --------------------------------- */

static void add_piece(unsigned part, void *p, size_t n)
{
	unsigned k = 0;

	while (k < MAX_PIECES && pieces[part][k].n)
		k++;
	if (part >= MAX_PARTS || k == MAX_PIECES)
		abort();
	pieces[part][k].p = p;
	pieces[part][k].n = n;
}

void region(void *p, size_t n)
{
	add_piece(world->nr_co + nr_regions++, p, n);
}

void region_of(unsigned co, void *p, size_t n)
{
	add_piece(co, p, n);
}

unsigned nr_parts(void)
{
	return world->nr_co + nr_regions;
}

static char *put(char *at, const void *p, size_t n)
{
	memcpy(at, p, n);
	return at + n;
}

/* The bytes of @part, @n of them; the stack, whose length differs, comes last. */
static const char *gather(unsigned part, size_t *n)
{
	static char buf[GATHERED];
	struct stack_piece stack[STACK_PIECES];
	unsigned nr = 0;
	char *at = buf;

	for (unsigned k = 0; k < MAX_PIECES && pieces[part][k].n; k++)
		at = put(at, pieces[part][k].p, pieces[part][k].n);
	if (part < world->nr_co && crew[part].sp)
		nr = stack_pieces(part, crew[part].sp, stack);
	for (unsigned k = 0; k < nr; k++)
		at = put(at, stack[k].p, stack[k].n);
	*n = (size_t)(at - buf);
	return buf;
}

static const char *get(const char *from, void *p, size_t n)
{
	memcpy(p, from, n);
	return from + n;
}

static void scatter(unsigned part, const char *from)
{
	struct stack_piece stack[STACK_PIECES];
	unsigned nr = 0;

	for (unsigned k = 0; k < MAX_PIECES && pieces[part][k].n; k++)
		from = get(from, pieces[part][k].p, pieces[part][k].n);
	if (part < world->nr_co && crew[part].sp)
		nr = stack_pieces(part, crew[part].sp, stack);
	for (unsigned k = 0; k < nr; k++)
		from = get(from, stack[k].p, stack[k].n);
}

static uint32_t loaded[MAX_PARTS]; /* what is in place; 0: nobody knows */

bool save(uint32_t *parts)
{
	for (unsigned p = 0; p < nr_parts(); p++) {
		size_t n, size;
		const char *now = gather(p, &n),
			   *old = loaded[p] ? store_bytes(loaded[p], &size) : NULL;

		if (!old || size != n || memcmp(old, now, n) != 0)
			loaded[p] = store_part(now, n);
		parts[p] = loaded[p];
		if (!parts[p])
			return false;
	}
	changed = false;
	return true;
}

void restore(const uint32_t *parts)
{
	size_t n;

	for (unsigned p = 0; p < nr_parts(); p++)
		if (changed || loaded[p] != parts[p])
			scatter(p, store_bytes(loaded[p] = parts[p], &n));
	changed = false;
}

void prepare(const struct world *w)
{
	world = w;
	for (unsigned i = 0; i < w->nr_co; i++) {
		crew[i].wait = W_REST;
		add_piece(i, &crew[i], sizeof(crew[i]));
	}
	w->init();
}

unsigned choices(unsigned co)
{
	if (crew[co].wait == W_REST)
		return world->nr_choices;
	return crew[co].wait == W_CHOOSE ? (unsigned)(uintptr_t)crew[co].on : 1;
}

enum duty duty(unsigned co, unsigned choice)
{
	switch (crew[co].wait) {
	case W_REST:
		return world->may(co, choice);
	case W_CHOOSE: /* does something that it cannot ignore wait for it? */
		return world->ready(co, NULL) ? MUST : MAY;
	case W_PARK:
		if (world->parked)
			return world->parked(co);
		return crew[co].token ? MUST : NO;
	default: return enabled(co) ? MUST : NO;
	}
}

/* ---- One step ---------------------------------------------------------- */

/* What the coroutine began is over: its stack is empty. */
static LEAVES void end_operation(void)
{
	struct co *c = &crew[running];

	if (world->ended)
		world->ended(running);
	c->sp = 0;
	c->wait = W_REST;
	c->fresh = 0;
	stack_end();
}

void leave_stack(void)
{
	end_operation();
}

void on_own_stack(void)
{
	struct co *c = &crew[running];
	unsigned choice = c->choice;

	c->choice = 0;
	world->begin(running, choice);
	end_operation();
}

/*
 * Let coroutine @i run to its next shared access, beginning @choice if it is at rest. False:
 * verdict says what is wrong.
 */
bool step(unsigned i, unsigned choice)
{
	struct co *c = &crew[i];
	bool polled = c->wait == W_RELAX;
	const char *wrong;

	running = i;
	changed = true;
	if (c->wait == W_REST) {
		c->fresh = 1;
		c->wait = W_STEP;
	}
	c->choice = (uint8_t)choice;
	live = true;
	if (!stack_enter(i, &c->sp))
		return live = false;
	live = false;
	if (!(polled && c->wait == W_RELAX)) {
		/* Something may have changed: whoever polls may look again. */
		for (unsigned k = 0; k < world->nr_co; k++)
			if (k != i)
				crew[k].relaxed = crew[k].relaxed == 1 ? 0 : crew[k].relaxed;
	}
	wrong = world->check();
	if (wrong)
		snprintf(verdict, sizeof(verdict), "%s", wrong);
	return !wrong;
}

const char *where(unsigned i)
{
	static const char *const names[] = { "at rest",   "can go on", "waits for a spinlock",
					     "sleeps",    "polls",     "waits",
					     "may choose" };

	return names[crew[i].wait];
}

const void *waits_on(unsigned i)
{
	return crew[i].on;
}
