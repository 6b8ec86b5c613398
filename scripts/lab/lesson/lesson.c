/* SPDX-License-Identifier: MIT */
/*
 * lesson.c - what the page calls: the explorer as on the command line, or its world step by step.
 *
 * The page writes into lesson_text and reads from what is printed. A state is kept in the
 * explorer's own store, as a list of parts, so to go back is to restore().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "engine.h"
#include "page.h"
#include "store.h"
#include "switch.h"

#define EXPORT(name_) __attribute__((export_name(#name_)))
#define STORE (96UL << 20) /* more than anybody clicks */
#define MAX_WORDS 16

int main(int argc, char **argv);

EXPORT(text) char *text(void);
EXPORT(run) int run(void);
EXPORT(open) int open_world(void);
EXPORT(keep) int keep(unsigned at);
EXPORT(go_back) void go_back(unsigned at);
EXPORT(move) int make_move(unsigned co, unsigned choice);
EXPORT(show_all) void show_all(void);
EXPORT(show_moves) void show_moves(void);
EXPORT(show_schedule) void show_schedule(void);

static char words[1024];
static uint32_t kept[1024][MAX_PARTS];

/* Where the page puts a command line. */
char *text(void)
{
	return words;
}

/* The explorer itself, with the options in text(). Once in the life of an engine. */
int run(void)
{
	char *argv[MAX_WORDS] = { words };
	int argc = 1;

	for (char *word = strtok(words, " "); word && argc < MAX_WORDS; word = strtok(NULL, " "))
		argv[argc++] = word;
	return main(argc, argv);
}

/* Instead of run(): the options' world in its first state. */
int open_world(void)
{
	static const char nothing[] = " --play=";
	size_t n = strlen(words);

	if (n + sizeof(nothing) > sizeof(words))
		return 2;
	memcpy(words + n, nothing, sizeof(nothing));
	if (run() == 2)
		return 2;
	store_open(nr_parts(), STORE);
	replaying = true;
	return keep(0);
}

/* Keep the present state as number @at, a small number. 0: done. */
int keep(unsigned at)
{
	return at < ARRAY_SIZE(kept) && save(kept[at]) ? 0 : 1;
}

void go_back(unsigned at)
{
	restore(kept[at]);
}

/* 0: done; 1: something is wrong, and it is printed; 2: that is not possible. */
int make_move(unsigned co, unsigned choice)
{
	const char *wrong = NULL;
	bool good;

	if (co >= world->nr_co || choice >= choices(co) || duty(co, choice) == NO)
		return 2;
	good = step(co, choice);
	world->changes();
	if (!good)
		wrong = verdict;
	else if (nobody_must_move())
		wrong = world->quiet();
	if (wrong)
		printf("VIOLATION %s\n", wrong);
	return wrong != NULL;
}

/* ---- What there is to see -------------------------------------------------- */

static const char *word_name(unsigned co, const volatile void *word)
{
	static char buf[40];

	if (word == &VM.phase_)
		return "vm->phase_";
	if (word == &VM.suspender_)
		return "vm->suspender_";
	if (word == &VM.wake_asked_)
		return "vm->wake_asked_";
	if (word == &VM.live)
		return "vm->live";
	if (word == &VM.lock.state)
		return "vm->lock";
	if (word == &vms[0].keeper_asked)
		return "keeper_asked";
	if (word == &VM.lock.guard.serving || word == &VM.lock.guard.next)
		return "vm->lock's guard";
	for (unsigned i = 0; i < nr_vcpus; i++) {
		const char *what =
			word == &vcpus[i].mp.state_       ? "state_"
			: word == &vcpus[i].mp.irq_posted ? "irq_posted"
			: word == &vcpus[i].mp.lock.serving || word == &vcpus[i].mp.lock.next
				? "lock"
				: NULL;

		if (!what)
			continue;
		snprintf(buf, sizeof(buf), "v%u->%s", i, what);
		return buf;
	}
	return stack_has(co, word) ? "its own waiter" : "a shared word";
}

static const char *holder_of(const void *lock)
{
	for (unsigned c = 0; c < NR_CO; c++) {
		bool waits = waits_for(c) == W_LOCK && waits_on(c) != NULL;

		for (uint64_t k = 1; k <= spins[c].n; k++)
			if (spins[c].at[k].lock == lock && !(waits && k == spins[c].n))
				return name(c);
	}
	return "";
}

/*
 * co NAME WAIT asleep token life state | what it does next. A ticket is drawn at `next`, the first
 * word of its lock.
 */
static void show_one(unsigned co)
{
	static const char *const hows[] = { "reads", "writes", "swaps" };
	enum access how;
	const volatile void *word = accesses(co, &how);
	const void *lock = waits_for(co) == W_LOCK ? waits_on(co) : NULL;

	printf("co %u %s wait=%d asleep=%d token=%d", co, name(co), (int)waits_for(co),
	       co <= KEEPER ? g.asleep[co] : 0, has_token(co));
	if (co < nr_vcpus)
		printf(" life=%d state=%s irq=%d", g.life[co], mp_state_name(state_of(co)),
		       vcpus[co].mp.irq_posted != 0);
	if (lock)
		printf(" lock=%s|holder=%s|", lock_name(lock), holder_of(lock));
	else if (waits_for(co) == W_STEP && word)
		printf(" next=%s %s|", hows[how], word_name(co, word));
	printf("\n");
}

static void show_lock(const char *what, const void *lock)
{
	printf("lock %s|%s|", what, holder_of(lock));
	for (unsigned c = 0; c < NR_CO; c++)
		if (waits_for(c) == W_LOCK && waits_on(c) == lock)
			printf("%s ", name(c));
	printf("\n");
}

static void show_mutex(void)
{
	printf("lock vm->lock|");
	for (unsigned c = 0; c < NR_CO; c++)
		if (owns(c))
			printf("%s", name(c));
	printf("|");
	for (unsigned c = 0; VM.lock.state && c < NR_CO; c++)
		if (waits_for(c) == W_PARK && !(c <= KEEPER && g.asleep[c]) && !owns(c))
			printf("%s ", name(c));
	printf("\n");
}

void show_all(void)
{
	static const char *const phases[] = { "RUN", "SUSPENDED_VM", "RESETTING", "DEAD" };

	printf("vm phase=%s live=%u suspender=%s wake=%d\n", phases[VM.phase_], VM.live,
	       VM.suspender_ ? name(VM.suspender_->index) : "nobody", VM.wake_asked_);
	for (unsigned co = 0; co < world->nr_co; co++)
		show_one(co);
	show_mutex();
	show_lock("vm->lock's guard", &VM.lock.guard);
	for (unsigned i = 0; i < nr_vcpus; i++) {
		char what[16];

		snprintf(what, sizeof(what), "v%u->lock", i);
		show_lock(what, &vcpus[i].mp.lock);
	}
}

void show_moves(void)
{
	for (unsigned co = 0; co < world->nr_co; co++)
		for (unsigned choice = 0; choice < choices(co); choice++) {
			enum duty d = duty(co, choice);
			char what[80] = "";

			if (waits_for(co) == W_REST)
				world->describe(co, choice, what, sizeof(what));
			if (d != NO)
				printf("move %u %u %d %s\n", co, choice, (int)d, what);
		}
}

/* The steps since the first state, for HYPARGS=schedule=; kept by watch.c. */
void show_schedule(void)
{
	world->schedule();
}
