/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lib/log.c */
/* tsan */
/* log_test.c - a log line is whole, marked, cut to size, and still in the ring afterwards. */
#include <pthread.h>
#include <stdarg.h>

#include "lib/ensure.h"
#include "lib/log.h"
#include "port/host_test.h"

/* Instead of port/host.c: the machine keeps what it is given. */
static char console[1 << 20];
static size_t console_n;
static pthread_mutex_t console_lock = PTHREAD_MUTEX_INITIALIZER;

void port_context(char *buf, size_t size)
{
	snprintf(buf, size, "h1 v0");
}

void port_console_write(const char *s, size_t n)
{
	pthread_mutex_lock(&console_lock);
	if (console_n + n < sizeof(console)) {
		memcpy(console + console_n, s, n);
		console_n += n;
		console[console_n] = '\0';
	}
	pthread_mutex_unlock(&console_lock);
}

void port_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vdprintf(STDERR_FILENO, fmt, ap);
	va_end(ap);
	abort();
}

static void clear(void)
{
	console_n = 0;
	console[0] = '\0';
}

static void untrue(void)
{
	int one = 1;

	ENSURE(one == 1);
	ENSURE(one == 2 % 3);
}

static void ensure_dies_with_the_place_and_the_condition(void)
{
	CHECK(test_dies(untrue, "log_test.c:") && test_dies(untrue, "not true: one == 2 % 3"));
}

static void line_has_a_mark_and_an_end(void)
{
	clear();
	log_error("susp: denied, v%u is %s", 2U, "STARTED");
	CHECK(strcmp(console, "[h1 v0] susp: denied, v2 is STARTED\n") == 0);
}

static void level_decides(void)
{
	clear();
	log_level = LOG_INFO;
	log_debug("no");
	log_info("a");
	log_notice("b");
	log_level = LOG_ERROR;
	log_notice("no");
	log_error("c");
	log_level = LOG_NOTICE;
	CHECK(strcmp(console, "[h1 v0] a\n[h1 v0] b\n[h1 v0] c\n") == 0);
}

static void long_line_is_cut_and_says_so(void)
{
	char text[400];

	clear();
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_error("%s", text);
	CHECK(console_n == LOG_LINE - 1);
	CHECK(strcmp(console + console_n - 5, "x...\n") == 0);
	clear();
	log_error("%.*s", LOG_LINE - 2 - 8, text); /* 8: the mark; fits exactly */
	CHECK(console_n == LOG_LINE - 1 && strcmp(console + console_n - 3, "xx\n") == 0);
}

/* The newest part of the ring, oldest byte first, as a terminated string. Returns its length. */
static size_t log_copy(char *buf, size_t size)
{
	uint64_t end = log_ring.written;
	uint64_t n;

	n = MIN(MIN(end, LOG_RING), size - 1);
	for (uint64_t i = 0; i < n; i++)
		buf[i] = log_ring.text[(end - n + i) & (LOG_RING - 1)];
	buf[n] = '\0';
	return n;
}

static void ring_keeps_the_newest(void)
{
	static char all[LOG_RING + 1];
	size_t n;

	clear();
	log_begin();
	log_error("x");
	CHECK(strcmp(log_ring.magic, "DMLOG01") == 0 && log_copy(all, sizeof(all)) == 10);
	for (int i = 0; i < 2000; i++)
		log_error("line %d", i);
	n = log_copy(all, sizeof(all));
	CHECK(n == LOG_RING);
	CHECK(memcmp(all, console + console_n - n, n) == 0);
	n = log_copy(all, 10);
	CHECK(n == 9 && strcmp(all, "ine 1999\n") == 0);
}

static void *chatter(void *arg)
{
	for (int i = 0; i < 500; i++)
		log_error("%s", (const char *)arg);
	return NULL;
}

static void lines_of_threads_do_not_mix(void)
{
	static char all[LOG_RING + 1];
	pthread_t t[3];

	clear();
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, chatter,
			       (void *)(i == 0   ? "aaaa"
					: i == 1 ? "bbbb"
						 : "cccc"));
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	log_copy(all, sizeof(all));
	for (char *l = strtok(strchr(all, '\n'), "\n"); l; l = strtok(NULL, "\n"))
		CHECK(!strcmp(l, "[h1 v0] aaaa") || !strcmp(l, "[h1 v0] bbbb") ||
		      !strcmp(l, "[h1 v0] cccc"));
}

static const struct test tests[] = {
	TEST(ensure_dies_with_the_place_and_the_condition),
	TEST(line_has_a_mark_and_an_end),
	TEST(level_decides),
	TEST(long_line_is_cut_and_says_so),
	TEST(ring_keeps_the_newest),
	TEST(lines_of_threads_do_not_mix),
};

TEST_MAIN(tests)
