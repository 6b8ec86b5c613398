/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lock/mutex.c hyp/lock/spinlock.c hyp/lock/rank.c hyp/port/host.c */
/* tsan */
/*
 * park_test.c - no wake-up is lost: not between two threads, and not while the sleeper waits for a
 * mutex, whose waiting takes any wake-up for its own.
 *
 * Each test ends only if every wake-up arrives; the watchdog of host_test.h sees one that does not.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "lock/mutex.h"
#include "port/host.h"
#include "port/host_test.h"

#define ROUNDS 3000

static struct mutex m;
static struct thread *_Atomic sleeper;
static _Atomic unsigned asked, seen;
static _Atomic bool over;

/* The next wish comes when the last one has been seen, and only one wake-up with each. */
static void *ask(void *arg UNUSED)
{
	for (unsigned i = 1; i <= ROUNDS; i++) {
		while (!sleeper || seen != i - 1)
			sched_yield();
		host_jitter("ask");
		asked = i;
		port_unpark(sleeper);
	}
	return NULL;
}

static void *crowd(void *arg UNUSED)
{
	while (!over) {
		mutex_lock(&m);
		host_jitter("crowd");
		mutex_unlock(&m);
	}
	return NULL;
}

static void start(pthread_t t[3], unsigned crowds)
{
	sleeper = NULL;
	asked = seen = 0;
	over = false;
	mutex_init(&m, RANK_VM);
	pthread_create(&t[0], NULL, ask, NULL);
	for (unsigned i = 1; i <= crowds; i++)
		pthread_create(&t[i], NULL, crowd, NULL);
	sleeper = port_self();
}

static void finish(pthread_t t[3], unsigned crowds)
{
	over = true;
	for (unsigned i = 0; i <= crowds; i++)
		pthread_join(t[i], NULL);
	CHECK(seen == ROUNDS && asked == ROUNDS);
}

/* Look, and then sleep: what is asked for in between must not be lost. */
static void sleep_unless_asked(void)
{
	if (seen != asked) {
		seen++;
		return;
	}
	host_jitter("looked");
	port_park();
}

static void each_wish_wakes_the_sleeper(void)
{
	pthread_t t[3];

	start(t, 0);
	while (seen < ROUNDS)
		sleep_unless_asked();
	finish(t, 0);
}

/* As the keeper must do (vm/keeper.c): the last thing before it sleeps is to look. */
static void a_wish_made_during_a_wait_for_the_mutex_is_seen(void)
{
	pthread_t t[3];

	start(t, 2);
	while (seen < ROUNDS) {
		mutex_lock(&m);
		mutex_unlock(&m);
		sleep_unless_asked();
	}
	finish(t, 2);
}

static const struct test tests[] = {
	TEST(each_wish_wakes_the_sleeper),
	TEST(a_wish_made_during_a_wait_for_the_mutex_is_seen),
};

TEST_MAIN(tests)
