/* SPDX-License-Identifier: MIT */
/*
 * test.h - a test is a function with a name and a claim. TEST() registers
 * it; nothing else has to be edited. See guest/README.md.
 *
 * A test runs on the main hart, interrupts on, only the timer enabled in
 * sie (it carries the time-out), paging off, all other harts STOPPED. It
 * must leave the others STOPPED; everything else is put back for it.
 */
#ifndef GUEST_LIB_TEST_H
#define GUEST_LIB_TEST_H

#include "atomic.h"
#include "console.h"
#include "csr.h"
#include "hart.h"
#include "sbi.h"
#include "time.h"
#include "trap.h"

struct test_row {
	const char *name;
	const char *claim;
	void (*fn)(void);
	bool manual;	/* runs only when selected by its full name */
};

#define TEST_ROW(tname, tclaim, is_manual)				\
	static void test_##tname(void);					\
	static const struct test_row row_##tname			\
	__attribute__((used, no_reorder, section(".test_rows"),		\
		       aligned(8))) = {					\
		#tname, tclaim, test_##tname, is_manual };		\
	static void test_##tname(void)

#define TEST(tname, tclaim)		TEST_ROW(tname, tclaim, false)
#define TEST_MANUAL(tname, tclaim)	TEST_ROW(tname, tclaim, true)

/*
 * End the running test as failed. Any hart; does not return: main goes back
 * to the runner, another hart stops itself. The first failure counts.
 */
void test_fail(const char *file, int line, const char *fmt, ...)
	PRINTF_LIKE(3, 4) NORETURN;
/* End the running test as not applicable. Main hart only. */
void test_skip(const char *fmt, ...) PRINTF_LIKE(1, 2) NORETURN;
/*
 * The firmware below is known to fail this test for the reason given: a
 * failure from here on is printed as XFAIL and does not spoil the verdict.
 */
void test_known_bad(const char *reason);

#define FAIL_TEST(...)	test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...)	test_skip(__VA_ARGS__)

#define CHECK(cond) do {						\
	if (!(cond))							\
		FAIL_TEST("%s does not hold", #cond);			\
} while (0)

#define CHECK_EQ(a, b) do {						\
	long a_ = (long)(a), b_ = (long)(b);				\
	if (a_ != b_)							\
		FAIL_TEST("%s is %ld (0x%lx), not %ld (0x%lx)", #a, a_,	\
			  a_, b_, b_);					\
} while (0)

/* The error half of an SBI answer. */
#define CHECK_ERR(call, expected) do {					\
	long e_ = (call).error;						\
	if (e_ != (expected))						\
		FAIL_TEST("%s answers %ld %s, not %s", #call, e_,	\
			  sbi_error_name(e_), sbi_error_name(expected)); \
} while (0)

#define CHECK_WAIT(cond) do {						\
	if (!WAIT_FOR(cond, PATIENCE_MS))				\
		FAIL_TEST("waited %d ms in vain for %s",		\
			  (int)PATIENCE_MS, #cond);			\
} while (0)

/* The test is about an extension or machine that may not be there. */
#define NEED_EXT(eid, ext) do {						\
	if (!sbi_probe(eid))						\
		SKIP("no " ext " extension");				\
} while (0)

/* OpenSBI guards its own memory only: a wild address hangs the machine. */
#define NEED_RAM_CHECK() do {						\
	if (sbi_is_opensbi(0, 0))					\
		SKIP("OpenSBI does not check addresses against RAM");	\
} while (0)

#define NEED_HARTS(n) do {						\
	if (hart_count < (n))						\
		SKIP("needs %d harts", (int)(n));			\
} while (0)

/* @n loop rounds or milliseconds, changed by bootargs scale=PERCENT; at least 1. */
u64 scaled(u64 n);
/* bootargs seed=N, mixed per call; xorshift. */
u64 test_random(void);

/*
 * A storm ends after so many rounds or so much time, whichever is first:
 * crowded machines need seconds for what idle ones do in milliseconds.
 */
struct budget {
	u64 rounds;	/* rounds left */
	u64 end;	/* time */
};

/* At 100 percent; scale=PERCENT changes both. */
struct budget budget(u64 rounds, u64 ms);
bool budget_left(struct budget *b);

/* Another @ms of time-out for a test that is slow by nature. */
void test_more_time(u64 ms);
/* Main is done with the timer: arm the test's time-out in it again. */
void test_rearm(void);
/* Timer interrupt on main: has the test run out of time? */
void test_watchdog(void);
/* Every waiting loop on main comes here (cpu_relax). */
void test_check_time(void);

/*
 * What to do when something fails outside of a test; it gets the reason
 * and should not return. NULL: print it and shut down.
 */
extern void (*fatal_hook)(const char *reason);

/*
 * Run what bootargs select, print the verdict, shut down. @words: what this
 * guest knows beyond seed=N and the like; other bootargs are refused.
 */
void test_run_all(const char *words) NORETURN;

/* Shut the machine down through SRST (or the legacy call). */
void machine_shutdown(bool failed) NORETURN;

#endif
