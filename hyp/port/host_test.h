/* SPDX-License-Identifier: MIT */
/*
 * host_test.h - a small frame for tests that run on the build machine.
 *
 * A test is a function that makes claims with CHECK. TEST_MAIN(tests) runs them in order and prints "PASS name" or
 * "FAIL name: why" for each; the exit status is 1 if one failed.
 */
#ifndef PORT_HOST_TEST_H
#define PORT_HOST_TEST_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/types.h"

struct test {
	const char *name; /* what is claimed */
	void (*run)(void);
};

#define TEST(fn) { #fn, fn }

static const char *test_failure; /* the first one of the running test; atomic, for tests with threads */

#define TEST_STR_(x) #x
#define TEST_STR(x) TEST_STR_(x)

/* Claim @cond; the test goes on in any case. */
#define CHECK(cond)                                                                                               \
	do {                                                                                                      \
		const char *none_yet_ = NULL;                                                                     \
		if (!(cond))                                                                                      \
			__atomic_compare_exchange_n(&test_failure, &none_yet_,                                    \
						    __FILE__ ":" TEST_STR(__LINE__) ": " #cond, false,            \
						    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                          \
	} while (0)

/*
 * Does @fn, run in a child, abort after saying @text on stderr? Fork-safe only while this process has no other thread.
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

static const char *test_running = "?";

static void test_stalled_(int sig)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "FAIL %s: stalled\n", test_running);

	(void)sig;
	_exit(write(STDOUT_FILENO, text, (size_t)n) > 0 ? 1 : 2);
}

/* From now on the test called @name has @seconds to end the process or to call this again. */
static UNUSED void test_watchdog(const char *name, unsigned seconds)
{
	struct sigaction sa = { .sa_handler = test_stalled_ };

	test_running = name;
	sigaction(SIGALRM, &sa, NULL);
	alarm(seconds);
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
