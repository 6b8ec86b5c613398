/* SPDX-License-Identifier: MIT */
/* engine.c - coroutines, snapshots, and the breadth-first search over them. */
#include "engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/atomic.h"
#include "lock/rank.h"
#include "lock/spinlock.h"
#include "port/port.h"

#ifndef __x86_64__
#error "the explorer switches coroutines with x86-64 assembly"
#endif

#define STACK 16384
#define CLEARED 1024 /* bytes below a saved stack pointer that are zeroed, so that dead bytes do not make states differ */
#define MAX_REGIONS 24
#define MAX_STATE 8192

/* ---- Coroutines --------------------------------------------------------------------------------------------------------- */

struct co {
	uint64_t sp; /* saved; 0 at rest */
	const void *on;
	uint8_t wait, choice, relaxed, token;
	uint8_t fresh; /* has not yet come to its first shared access */
	uint8_t spins; /* spinlocks it has */
};

static struct co crew[MAX_CO];
static char stacks[MAX_CO][STACK] __attribute__((aligned(64)));
static const struct world *world;
static unsigned running;
static uint64_t engine_sp;
static jmp_buf escape;
static char verdict[512];
static bool replaying;
bool opt_fine, opt_raw_tickets, opt_ordered;

/* Save the callee-saved registers on this stack and its pointer in *from; go on where *to was saved. */
__attribute__((naked, noinline)) static void swap_stack(uint64_t *from UNUSED, uint64_t to UNUSED)
{
	__asm__("push %rbp\n push %rbx\n push %r12\n push %r13\n push %r14\n push %r15\n"
		"mov %rsp, (%rdi)\n mov %rsi, %rsp\n"
		"pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbx\n pop %rbp\n ret");
}

unsigned me(void)
{
	return running;
}

void go_on(void)
{
	crew[running].fresh = 1;
}

bool on_stack(const volatile void *word)
{
	return (const char *)word >= stacks[running] && (const char *)word < stacks[running + 1];
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
	longjmp(escape, 1);
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

static bool enabled(unsigned i)
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
	/* The step that began the operation has touched nothing shared yet: it may go on to its first access. */
	if (c->fresh && enabled(running)) {
		c->fresh = 0;
	} else {
		c->fresh = 0;
		swap_stack(&c->sp, engine_sp);
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

/* ---- What the code under test calls --------------------------------------------------------------------------------------- */

static bool live; /* inside a step, not in set-up */

void explore_access(const volatile void *word, int load)
{
	struct co *c = &crew[running];

	if (!live)
		return;
	/* Just polled: the load that follows belongs to the same step. */
	if (c->relaxed == 2) {
		c->relaxed = 0;
		return;
	}
	/* In a spinlock section only a reader without the lock could tell, and to such readers one write there matters. */
	if (!opt_fine && (port_held_by_hart()->n || (world->protected && world->protected(word, load))))
		return;
	yield_step();
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
	if (!opt_fine && world->protected && world->protected(next, 0) && lock_free(lock))
		return;
	yield(W_LOCK, lock);
	if (tracing())
		trace("%s takes %s", world->name(running), lock_name(lock));
	/*
	 * Taking a lock can as well come late: it and the access after it are one step. Not when locks are taken in any order, as
	 * what happens between two of them then makes a deadlock. The rank check rules that out.
	 */
	if (!opt_fine && opt_ordered && CONTAINER_OF(lock, const struct spinlock, next)->rank == RANK_WAITQ)
		crew[running].fresh = 1;
}

void port_relax(void)
{
	struct co *c = &crew[running];

	c->relaxed = 1;
	c->fresh = 0;
	yield(W_RELAX, NULL);
	c->relaxed = 2;
}

void port_race_point(const char *name)
{
	if (tracing())
		trace("%s is at %s", world->name(running), name);
}

/* ---- States: snapshot and restore -------------------------------------------------------------------------------------------- */

static struct {
	char *p;
	size_t n;
} regions[MAX_REGIONS];
static unsigned nr_regions;

void region(void *p, size_t n)
{
	if (nr_regions == MAX_REGIONS)
		abort();
	regions[nr_regions].p = p;
	regions[nr_regions++].n = n;
}

static size_t save(char *to)
{
	char *at = to;

	memcpy(at, crew, world->nr_co * sizeof(crew[0]));
	at += world->nr_co * sizeof(crew[0]);
	for (unsigned i = 0; i < nr_regions; i++) {
		memcpy(at, regions[i].p, regions[i].n);
		at += regions[i].n;
	}
	for (unsigned i = 0; i < world->nr_co; i++) {
		if (crew[i].sp) {
			size_t n = (size_t)((uint64_t)stacks[i + 1] - crew[i].sp);

			if (at + n > to + MAX_STATE)
				abort();
			memcpy(at, (char *)crew[i].sp, n);
			at += n;
		}
	}
	return (size_t)(at - to);
}

static void restore(const char *from)
{
	memcpy(crew, from, world->nr_co * sizeof(crew[0]));
	from += world->nr_co * sizeof(crew[0]);
	for (unsigned i = 0; i < nr_regions; i++) {
		memcpy(regions[i].p, from, regions[i].n);
		from += regions[i].n;
	}
	for (unsigned i = 0; i < world->nr_co; i++) {
		if (crew[i].sp) {
			size_t n = (size_t)((uint64_t)stacks[i + 1] - crew[i].sp);

			memcpy((char *)crew[i].sp, from, n);
			from += n;
		}
	}
}

static uint64_t hash(const char *p, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15UL ^ n, w;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdUL;
		h ^= h >> 29;
	}
	for (w = 0; n; n--)
		w = w << 8 | (uint8_t)*p++;
	h = (h ^ w) * 0xc4ceb9fe1a85ec53UL;
	h ^= h >> 32;
	return h ? h : 1;
}

/* ---- One step --------------------------------------------------------------------------------------------------------------- */

static void on_own_stack(void)
{
	struct co *c = &crew[running];

	unsigned choice = c->choice;

	c->choice = 0;
	world->begin(running, choice);
	c->sp = 0;
	c->wait = W_REST;
	c->fresh = 0;
	swap_stack(&(uint64_t){ 0 }, engine_sp);
}

/* Let coroutine @i run to its next shared access, beginning @choice if it is at rest. False: verdict says what is wrong. */
static bool step(unsigned i, unsigned choice)
{
	struct co *c = &crew[i];
	bool polled = c->wait == W_RELAX;
	const char *wrong;

	running = i;
	if (setjmp(escape))
		return live = false;
	if (c->wait == W_REST) {
		uint64_t *top = (uint64_t *)stacks[i + 1];

		memset((char *)top - CLEARED, 0, CLEARED);
		top[-2] = (uint64_t)on_own_stack; /* on entry the stack is 8 bytes off 16, as after a call */
		c->sp = (uint64_t)(top - 8);
		c->choice = (uint8_t)choice;
		c->fresh = 1;
		c->wait = W_STEP;
	} else {
		c->choice = (uint8_t)choice;
		memset((char *)c->sp - CLEARED, 0, CLEARED);
	}
	live = true;
	swap_stack(&engine_sp, c->sp);
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

/* ---- The states seen -------------------------------------------------------------------------------------------------------- */

struct seen {
	uint32_t parent;
	uint8_t co, choice;
} __attribute__((packed));

static uint64_t *table; /* hashes; 0: empty */
static size_t table_size, nr_states;
static struct seen *seen;
static size_t seen_size;
static const struct options *opt;

/* A queue of whole states, in blocks that are freed once they have been read. */
#define BLOCK (1UL << 20)
struct block {
	struct block *next;
	size_t used;
	char data[BLOCK];
};
static struct block *first, *last;
static size_t read_at, nr_blocks, peak_blocks;

static unsigned long memory_used(void)
{
	return table_size * sizeof(*table) + seen_size * sizeof(*seen) + nr_blocks * sizeof(struct block);
}

static bool memory_for(unsigned long more)
{
	return memory_used() + more <= opt->memory;
}

static bool put(const char *state, size_t n)
{
	uint32_t length = (uint32_t)n;

	if (!last || last->used + n + sizeof(length) > BLOCK) {
		struct block *b = memory_for(sizeof(*b)) ? malloc(sizeof(*b)) : NULL;

		if (!b)
			return false;
		b->next = NULL;
		b->used = 0;
		*(last ? &last->next : &first) = b;
		last = b;
		nr_blocks++;
		peak_blocks = MAX(peak_blocks, nr_blocks);
	}
	memcpy(last->data + last->used, &length, sizeof(length));
	memcpy(last->data + last->used + sizeof(length), state, n);
	last->used += n + sizeof(length);
	return true;
}

static bool get(char *state)
{
	uint32_t length;

	while (first && read_at == first->used && first != last) {
		struct block *b = first;

		first = b->next;
		free(b);
		nr_blocks--;
		read_at = 0;
	}
	if (!first || read_at == first->used)
		return false;
	memcpy(&length, first->data + read_at, sizeof(length));
	memcpy(state, first->data + read_at + sizeof(length), length);
	read_at += length + sizeof(length);
	return true;
}

static bool grow(void)
{
	size_t size = table_size ? table_size * 2 : 1UL << 16;
	uint64_t *bigger;

	/* While it grows both are there. */
	if (!memory_for(size * sizeof(*table) + size / 2 * sizeof(*seen)))
		return false;
	bigger = calloc(size, sizeof(*table));
	seen = realloc(seen, size * 3 / 4 * sizeof(*seen));
	if (!bigger || !seen)
		return false;
	for (size_t i = 0; i < table_size; i++) {
		if (table[i]) {
			size_t at = table[i] & (size - 1);

			while (bigger[at])
				at = (at + 1) & (size - 1);
			bigger[at] = table[i];
		}
	}
	free(table);
	table = bigger;
	table_size = size;
	seen_size = size * 3 / 4;
	return true;
}

enum noted { NEW, KNOWN, FULL };

static enum noted note(uint32_t parent, unsigned co, unsigned choice, char *buf)
{
	size_t n = save(buf), at;
	uint64_t h = hash(buf, n);

	if (nr_states >= table_size * 3 / 4 && !grow())
		return FULL;
	for (at = h & (table_size - 1); table[at]; at = (at + 1) & (table_size - 1))
		if (table[at] == h)
			return KNOWN;
	if (!put(buf, n))
		return FULL;
	table[at] = h;
	seen[nr_states++] = (struct seen){ .parent = parent, .co = (uint8_t)co, .choice = (uint8_t)choice };
	return NEW;
}

/* ---- Telling ---------------------------------------------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Run again, aloud, the way to state @index and then the step (@co, @choice), if there is one. */
static void replay(const char *initial, uint32_t index, int co, unsigned choice)
{
	unsigned n = 0, total = co >= 0;
	struct seen *way;

	for (uint32_t i = index; i; i = seen[i].parent)
		total++;
	way = calloc(total + 1, sizeof(*way));
	if (!way)
		abort();
	if (co >= 0)
		way[total - 1] = (struct seen){ .co = (uint8_t)co, .choice = (uint8_t)choice };
	for (uint32_t i = index, k = total - (co >= 0); i; i = seen[i].parent)
		way[--k] = seen[i];
	restore(initial);
	(void)world->check();
	replaying = true;
	printf("the way there, %u steps:\n", total);
	for (n = 0; n < total; n++) {
		char what[80] = "goes on";

		if (crew[way[n].co].wait == W_REST)
			world->describe(way[n].co, way[n].choice, what, sizeof(what));
		printf("%4u  %-7s %s\n", n + 1, world->name(way[n].co), what);
		bool good = step(way[n].co, way[n].choice);

		world->changes();
		if (!good)
			break;
		for (unsigned i = 0; i < world->nr_co; i++)
			if (crew[i].wait == W_LOCK && !enabled(i) && way[n].co == i)
				trace("%s waits for %s", world->name(i), lock_name(crew[i].on));
	}
	replaying = false;
	free(way);
}

static const char *where(unsigned i)
{
	static const char *const names[] = { "at rest", "can go on", "waits for a spinlock", "sleeps", "polls", "waits", "may choose" };

	return names[crew[i].wait];
}

static void tell(const char *initial, uint32_t index, int co, unsigned choice, size_t transitions, double began)
{
	char text[sizeof(verdict)];

	memcpy(text, verdict, sizeof(text));
	replay(initial, index, co, choice);
	for (unsigned i = 0; i < world->nr_co; i++)
		printf("      %-7s %s%s%s\n", world->name(i), where(i), crew[i].wait == W_LOCK ? ": " : "",
		       crew[i].wait == W_LOCK ? lock_name(crew[i].on) : "");
	printf("VIOLATION %s\n", text);
	printf("after %zu states, %zu transitions, %.1f s\n", nr_states, transitions, now() - began);
}

/* ---- The search ------------------------------------------------------------------------------------------------------------- */

static char state[MAX_STATE], child[MAX_STATE], initial[MAX_STATE];
static size_t transitions;

/* One that may choose: does something that it cannot ignore wait for it? */
static enum duty presses(unsigned i)
{
	return world->ready(i, NULL) ? MUST : MAY;
}

/* Every step that can be made from the state in `state`, number @index. 0: go on. */
static int expand(uint32_t index)
{
	bool busy = false;

	for (unsigned i = 0; i < world->nr_co; i++) {
		bool rest = ((struct co *)state)[i].wait == W_REST;

		bool chooses = ((struct co *)state)[i].wait == W_CHOOSE;
		unsigned n = rest ? world->nr_choices : chooses ? (unsigned)(uintptr_t)((struct co *)state)[i].on : 1;

		for (unsigned choice = 0; choice < n; choice++) {
			enum duty duty;

			restore(state);
			duty = rest ? world->may(i, choice) : chooses ? presses(i) : enabled(i) ? MUST : NO;
			if (duty == NO)
				continue;
			busy |= duty == MUST;
			transitions++;
			if (!step(i, choice))
				return 1 | (int)(i << 8) | (int)(choice << 16);
			if (note(index, i, choice, child) == FULL)
				return 2;
		}
	}
	if (!busy) {
		const char *wrong;

		restore(state);
		wrong = world->quiet();
		if (wrong) {
			snprintf(verdict, sizeof(verdict), "%s", wrong);
			return 3;
		}
	}
	return 0;
}

int explore(const struct world *w, const struct options *o)
{
	double began = now(), said = began;
	size_t at, depth = 0, level_end = 1;

	world = w;
	opt = o;
	w->init();
	for (unsigned i = 0; i < w->nr_co; i++)
		crew[i].wait = W_REST;
	if (w->check())
		abort();
	(void)save(initial);
	if (note(0, 0, 0, child) != NEW) {
		printf("LIMIT not even one state fits into the memory\n");
		return 2;
	}
	for (at = 0; get(state); at++) {
		int r;

		if (at == level_end) {
			depth++;
			level_end = nr_states;
		}
		r = expand((uint32_t)at);
		if ((r & 0xff) == 1 || r == 3) {
			tell(initial, (uint32_t)at, r == 3 ? -1 : r >> 8 & 0xff, (unsigned)r >> 16, transitions, began);
			return 1;
		}
		if (!(at & 0xfff) && !o->quiet && now() - said > 2) {
			said = now();
			printf("... depth %zu, %zu states, %zu waiting, %lu MB, %.0f s\n", depth, nr_states, nr_states - at - 1,
			       memory_used() >> 20, said - began);
			fflush(stdout);
		}
		if (r == 2 || (o->states && nr_states >= o->states) || (o->seconds && !(at & 0xfff) && now() - began > o->seconds)) {
			printf("LIMIT %s: every state within %zu steps is good, and %zu of the next level; %zu states, %zu transitions, "
			       "%lu MB, %.1f s\n", r == 2 ? "out of memory (--mem)" : "enough (--time, --states)", depth, at, nr_states,
			       transitions, memory_used() >> 20, now() - began);
			return 2;
		}
	}
	printf("HOLDS in all %zu states, %zu transitions, depth %zu, %lu MB, %.1f s\n", nr_states, transitions, depth,
	       (table_size * sizeof(*table) + seen_size * sizeof(*seen) + peak_blocks * sizeof(struct block)) >> 20, now() - began);
	return 0;
}
