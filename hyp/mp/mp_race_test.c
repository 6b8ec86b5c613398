/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c hyp/lock/rank.c hyp/lock/spinlock.c hyp/lock/mutex.c
 * hyp/lib/log.c hyp/port/host.c
 */
/* tsan */
/*
 * mp_race_test.c - the races of the protocol, replayed step by step with race points.
 *
 * mp_none_test.c and mp_flag_test.c include this file and link a wrong variant: there the same
 * replays must end badly.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "mp/mp.h"
#include "mp/mp_table.h"
#include "port/host.h"
#include "port/host_test.h"

#define N 3

/*
 * How long the window stays open if vCPU 2 gets nowhere: under the mutex always, under a wrong
 * variant never.
 */
#ifdef RACE_TEST_WRONG_VARIANT
#define WINDOW_MS 3000
#else
#define WINDOW_MS 100
#endif

static struct mp_vm vm;
static struct mp_vcpu v[N];

static void enter(struct mp_vcpu *c)
{
	uint64_t pc, arg;

	mp_started(c, &pc, &arg);
}

/* vCPUs 0 and 2 run, 1 is stopped. */
static void two_of_three_run(void)
{
	mp_vm_init(&vm);
	for (unsigned i = 0; i < N; i++)
		mp_vcpu_init(&v[i], &vm, i);
	mp_boot(&vm, 0, 0);
	enter(&v[0]);
	mp_hart_start(&v[0], &v[2], 0, 0);
	enter(&v[2]);
}

/* ---- A start in the window between two checks of a suspend ---- */

/* What vCPU 2 does in the window before it starts vCPU 1. */
enum before_start { NOTHING_BEFORE, SLEEP_A_LITTLE, SUSPEND_TOO };

struct outcome {
	struct mp_result suspend, start;
	bool broken; /* the system was suspended with another vCPU not stopped */
	bool both_refused; /* the start of a stopped vCPU failed, and so did the suspend */
};

static _Atomic bool window_open, racer_done;
static _Atomic unsigned checks;
static __thread bool is_suspender;

/*
 * The suspender has found vCPU 1 stopped: hold it there until vCPU 2 is done, or cannot get
 * anywhere.
 */
static void open_window(const char *point)
{
	if (!is_suspender || strcmp(point, "susp_checked_one") != 0 || checks++ != 0)
		return;
	window_open = true;
	for (int ms = 0; ms < WINDOW_MS && !racer_done; ms++)
		usleep(1000);
}

static void *suspender(void *arg)
{
	struct outcome *o = arg;

	is_suspender = true;
	o->suspend = mp_system_suspend(&v[0], 0, 0);
	if (o->suspend.action == MP_SLEEP)
		o->broken = v[0].state_ != MP_SUSPENDED || mp_status(&v[1]) != MP_STOPPED ||
			    mp_status(&v[2]) != MP_STOPPED;
	return NULL;
}

static struct outcome replay(enum before_start before, bool stops)
{
	struct outcome o = { 0 };
	uint64_t pc, arg;
	pthread_t t;

	two_of_three_run();
	window_open = racer_done = false;
	checks = 0;
	host_race_hook = open_window;
	pthread_create(&t, NULL, suspender, &o);
	while (!window_open)
		sched_yield();
	if (before == SLEEP_A_LITTLE) {
		mp_hart_suspend(&v[2], 0, 0);
		mp_resume(&v[2], &pc, &arg);
	} else if (before == SUSPEND_TOO) {
		CHECK(mp_system_suspend(&v[2], 0, 0).error == MP_ERR_DENIED);
	}
	o.start = mp_hart_start(&v[2], &v[1], 0, 0);
	if (o.start.action == MP_LAUNCH)
		enter(&v[1]);
	if (stops) {
		mp_hart_stop(&v[2]);
		mp_stopped(&v[2]);
	}
	racer_done = true;
	pthread_join(t, NULL);
	host_race_hook = NULL;
	o.both_refused = o.start.error != MP_OK && o.suspend.error == MP_ERR_DENIED;
	return o;
}

#ifndef RACE_TEST_WRONG_VARIANT

static void no_start_slips_into_a_suspend(void)
{
	static const enum before_start ways[] = { NOTHING_BEFORE, SLEEP_A_LITTLE, SUSPEND_TOO };

	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		struct outcome o = replay(ways[i], true);

		CHECK(!o.broken);
		CHECK(o.suspend.error == MP_ERR_DENIED && o.suspend.action == MP_NOTHING);
		CHECK(o.start.error == MP_OK && o.start.action == MP_LAUNCH);
	}
}

static void a_suspend_that_fails_refuses_no_start(void)
{
	struct outcome o = replay(NOTHING_BEFORE, false);

	CHECK(!o.both_refused && o.start.action == MP_LAUNCH);
}

/* ---- A start, and a question, that meet a stopping vCPU ---- */

static _Atomic int answered;

static void *start_1(void *arg)
{
	*(struct mp_result *)arg = mp_hart_start(&v[0], &v[1], 77, 0);
	answered++;
	return NULL;
}

static void *ask_1(void *arg)
{
	*(enum mp_state *)arg = mp_status(&v[1]);
	answered++;
	return NULL;
}

static void start_waits_for_a_stopping_target_without_the_mutex(void)
{
	struct mp_result r;
	pthread_t t;

	two_of_three_run();
	mp_hart_start(&v[0], &v[1], 0, 0);
	enter(&v[1]);
	mp_hart_stop(&v[1]);
	answered = 0;
	pthread_create(&t, NULL, start_1, &r);
	usleep(5000);
	CHECK(mp_system_wake(&vm).action == MP_NOTHING); /* needs vm->lock: would hang here */
	CHECK(answered == 0);
	mp_stopped(&v[1]);
	pthread_join(t, NULL);
	CHECK(r.error == MP_OK && r.action == MP_LAUNCH && vm.live == 3);
	CHECK(mp_status(&v[1]) == MP_START_PENDING && v[1].entry_pc_ == 77);
}

static void status_never_says_stop_pending(void)
{
	enum mp_state s;
	pthread_t t;

	two_of_three_run();
	mp_hart_start(&v[0], &v[1], 0, 0);
	enter(&v[1]);
	mp_hart_stop(&v[1]);
	answered = 0;
	pthread_create(&t, NULL, ask_1, &s);
	usleep(5000);
	CHECK(answered == 0);
	mp_stopped(&v[1]);
	pthread_join(t, NULL);
	CHECK(s == MP_STOPPED);
}

/* ---- Many starters, one target ---- */

#define STARTERS 4

static _Atomic int ready;

static void *compete(void *arg)
{
	uint64_t me = (uint64_t)(intptr_t)arg;
	struct mp_result r;

	ready++;
	while (ready < STARTERS)
		sched_yield();
	r = mp_hart_start(NULL, &v[1], 1000 + me, 2000 + me);
	if (r.error == MP_OK)
		return (void *)(intptr_t)(me + 1);
	CHECK(r.error == MP_ERR_ALREADY_AVAILABLE);
	return NULL;
}

static void of_many_starters_one_wins_and_its_arguments_count(void)
{
	for (int round = 0; round < 50; round++) {
		pthread_t t[STARTERS];
		uint64_t winner = 0, pc, arg;
		unsigned winners = 0;

		two_of_three_run();
		ready = 0;
		for (intptr_t i = 0; i < STARTERS; i++)
			pthread_create(&t[i], NULL, compete, (void *)i);
		for (int i = 0; i < STARTERS; i++) {
			void *won;

			pthread_join(t[i], &won);
			winners += won != NULL;
			winner += (uint64_t)(intptr_t)won;
		}
		mp_started(&v[1], &pc, &arg);
		CHECK(winners == 1 && pc == 999 + winner && arg == 1999 + winner && vm.live == 3);
	}
}

/* ---- A reset between the suspender's decision to resume and its taking the mutex ---- */

static void reset_now(const char *point)
{
	if (strcmp(point, "resume_chosen") == 0)
		CHECK(mp_system_reset(&vm, NULL, 0, 0).action == MP_QUIESCE);
}

static void a_late_resume_does_not_undo_a_reset(void)
{
	uint64_t pc, arg;

	two_of_three_run();
	mp_hart_stop(&v[2]);
	mp_stopped(&v[2]);
	CHECK(mp_system_suspend(&v[0], 0, 0).action == MP_SLEEP);
	host_race_hook = reset_now;
	mp_resume(&v[0], &pc, &arg);
	host_race_hook = NULL;
	CHECK(mp_phase_hint(&vm) == MP_RESETTING && mp_must_stop(&v[0]) &&
	      mp_status(&v[0]) == MP_STARTED);
}

static void resume_ends_only_its_own_suspend(void)
{
	uint64_t pc, arg;

	two_of_three_run();
	mp_hart_suspend(&v[2], 5, 6); /* asleep by itself: no system suspend possible */
	CHECK(mp_system_suspend(&v[0], 0, 0).error == MP_ERR_DENIED);
	mp_resume(&v[2], &pc, &arg);
	CHECK(pc == 5 && arg == 6 && mp_phase_hint(&vm) == MP_RUN);
}

static const struct test tests[] = {
	TEST(no_start_slips_into_a_suspend),
	TEST(a_suspend_that_fails_refuses_no_start),
	TEST(start_waits_for_a_stopping_target_without_the_mutex),
	TEST(status_never_says_stop_pending),
	TEST(of_many_starters_one_wins_and_its_arguments_count),
	TEST(a_late_resume_does_not_undo_a_reset),
	TEST(resume_ends_only_its_own_suspend),
};

TEST_MAIN(tests)

#endif
