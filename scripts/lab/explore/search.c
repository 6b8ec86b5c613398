/* SPDX-License-Identifier: MIT */
/*
 * search.c - breadth first through all states, by one or several processes, and the way to what is
 * wrong.
 *
 * States are numbered as they are found, so the numbers are the queue: a level is a range of them,
 * and what is found in it belongs to the next. Workers are forked copies of this process (the code
 * under test has its variables at fixed addresses); they share the store and take a few states at a
 * time. They meet after each round, where the store grows.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "store.h"

#define ROUND (1UL << 15) /* states between two meetings */
#define BRANCHES 24 /* new states that one can lead to, on average over a round */
#define TAKEN 16 /* states a worker takes at a time */

enum found { NOTHING, BAD_STEP, BAD_QUIET, NO_MEMORY };

/* What the workers share. */
static struct control {
	pthread_barrier_t meeting;
	size_t next, round_end; /* states not yet taken */
	uint32_t stop; /* enum found */
	bool over;
	size_t at; /* state in which it was found */
	uint8_t co, choice;
	size_t transitions[MAX_JOBS];
	char verdict[sizeof(verdict)];
} * control;

static const struct limits *opt;
static unsigned worker;
static uint32_t initial[MAX_PARTS];
static double began;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- What an observer can tell apart ----------------------------------- */

static struct {
	uint64_t *table, sum;
	size_t size, n;
} views;

static void view(uint64_t v)
{
	size_t at;

	if (views.n * 2 >= views.size) {
		uint64_t *old = views.table;
		size_t size = views.size;

		views.size = size ? size * 2 : 1024;
		views.table = calloc(views.size, sizeof(*views.table));
		views.n = views.sum = 0;
		for (size_t i = 0; i < size; i++)
			if (old[i])
				view(old[i]);
		free(old);
	}
	for (at = v & (views.size - 1); views.table[at]; at = (at + 1) & (views.size - 1))
		if (views.table[at] == v)
			return;
	views.table[at] = v;
	views.sum ^= v;
	views.n++;
}

/* ---- Telling ----------------------------------------------------------- */

/* Make a step, aloud. False: the verdict says what is wrong. */
static bool step_aloud(unsigned n, unsigned co, unsigned choice)
{
	char what[80] = "goes on";
	bool good;

	if (waits_for(co) == W_REST)
		world->describe(co, choice, what, sizeof(what));
	printf("%4u  %-7s %s\n", n, world->name(co), what);
	good = step(co, choice);
	world->changes();
	if (good && waits_for(co) == W_LOCK && !enabled(co))
		trace("%s waits for %s", world->name(co), lock_name(waits_on(co)));
	return good;
}

/* Run again, aloud, the way to state @index and then the step (@co, @choice), if there is one. */
static void replay(size_t index, int co, unsigned choice)
{
	unsigned n = 0, total = co >= 0;
	struct way *way;

	for (size_t i = index; i; i = store_way(i).parent)
		total++;
	way = calloc(total + 1, sizeof(*way));
	if (!way)
		abort();
	if (co >= 0)
		way[total - 1] = (struct way){ .co = (uint8_t)co, .choice = (uint8_t)choice };
	for (size_t i = index, k = total - (co >= 0); i; i = store_way(i).parent)
		way[--k] = store_way(i);
	restore(initial);
	(void)world->check();
	replaying = true;
	printf("the way there, %u steps:\n", total);
	while (n < total && step_aloud(n + 1, way[n].co, way[n].choice))
		n++;
	replaying = false;
	/* For --play, and for the page of scripts/lab/lesson. */
	printf("moves=");
	for (n = 0; n < total; n++)
		printf("%s%u.%u", n ? "," : "", way[n].co, way[n].choice);
	printf("\n");
	free(way);
}

static size_t transitions(void)
{
	size_t n = 0;

	for (unsigned i = 0; i < MAX_JOBS; i++)
		n += control->transitions[i];
	return n;
}

static void tell(void)
{
	bool by_step = control->stop == BAD_STEP;

	replay(control->at, by_step ? control->co : -1, control->choice);
	for (unsigned i = 0; i < world->nr_co; i++)
		printf("      %-7s %s%s%s\n", world->name(i), where(i),
		       waits_for(i) == W_LOCK ? ": " : "",
		       waits_for(i) == W_LOCK ? lock_name(waits_on(i)) : "");
	printf("VIOLATION %s\n", control->verdict);
	if (world->schedule)
		world->schedule();
	printf("after %zu states, %zu transitions, %.1f s\n", store_states(), transitions(),
	       now() - began);
}

/* ---- The search -------------------------------------------------------- */

static void stop(enum found what, size_t at, unsigned co, unsigned choice)
{
	uint32_t before = NOTHING;

	if (!__atomic_compare_exchange_n(&control->stop, &before, what, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return;
	control->at = at;
	control->co = (uint8_t)co;
	control->choice = (uint8_t)choice;
	memcpy(control->verdict, verdict, sizeof(verdict));
}

/* Every step that can be made from state number @at. */
static void expand(size_t at)
{
	uint32_t state[MAX_PARTS], child[MAX_PARTS];
	bool busy = false;

	store_read(at, state);
	restore(state);
	if (opt->abstract && world->abstract() != 0)
		view(world->abstract());
	for (unsigned i = 0; i < world->nr_co; i++) {
		unsigned n = choices(i);

		for (unsigned choice = 0; choice < n; choice++) {
			enum duty d = duty(i, choice);

			if (d == NO)
				continue;
			busy |= d == MUST;
			control->transitions[worker]++;
			if (!step(i, choice)) {
				stop(BAD_STEP, at, i, choice);
				return;
			}
			if (!save(child) ||
			    store_state(child, (struct way){ (uint32_t)at, (uint8_t)i,
							     (uint8_t)choice }) == FULL) {
				stop(NO_MEMORY, at, 0, 0);
				return;
			}
			restore(state);
		}
	}
	if (!busy) {
		const char *wrong = world->quiet();

		if (wrong) {
			snprintf(verdict, sizeof(verdict), "%s", wrong);
			stop(BAD_QUIET, at, 0, 0);
		}
	}
}

/* One worker's part of a round. */
static void work(void)
{
	for (;;) {
		size_t at = __atomic_fetch_add(&control->next, TAKEN, __ATOMIC_SEQ_CST),
		       end = MIN(at + TAKEN, control->round_end);

		for (; at < end; at++) {
			if (__atomic_load_n(&control->stop, __ATOMIC_RELAXED))
				return;
			if (store_way(at).parent != NO_PARENT)
				expand(at);
		}
		if (end == control->round_end || at > end)
			return;
	}
}

static void meet(void)
{
	if (opt->jobs > 1)
		pthread_barrier_wait(&control->meeting);
}

static void worker_died(int sig UNUSED)
{
	static const char text[] = "explore: a worker has died\n";

	(void)!write(2, text, sizeof(text) - 1);
	_exit(3);
}

static void fork_workers(void)
{
	pthread_barrierattr_t a;

	pthread_barrierattr_init(&a);
	pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&control->meeting, &a, opt->jobs);
	fflush(stdout);
	signal(SIGCHLD, worker_died);
	for (unsigned i = 1; i < opt->jobs; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (worker = i;;) {
			meet();
			if (control->over)
				_exit(0);
			work();
			meet();
		}
	}
}

static void dismiss_workers(void)
{
	signal(SIGCHLD, SIG_IGN);
	control->over = true;
	meet();
}

/*
 * A round: the states from @from on, of the level that ends before @level_end. Returns where the
 * next one begins.
 */
static size_t run_round(size_t from, size_t level_end)
{
	control->next = from;
	control->round_end = MIN(from + ROUND, level_end);
	if (!store_reserve((control->round_end - from) * BRANCHES)) {
		stop(NO_MEMORY, from, 0, 0);
		return from;
	}
	meet();
	work();
	meet();
	return control->round_end;
}

static int conclude(size_t depth, size_t at, size_t level, bool ended)
{
	dismiss_workers();
	if (control->stop == BAD_STEP || control->stop == BAD_QUIET) {
		tell();
		return 1;
	}
	if (ended)
		printf("HOLDS in all %zu states, %zu transitions, depth %zu, %lu MB, %.1f s\n",
		       store_states(), transitions(), depth, store_used() >> 20, now() - began);
	else
		printf("LIMIT %s: every state within %zu steps is good, and %zu of the next level; "
		       "%zu states, %zu transitions, "
		       "%lu MB, %.1f s\n",
		       control->stop == NO_MEMORY ? "out of memory (--mem)"
						  : "enough (--time, --states)",
		       depth, at - level, store_states(), transitions(), store_used() >> 20,
		       now() - began);
	if (opt->abstract)
		printf("abstract states: %zu, sum %08x%08x\n", views.n, (unsigned)(views.sum >> 32),
		       (unsigned)views.sum);
	return ended ? 0 : 2;
}

/* ---- Moves that somebody else has chosen -------------------------------- */

/* The move at *@text, "co.choice" and perhaps a comma, which is passed over. */
static bool read_move(const char **text, unsigned *co, unsigned *choice)
{
	char *end;

	*co = (unsigned)strtoul(*text, &end, 10);
	if (end == *text || *end != '.')
		return false;
	*text = end + 1;
	*choice = (unsigned)strtoul(*text, &end, 10);
	if (end == *text || (*end && *end != ','))
		return false;
	*text = end + (*end == ',');
	return true;
}

bool nobody_must_move(void)
{
	for (unsigned i = 0; i < world->nr_co; i++)
		for (unsigned choice = 0; choice < choices(i); choice++)
			if (duty(i, choice) == MUST)
				return false;
	return true;
}

int play(const struct world *w, const char *moves)
{
	const char *wrong = NULL;
	unsigned n = 0, co, choice;

	prepare(w);
	(void)w->check();
	replaying = true;
	while (!wrong && *moves) {
		if (!read_move(&moves, &co, &choice)) {
			printf("UNPLAYABLE move %u is not vcpu.choice: %.20s\n", n + 1, moves);
			return 2;
		}
		n++;
		if (co >= world->nr_co || choice >= choices(co) || duty(co, choice) == NO) {
			printf("UNPLAYABLE move %u, %u.%u, is not possible there\n", n, co, choice);
			return 2;
		}
		if (!step_aloud(n, co, choice))
			wrong = verdict;
	}
	if (!wrong && nobody_must_move())
		wrong = world->quiet();
	if (wrong)
		printf("VIOLATION %s\n", wrong);
	else
		printf("UNBROKEN after %u moves\n", n);
	if (world->schedule)
		world->schedule();
	if (wrong && *moves)
		printf("... by move %u already; what comes after it is not played\n", n);
	return wrong ? 1 : 0;
}

/* ---- All of them ---------------------------------------------------------- */

int explore(const struct world *w, const struct limits *o)
{
	size_t at = 0, level = 0, level_end = 1, depth = 0;
	double said = began = now();

	opt = o;
	prepare(w);
	if (w->check())
		abort();
	store_open(nr_parts(), o->memory);
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (control == MAP_FAILED || !save(initial) ||
	    store_state(initial, (struct way){ 0 }) != NEW) {
		printf("LIMIT not even one state fits into the memory\n");
		return 2;
	}
	fork_workers();
	for (;;) {
		if (at == level_end) {
			level = level_end;
			level_end = store_end();
			if (at == level_end)
				return conclude(depth, at, level, true);
			depth++;
		}
		at = run_round(at, level_end);
		if (control->stop || (o->states && store_states() >= o->states) ||
		    (o->seconds && now() - began > o->seconds))
			return conclude(depth, at, level, false);
		if (!o->quiet && now() - said > 2) {
			said = now();
			printf("... depth %zu, %zu states, %zu waiting, %lu MB, %.0f s\n", depth,
			       store_states(), store_end() - at, store_used() >> 20, said - began);
			fflush(stdout);
		}
	}
}
