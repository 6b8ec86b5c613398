/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c hyp/lock/rank.c hyp/lock/spinlock.c hyp/lock/mutex.c
 * hyp/lib/log.c hyp/port/host.c
 */
/* tsan */
/*
 * mp_stress_test.c - vCPUs as threads do everything at random, ghosts watch the invariants of the
 * protocol.
 *
 *   I1   while the system is suspended nobody but the suspender is anything but STOPPED
 *   I2   after a reset has begun nobody is started until the keeper boots
 *   I3   every successful start is one life, and every life one successful start
 *   I4   a life begins with the arguments of its own start, a resume with those of its own suspend
 *   I5   nothing is refused without a reason that held during the call
 *   I12  one suspend at a time, and each ends once
 * and nothing hangs (host_test.h has a watchdog). Each ghost check is exact: it cannot fail on a
 * correct protocol, however the threads are scheduled.
 * mp_stress_none_test.c and mp_stress_flag_test.c include this file, link a wrong variant and
 * expect to be caught.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "mp/mp.h"
#include "port/host.h"
#include "port/host_test.h"

#define N 4
#define RUN_MS 1500

struct sim {
	struct mp_vcpu v;
	struct thread *thread;
	char name[8];
	_Atomic bool launched; /* the "scheduler": this thread has a life to live */
	_Atomic bool asleep; /* published before the last look for a reason to wake */
	_Atomic bool in_guest; /* ghost: true only while STARTED */
	/* ghosts: starts attempted and answered, starts that succeeded, lives begun and ended */
	_Atomic unsigned begun, answered, granted, lives, ended;
	_Atomic uint64_t granted_sum, lives_sum; /* I3: of the serial numbers of those starts */
};

enum count {
	STARTS,
	REFUSED,
	SUSPENDS,
	DENIED,
	SYSTEM_SUSPENDS,
	WAKES,
	RESETS,
	BOOTS,
	HALTS,
	CHECKPOINTS,
	NR_COUNTS
};

static struct mp_vm vm;
static struct sim sims[N];
static struct thread *keeper_thread;
static _Atomic unsigned settle_asked;
static _Atomic uint64_t serial;
static _Atomic unsigned suspended_now; /* ghost: vCPUs between a successful SUSP and its resume */
static _Atomic bool quit, keeper_done;
static _Atomic unsigned counts[NR_COUNTS];
/* agents read, who rebuilds the VM writes */
static pthread_rwlock_t generation = PTHREAD_RWLOCK_INITIALIZER;

static struct sim *sim_of(struct mp_vcpu *v)
{
	return CONTAINER_OF(v, struct sim, v);
}

/* What a start with serial number @arg must carry as its entry point. */
static uint64_t pc_for(uint64_t arg)
{
	return arg * 0x9e3779b97f4a7c15UL + 1;
}

/*
 * The sleeper's other half is in sleep_until_reason(). What was posted is ordered before the look
 * by mp_post_irq's fence.
 */
static void notify(struct sim *s)
{
	if (s->asleep)
		port_unpark(s->thread);
}

static void launch(struct mp_vcpu *v)
{
	struct sim *s = sim_of(v);

	CHECK(!s->launched);
	s->launched = true;
	port_unpark(s->thread);
}

static void settle_if(struct mp_result r)
{
	if (r.action == MP_SETTLE) {
		settle_asked++;
		port_unpark(keeper_thread);
	}
}

static void quiesce(void)
{
	counts[RESETS]++;
	for (unsigned i = 0; i < N; i++)
		port_unpark(sims[i].thread);
}

/* ---- Ghost: was @s stopped, with nobody starting it, during a whole call? ---- */

/*
 * Before the call; @mine: starts that the caller has counted in begun for itself. True: @s is
 * stopped and nobody is at it.
 */
static bool quiet(struct sim *s, unsigned mine, unsigned *mark)
{
	*mark = s->begun;
	/*
	 * Each load is later than the one before: equal sums mean that nothing was going on in
	 * between.
	 */
	return s->answered == *mark - mine && s->granted == s->ended && s->begun == *mark;
}

static void start(struct sim *by, struct sim *t)
{
	uint64_t arg = ++serial;
	struct mp_result r;
	unsigned mark;
	bool was_quiet;

	t->begun++;
	was_quiet = quiet(t, 1, &mark);
	r = mp_hart_start(by ? &by->v : NULL, &t->v, pc_for(arg), arg);
	if (r.action == MP_LAUNCH) {
		CHECK(r.error == MP_OK && r.target == &t->v);
		counts[STARTS]++;
		t->granted_sum += arg;
		t->granted++;
		launch(&t->v);
	} else if (r.action == MP_NOTHING) {
		counts[REFUSED]++;
		if (by || r.error == MP_ERR_ALREADY_AVAILABLE)
			CHECK(!(was_quiet && t->begun == mark)); /* I5 */
		CHECK(r.error == MP_ERR_ALREADY_AVAILABLE || (!by && r.error == MP_ERR_DENIED));
	} else {
		CHECK(by && r.action == MP_CHECKPOINT);
	}
	t->answered++;
}

static bool any_other_in_guest(const struct sim *s)
{
	for (unsigned i = 0; i < N; i++) {
		if (&sims[i] != s && (sims[i].in_guest || sims[i].launched))
			return true;
	}
	return false;
}

static void sleep_until_reason(struct sim *s, bool system)
{
	for (;;) {
		uint64_t irqs;

		s->asleep = true;
		atomic_thread_fence(memory_order_seq_cst); /* pairs with the fence in mp_post_irq */
		irqs = mp_take_irqs(&s->v);
		if (system)
			CHECK(!any_other_in_guest(s)); /* I1 */
		if (irqs || mp_wake_asked(&s->v) || mp_must_stop(&s->v))
			break;
		port_park();
	}
	s->asleep = false;
}

static void suspend(struct sim *s, bool system)
{
	uint64_t arg = ++serial, pc, got;
	unsigned marks[N];
	bool all_quiet = true;
	struct mp_result r = { .action = MP_SLEEP };

	for (unsigned i = 0; system && i < N; i++) {
		if (&sims[i] != s)
			all_quiet &= quiet(&sims[i], 0, &marks[i]);
	}
	s->in_guest = false;
	if (system)
		r = mp_system_suspend(&s->v, pc_for(arg), arg);
	else
		mp_hart_suspend(&s->v, pc_for(arg), arg);
	if (r.action != MP_SLEEP) {
		s->in_guest = true;
		for (unsigned i = 0; i < N; i++)
			all_quiet &= &sims[i] == s || sims[i].begun == marks[i];
		/* I5 */
		CHECK(system &&
		      (r.action == MP_CHECKPOINT || (r.error == MP_ERR_DENIED && !all_quiet)));
		counts[DENIED]++;
		return;
	}
	counts[system ? SYSTEM_SUSPENDS : SUSPENDS]++;
	if (system) {
		CHECK(suspended_now++ == 0); /* I12 */
		/* it looks after the wake-up */
		settle_if((struct mp_result){ .action = MP_SETTLE });
	}
	sleep_until_reason(s, system);
	if (system)
		suspended_now--;
	mp_resume(&s->v, &pc, &got);
	CHECK(got == arg && pc == pc_for(arg)); /* I4 */
	s->in_guest = true;
	CHECK(mp_phase_hint(&vm) != MP_SUSPENDED_VM); /* I1, and the resume took effect */
}

/* One thing that a guest may do. False: it stopped. */
static bool act(struct sim *s)
{
	unsigned dice = host_random(1000);
	struct sim *other = &sims[host_random(N)];

	if (dice < 400) {
		start(s, other);
	} else if (dice < 600) {
		return false;
	} else if (dice < 700) {
		suspend(s, false);
	} else if (dice < 850) {
		suspend(s, true);
	} else if (dice < 855) {
		if (mp_system_reset(&vm, &s->v, dice & 1, 0).action == MP_QUIESCE)
			quiesce();
		return false;
	} else if (dice < 950) {
		mp_post_irq(&other->v, 1UL << host_random(3));
		notify(other);
	} else {
		CHECK(mp_status(&other->v) != MP_STOP_PENDING);
	}
	return true;
}

static void live(struct sim *s)
{
	uint64_t pc, arg;

	mp_started(&s->v, &pc, &arg);
	CHECK(pc == pc_for(arg)); /* I4 */
	s->lives_sum += arg;
	s->lives++;
	s->in_guest = true;
	for (;;) {
		if (mp_must_stop(&s->v)) {
			counts[CHECKPOINTS]++;
			break;
		}
		CHECK(mp_phase_hint(&vm) != MP_SUSPENDED_VM); /* I1: we are STARTED */
		if (!act(s))
			break;
	}
	s->in_guest = false;
	mp_hart_stop(&s->v);
	host_jitter("context");
	settle_if(mp_stopped(&s->v));
	s->ended++;
}

static void *vcpu_thread(void *arg)
{
	struct sim *s = arg;

	host_name(s->name);
	/* pairs with the wait in play() */
	__atomic_store_n(&s->thread, port_self(), __ATOMIC_RELEASE);
	while (!keeper_done) {
		if (atomic_exchange(&s->launched, false))
			live(s);
		else
			port_park();
	}
	return NULL;
}

/* ---- The keeper, and agents outside the VM ---- */

static void boot(void)
{
	struct sim *s = &sims[0];
	uint64_t arg = ++serial;

	counts[BOOTS]++;
	s->begun++;
	CHECK(mp_boot(&vm, pc_for(arg), arg).action == MP_LAUNCH);
	s->granted_sum += arg;
	s->granted++;
	launch(&s->v);
	s->answered++;
}

/* The VM is dead: build another of the same vCPUs, once every thread has left the old one. */
static void rebuild(void)
{
	pthread_rwlock_wrlock(&generation);
	for (unsigned i = 0; i < N; i++) {
		while (sims[i].granted != sims[i].ended)
			sched_yield();
	}
	if (!quit) {
		mp_vm_init(&vm);
		for (unsigned i = 0; i < N; i++)
			mp_vcpu_init(&sims[i].v, &vm, i);
		boot();
	}
	pthread_rwlock_unlock(&generation);
}

static void after_reset(void)
{
	uint64_t lives = 0;

	for (unsigned i = 0; i < N; i++)
		lives += sims[i].lives;
	host_jitter("reset");
	for (unsigned i = 0; i < N; i++) {
		lives -= sims[i].lives;
		/* I2 */
		CHECK(!sims[i].in_guest && !sims[i].launched &&
		      mp_status(&sims[i].v) == MP_STOPPED);
	}
	CHECK(lives == 0); /* I2 */
	if (quit || host_random(4) == 0) {
		mp_kill(&vm);
		rebuild();
	} else {
		boot();
	}
}

static void *keeper(void *arg)
{
	(void)arg;
	host_name("keeper");
	keeper_thread = port_self();
	rebuild();
	while (!quit || mp_phase_hint(&vm) != MP_DEAD) {
		if (!settle_asked) {
			port_park();
			continue;
		}
		settle_asked--;
		switch (mp_settle(&vm)) {
		case MP_HALTED:
			counts[HALTS]++;
			rebuild();
			break;
		case MP_RESET:
			after_reset();
			break;
		case MP_ASLEEP: /* from here on the agent may wake it */
		case MP_STILL_RUNNING:
			break;
		}
	}
	keeper_done = true;
	return NULL;
}

static void agent_acts(void)
{
	struct sim *s = &sims[host_random(N)];
	unsigned dice = host_random(100);
	struct mp_result r;

	if (dice < 30) {
		start(NULL, s);
	} else if (dice < 60) {
		r = mp_system_wake(&vm);
		if (r.action == MP_WAKE) {
			counts[WAKES]++;
			port_unpark(sim_of(r.target)->thread);
		}
	} else if (dice < 62) {
		if (mp_system_reset(&vm, NULL, 0, 0).action == MP_QUIESCE)
			quiesce();
	} else {
		mp_post_irq(&s->v, 1);
		notify(s);
	}
}

static void *agent(void *arg)
{
	(void)arg;
	host_name("agent");
	while (!keeper_done) {
		pthread_rwlock_rdlock(&generation);
		agent_acts();
		pthread_rwlock_unlock(&generation);
		usleep(20 + host_random(100));
	}
	return NULL;
}

/* ---- Running it ---- */

/* Ask for the end until it has come: the VM may just have been rebooting when we asked. */
static void finish(void)
{
	quit = true;
	while (!keeper_done) {
		pthread_rwlock_rdlock(&generation);
		if (mp_system_reset(&vm, NULL, 0, 0).action == MP_QUIESCE)
			quiesce();
		pthread_rwlock_unlock(&generation);
		port_unpark(keeper_thread);
		usleep(1000);
	}
	for (unsigned i = 0; i < N; i++)
		port_unpark(sims[i].thread);
}

/* Play for @ms of our own (host_test.h), or until a claim is broken if @until_broken. */
static void play(unsigned ms, bool until_broken)
{
	pthread_t t[N + 3];

	host_race_hook = host_jitter;
	for (unsigned i = 0; i < N; i++) {
		snprintf(sims[i].name, sizeof(sims[i].name), "v%u", i);
		pthread_create(&t[i], NULL, vcpu_thread, &sims[i]);
	}
	for (unsigned i = 0; i < N; i++) {
		while (!__atomic_load_n(&sims[i].thread, __ATOMIC_ACQUIRE))
			sched_yield();
	}
	pthread_create(&t[N], NULL, keeper, NULL);
	while (!counts[BOOTS]) /* there is a VM to act on */
		sched_yield();
	pthread_create(&t[N + 1], NULL, agent, NULL);
	pthread_create(&t[N + 2], NULL, agent, NULL);
	for (uint64_t end = test_own_ms() + ms; test_own_ms() < end;) {
		usleep(1000);
		if (until_broken && __atomic_load_n(&test_failure, __ATOMIC_SEQ_CST))
			return; /* what is left of the threads dies with the process */
	}
	finish();
	for (unsigned i = 0; i < N + 3; i++)
		pthread_join(t[i], NULL);
}

#ifndef STRESS_TEST_WRONG_VARIANT

static void invariants_hold_under_random_load(void)
{
	play(RUN_MS, false);
	for (unsigned i = 0; i < N; i++) {
		/* I3 */
		CHECK(sims[i].granted == sims[i].lives && sims[i].granted_sum == sims[i].lives_sum);
		CHECK(sims[i].lives == sims[i].ended);
	}
}

/* A stress that did nothing proves nothing. */
static void every_operation_has_had_both_outcomes(void)
{
	static const char *const names[NR_COUNTS] = { "starts",     "refused",         "suspends",
						      "denied",     "system suspends", "wakes",
						      "resets",     "boots",           "halts",
						      "checkpoints" };

	printf("#");
	for (unsigned i = 0; i < NR_COUNTS; i++) {
		printf(" %s %u", names[i], counts[i]);
		CHECK(counts[i] > 0);
	}
	printf("\n");
}

static const struct test tests[] = {
	TEST(invariants_hold_under_random_load),
	TEST(every_operation_has_had_both_outcomes),
};

TEST_MAIN(tests)

#endif
