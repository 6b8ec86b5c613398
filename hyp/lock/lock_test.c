/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/lock/rank.c hyp/lock/spinlock.c hyp/lock/mutex.c hyp/lock/console.c
 * hyp/port/host.c
 */
/* tsan */
/*
 * lock_test.c - the locks exclude, keep their order of arrival, and every misuse is caught where it
 * happens.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "lock/console.h"
#include "lock/mutex.h"
#include "lock/rank.h"
#include "lock/spinlock.h"
#include "port/host.h"
#include "port/host_test.h"

#define THREADS 4
#define ROUNDS 5000

static struct spinlock vcpu, thread, runqueue;
static struct mutex vm;

static void fresh(void)
{
	spin_init(&vcpu, RANK_VCPU);
	spin_init(&thread, RANK_THREAD);
	spin_init(&runqueue, RANK_RUNQUEUE);
	mutex_init(&vm, RANK_VM);
}

/* ---- Misuse: each of these must die ---- */

static void spin_twice(void)
{
	spin_lock(&vcpu);
	spin_lock(&vcpu);
}

static void spin_against_order(void)
{
	spin_lock(&runqueue);
	spin_lock(&thread);
}

static void spin_two_of_a_class(void)
{
	struct spinlock other;

	spin_init(&other, RANK_VCPU);
	spin_lock(&vcpu);
	spin_lock(&other);
}

static void spin_unlock_twice(void)
{
	spin_lock(&vcpu);
	spin_unlock(&vcpu);
	spin_unlock(&vcpu);
}

static void spin_unlock_the_older_first(void)
{
	spin_lock(&vcpu);
	spin_lock(&thread);
	spin_unlock(&vcpu);
}

static void spin_claimed_but_free(void)
{
	spin_assert_held(&vcpu);
}

static void mutex_twice(void)
{
	mutex_lock(&vm);
	mutex_lock(&vm);
}

static void mutex_unlock_twice(void)
{
	mutex_lock(&vm);
	mutex_unlock(&vm);
	mutex_unlock(&vm);
}

static void mutex_under_spinlock(void)
{
	spin_lock(&vcpu);
	mutex_lock(&vm);
}

static void park_under_spinlock(void)
{
	spin_lock(&vcpu);
	port_park();
}

static void sleep_under_spinlock(void)
{
	spin_lock(&runqueue);
	might_sleep();
}

static void spin_never_initialised(void)
{
	static struct spinlock zeros;

	spin_lock(&zeros);
}

static void mutex_never_initialised(void)
{
	static struct mutex zeros;

	mutex_lock(&zeros);
}

static void mutex_of_an_idle_thread(void)
{
	rank_forbid_mutexes(port_held_by_thread());
	spin_lock(&vcpu);
	spin_unlock(&vcpu);
	mutex_lock(&vm);
}

static void mutex_of_no_class(void)
{
	mutex_init(&vm, RANK_NONE);
}

static void spin_of_mutex_class(void)
{
	spin_init(&vcpu, RANK_VM);
}

static void mutex_of_spin_class(void)
{
	mutex_init(&vm, RANK_VCPU);
}

static void console_with_a_spinlock_held(void)
{
	spin_lock(&vcpu);
	console_lock();
}

static void vm_lock_under_console(void)
{
	console_lock();
	mutex_lock(&vm);
}

static void trylock_against_order(void)
{
	struct mutex other;

	mutex_init(&other, RANK_VM);
	mutex_lock(&vm);
	mutex_trylock(&other);
}

static void misuse_of_spinlocks_dies(void)
{
	fresh();
	CHECK(test_dies(spin_twice, "vcpu 0x") && test_dies(spin_twice, "taken twice"));
	CHECK(test_dies(spin_against_order,
			"thread (rank 6) taken while holding runqueue (rank 7)"));
	CHECK(test_dies(spin_two_of_a_class, "vcpu (rank 4) taken while holding vcpu (rank 4)"));
	CHECK(test_dies(spin_unlock_twice, "does not hold it"));
	CHECK(test_dies(spin_unlock_the_older_first, "has taken another since"));
	CHECK(test_dies(spin_claimed_but_free, "must be held"));
	CHECK(test_dies(spin_of_mutex_class, "not true"));
	CHECK(test_dies(spin_never_initialised, "was never initialised"));
}

static void misuse_of_mutexes_dies(void)
{
	fresh();
	CHECK(test_dies(mutex_twice, "taken twice"));
	CHECK(test_dies(mutex_unlock_twice, "does not hold it"));
	CHECK(test_dies(mutex_of_spin_class, "not true"));
	CHECK(test_dies(mutex_of_no_class, "not true"));
	CHECK(test_dies(mutex_of_an_idle_thread,
			"the mutex vm taken by a thread that cannot sleep"));
	CHECK(test_dies(mutex_never_initialised, "was never initialised"));
	CHECK(test_dies(vm_lock_under_console, "vm (rank 1) taken while holding console (rank 3)"));
	CHECK(test_dies(trylock_against_order, "vm (rank 1) taken while holding vm (rank 1)"));
}

static void sleeping_with_a_spinlock_dies(void)
{
	fresh();
	CHECK(test_dies(mutex_under_spinlock, "holds the spinlock vcpu"));
	CHECK(test_dies(sleep_under_spinlock, "holds the spinlock runqueue"));
	CHECK(test_dies(park_under_spinlock, "park with a spinlock held"));
	CHECK(test_dies(console_with_a_spinlock_held,
			"may sleep here, but this hart holds the spinlock vcpu"));
}

/* ---- Proper use ---- */

static void rising_order_is_fine(void)
{
	fresh();
	mutex_lock(&vm);
	console_lock();
	spin_lock(&vcpu);
	spin_lock(&thread);
	spin_lock(&runqueue);
	CHECK(rank_holds(port_held_by_hart(), &thread));
	CHECK(rank_holds(port_held_by_thread(), &console_lock_));
	spin_assert_held(&runqueue);
	spin_unlock(&runqueue);
	spin_unlock(&thread);
	spin_unlock(&vcpu);
	console_unlock();
	might_sleep();
	mutex_unlock(&vm);
	CHECK(port_held_by_hart()->n == 0 && port_held_by_thread()->n == 0);
}

static void trylock_takes_what_is_free(void)
{
	fresh();
	CHECK(mutex_trylock(&vm) && !mutex_trylock(&vm));
	CHECK(vm.owner == port_self() && port_held_by_thread()->n == 1);
	mutex_unlock(&vm);
	CHECK(mutex_trylock(&vm));
	mutex_unlock(&vm);
	CHECK(port_held_by_thread()->n == 0);
}

static void every_class_has_a_name(void)
{
	for (int r = 0; r < RANK_NR; r++)
		CHECK(rank_name((enum lock_rank)r) && strlen(rank_name((enum lock_rank)r)) > 1);
	CHECK(strcmp(rank_name(RANK_NR), "?") == 0);
}

static unsigned counter; /* guarded by the lock under test: TSan watches */

static void *count_with_spinlock(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		spin_lock(&vcpu);
		counter++;
		spin_unlock(&vcpu);
	}
	return NULL;
}

static void *count_with_mutex(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		mutex_lock(&vm);
		counter++;
		if (i % 64 == 0)
			sched_yield();
		mutex_unlock(&vm);
	}
	return NULL;
}

static void run_all(void *(*body)(void *))
{
	pthread_t t[THREADS];

	counter = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, body, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	CHECK(counter == THREADS * ROUNDS);
}

static void spinlock_excludes(void)
{
	fresh();
	run_all(count_with_spinlock);
}

static void spinlock_ticket_wraps(void)
{
	fresh();
	vcpu.next = vcpu.serving = UINT32_MAX - 100;
	run_all(count_with_spinlock);
	CHECK(vcpu.next == vcpu.serving);
}

static void mutex_excludes(void)
{
	fresh();
	run_all(count_with_mutex);
	CHECK(!vm.state && !vm.first && !vm.last);
}

static _Atomic int queued;
static int order[THREADS], arrived;

static void count_queued(const char *point)
{
	if (strcmp(point, "mutex_queued") == 0)
		queued++;
}

static void *queue_up(void *arg)
{
	mutex_lock(&vm);
	order[arrived++] = (int)(intptr_t)arg;
	mutex_unlock(&vm);
	return NULL;
}

static void mutex_serves_in_order_of_arrival(void)
{
	pthread_t t[THREADS];

	fresh();
	host_race_hook = count_queued;
	mutex_lock(&vm);
	for (int i = 0; i < THREADS; i++) {
		pthread_create(&t[i], NULL, queue_up, (void *)(intptr_t)i);
		while (queued <= i)
			sched_yield();
		/* a token of the owner's own is no reason for anybody to enter */
		port_unpark(vm.owner);
	}
	CHECK(arrived == 0);
	mutex_unlock(&vm);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < THREADS; i++)
		CHECK(order[i] == i);
	host_race_hook = NULL;
}

static void *hold_console(void *arg)
{
	_Atomic int *stage = arg;

	console_lock();
	*stage = 1;
	while (*stage == 1)
		sched_yield();
	console_unlock(); /* broken meanwhile, but we do hold it */
	CHECK(port_held_by_thread()->n == 0);
	return NULL;
}

static void panic_gets_past_the_console_lock(void)
{
	_Atomic int stage = 0;
	pthread_t t;

	pthread_create(&t, NULL, hold_console, &stage);
	while (stage == 0)
		sched_yield();
	console_break();
	spin_lock(&vcpu); /* a panic may come anywhere */
	console_lock(); /* would wait for ever */
	CHECK(port_held_by_thread()->n == 0 && !console_trylock());
	console_unlock();
	spin_unlock(&vcpu);
	stage = 2;
	pthread_join(t, NULL);
}

static const struct test tests[] = {
	TEST(misuse_of_spinlocks_dies), /* these fork: before any thread */
	TEST(misuse_of_mutexes_dies),
	TEST(sleeping_with_a_spinlock_dies),
	TEST(rising_order_is_fine),
	TEST(trylock_takes_what_is_free),
	TEST(every_class_has_a_name),
	TEST(spinlock_excludes),
	TEST(spinlock_ticket_wraps),
	TEST(mutex_excludes),
	TEST(mutex_serves_in_order_of_arrival),
	TEST(panic_gets_past_the_console_lock), /* for good: last */
};

TEST_MAIN(tests)
