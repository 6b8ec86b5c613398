/* SPDX-License-Identifier: MIT */
/* test-with: hyp/port/host.c hyp/lock/rank.c */
/* watch_test.c - the watchdog of host_test.h: sees what hangs, and forgives what is not let run. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_setaffinity */
#endif
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "port/host.h"
#include "port/host_test.h"

#define HOGS 8

static uint64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void spin_ms(uint64_t ms)
{
	for (uint64_t end = wall_ms() + ms; wall_ms() < end;)
		;
}

/* Does @fn, in a child that has @seconds, end as stalled? What that prints is not wanted here. */
static bool stalls(void (*fn)(void), unsigned seconds)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		close(STDOUT_FILENO);
		open("/dev/null", O_WRONLY);
		test_watchdog("child", seconds);
		fn();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void waits_for_nobody(void)
{
	for (;;)
		port_park();
}

static void *park_for_ever(void *arg UNUSED)
{
	waits_for_nobody();
	return NULL;
}

static void one_thread_waits_for_nobody(void)
{
	pthread_t t;

	pthread_create(&t, NULL, park_for_ever, NULL);
	pthread_join(t, NULL);
}

static void spins_for_ever(void)
{
	for (;;)
		sched_yield();
}

/* Alone it would take a second and a half, which is more than it has. */
static void takes_its_time(void)
{
	spin_ms(1500);
}

static void lost_wake_up_is_seen(void)
{
	CHECK(stalls(waits_for_nobody, 1));
	CHECK(stalls(one_thread_waits_for_nobody, 1));
}

static void endless_loop_is_seen(void)
{
	CHECK(stalls(spins_for_ever, 1));
}

/* One processor for all of us. */
static void crowded_machine_is_no_stall(void)
{
	pid_t hogs[HOGS];
	cpu_set_t first, all;

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	CPU_ZERO(&first);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&first) == 0; i++)
		if (CPU_ISSET(i, &all))
			CPU_SET(i, &first);
	CHECK(sched_setaffinity(0, sizeof(first), &first) == 0);
	for (unsigned i = 0; i < HOGS; i++) {
		hogs[i] = fork();
		if (hogs[i] == 0) {
			spin_ms(20000);
			_exit(0);
		}
	}
	/* Without schedstat there is only the clock on the wall. */
	CHECK(access("/proc/self/schedstat", R_OK) != 0 || !stalls(takes_its_time, 1));
	for (unsigned i = 0; i < HOGS; i++) {
		kill(hogs[i], SIGKILL);
		waitpid(hogs[i], NULL, 0);
	}
	sched_setaffinity(0, sizeof(all), &all);
}

static const struct test tests[] = {
	TEST(lost_wake_up_is_seen),
	TEST(endless_loop_is_seen),
	TEST(crowded_machine_is_no_stall),
};

TEST_MAIN(tests)
