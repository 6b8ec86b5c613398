/* SPDX-License-Identifier: MIT */
/*
 * host_test.h - a small frame for tests that run on the build machine.
 *
 * A test is a function that makes claims with CHECK. TEST_MAIN(tests) runs them in order and prints
 * "PASS name" or "FAIL name: why" for each; the exit status is 1 if one failed.
 */
#ifndef PORT_HOST_TEST_H
#define PORT_HOST_TEST_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/types.h"

struct test {
	const char *name; /* what is claimed */
	void (*run)(void);
};

#define TEST(fn) { #fn, fn }

/* the first one of the running test; atomic, for tests with threads */
static const char *test_failure;

#define TEST_STR_(x) #x
#define TEST_STR(x) TEST_STR_(x)

/* Claim @cond; the test goes on in any case. */
#define CHECK(cond) \
	do { \
		const char *none_yet_ = NULL; \
		if (!(cond)) \
			__atomic_compare_exchange_n( \
				&test_failure, &none_yet_, \
				__FILE__ ":" TEST_STR(__LINE__) ": " #cond, false, \
				__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	} while (0)

/*
 * Does @fn, run in a child, abort after saying @text on stderr? Fork-safe only while this process
 * has no other thread.
 */
static UNUSED bool test_dies(void (*fn)(void), const char *text)
{
	char said[4096];
	size_t n = 0;
	ssize_t got;
	int fds[2], status;
	pid_t child;

	fflush(stdout);
	if (pipe(fds) < 0 || (child = fork()) < 0)
		return false;
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		fn();
		_exit(0);
	}
	close(fds[1]);
	while (n < sizeof(said) - 1 && (got = read(fds[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(fds[0]);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && strstr(said, text))
		return true;
	printf("# expected \"%s\", status %d, it said: %s\n", text, status, said);
	return false;
}

/* ---- The watchdog: a test has so many seconds of its own, not of the clock on the wall ---- */

#define TEST_TICK_MS 200

static struct {
	const char *name; /* of the running test */
	unsigned seconds; /* that it has */
	uint64_t ran, waited; /* test_times_() at the last tick */
	uint64_t own_ms; /* that it has used */
} test_watch_;

/* "123 456 7": nanoseconds on a processor, nanoseconds waiting for one, how often. */
static void test_add_times_(int tasks, const char *thread, uint64_t *ran, uint64_t *waited)
{
	char path[40], text[80] = "";
	int fd;

	snprintf(path, sizeof(path), "%.20s/schedstat", thread);
	fd = openat(tasks, path, O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0) {
		char *end;

		*ran += strtoull(text, &end, 10);
		*waited += strtoull(end, NULL, 10);
	}
	close(fd);
}

/* Of all threads; 0 where the kernel does not say. For a signal handler: allocates nothing. */
static void test_times_(uint64_t *ran, uint64_t *waited)
{
	_Alignas(8) char entries[2048];
	int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
	long n;

	*ran = *waited = 0;
	while ((n = syscall(SYS_getdents64, tasks, entries, sizeof(entries))) > 0) {
		const struct dirent *d;

		for (long at = 0; at < n; at += d->d_reclen) {
			d = (const struct dirent *)(entries + at);
			if (d->d_name[0] != '.')
				test_add_times_(tasks, d->d_name, ran, waited);
		}
	}
	close(tasks);
}

static uint64_t test_grown_(uint64_t *last, uint64_t now)
{
	/* A thread that ends takes its share away. */
	uint64_t by = now > *last ? (now - *last) / 1000000 : 0;

	*last = now;
	return by;
}

/* What the running test has used of its time so far. */
static uint64_t test_own_ms(void)
{
	return __atomic_load_n(&test_watch_.own_ms, __ATOMIC_SEQ_CST);
}

/*
 * On a crowded machine a test that gets a tenth of a processor needs ten times as long. So a tick
 * counts as the part of it in which no thread waited for a processor (if they all sleep, that is
 * all of it), or as the share that they had of what they wanted, whichever is more.
 */
static void test_tick_(int sig)
{
	uint64_t ran_total, waited_total, ran, waited, own;
	char text[160];
	int n;

	(void)sig;
	test_times_(&ran_total, &waited_total);
	ran = test_grown_(&test_watch_.ran, ran_total);
	waited = test_grown_(&test_watch_.waited, waited_total);
	own = waited < TEST_TICK_MS ? TEST_TICK_MS - waited : 0;
	own = MAX(own, TEST_TICK_MS * ran / (ran + waited + 1)) + test_own_ms();
	__atomic_store_n(&test_watch_.own_ms, own, __ATOMIC_SEQ_CST);
	if (own < 1000UL * test_watch_.seconds)
		return;
	n = snprintf(text, sizeof(text),
		     "FAIL %s: stalled: ran %lu ms, waited %lu ms for a processor\n",
		     test_watch_.name, ran_total / 1000000, waited_total / 1000000);
	_exit(write(STDOUT_FILENO, text, (size_t)n) > 0 ? 1 : 2);
}

/* From now on the test called @name has @seconds to end the process or to call this again. */
static UNUSED void test_watchdog(const char *name, unsigned seconds)
{
	const struct timeval tick = { .tv_usec = TEST_TICK_MS * 1000 };
	struct sigaction sa = { .sa_handler = test_tick_, .sa_flags = SA_RESTART };

	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_sec = 0 }, NULL);
	test_watch_.name = name;
	test_watch_.seconds = seconds;
	__atomic_store_n(&test_watch_.own_ms, 0, __ATOMIC_SEQ_CST);
	test_times_(&test_watch_.ran, &test_watch_.waited);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ tick, tick }, NULL);
}

#define TEST_PATIENCE_S 5 /* for one test function */

static UNUSED int test_main(const struct test *tests, size_t n)
{
	int status = 0;

	for (size_t i = 0; i < n; i++) {
		const char *why;

		__atomic_store_n(&test_failure, NULL, __ATOMIC_SEQ_CST);
		test_watchdog(tests[i].name, TEST_PATIENCE_S);
		tests[i].run();
		why = __atomic_load_n(&test_failure, __ATOMIC_SEQ_CST);
		if (why) {
			printf("FAIL %s: %s\n", tests[i].name, why);
			status = 1;
		} else {
			printf("PASS %s\n", tests[i].name);
		}
		fflush(stdout);
	}
	return status;
}

#define TEST_MAIN(tests)                                             \
	int main(void)                                               \
	{                                                            \
		return test_main(tests, ARRAY_SIZE(tests));          \
	}

#endif
