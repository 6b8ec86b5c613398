/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c hyp/lock/rank.c hyp/lock/spinlock.c hyp/lock/mutex.c
 * hyp/lib/log.c hyp/port/host.c
 */
/*
 * mp_table_test.c - every edge of the state diagram and no other; what needs a lock refuses to go
 * on without.
 */
#include "mp/mp_table.h"
#include "mp/step.h"
#include "port/host.h"
#include "port/host_test.h"

#define N 3

static struct mp_vm vm;
static struct mp_vcpu v[N];

static void fresh(void)
{
	mp_vm_init(&vm);
	for (unsigned i = 0; i < N; i++)
		mp_vcpu_init(&v[i], &vm, i);
}

/* A running VM: vCPU 0 started, the others stopped. */
static void booted(void)
{
	uint64_t pc, arg;

	fresh();
	mp_boot(&vm, 0, 0);
	mp_started(&v[0], &pc, &arg);
}

static enum mp_state move_from, move_to;

static void make_move(void)
{
	fresh();
	v[1].state_ = (uint32_t)move_from;
	spin_lock(&v[1].lock);
	mp_set(&v[1], move_to);
	spin_unlock(&v[1].lock);
}

static void set_without_lock(void)
{
	fresh();
	mp_set(&v[1], MP_START_PENDING);
}

static void table_is_the_diagram_and_the_rest_dies(void)
{
	static const uint8_t legal[][2] = {
		{ MP_STOPPED, MP_START_PENDING },	{ MP_START_PENDING, MP_STARTED },
		{ MP_STARTED, MP_STOP_PENDING },	{ MP_STOP_PENDING, MP_STOPPED },
		{ MP_STARTED, MP_SUSPEND_PENDING },	{ MP_SUSPEND_PENDING, MP_SUSPENDED },
		{ MP_SUSPENDED, MP_RESUME_PENDING },	{ MP_RESUME_PENDING, MP_STARTED },
	};
	unsigned found = 0;

	for (unsigned from = 0; from < MP_NR_STATES; from++) {
		for (unsigned to = 0; to < MP_NR_STATES; to++) {
			bool want = false;
			char text[80];

			for (unsigned i = 0; i < ARRAY_SIZE(legal); i++)
				want |= legal[i][0] == from && legal[i][1] == to;
			move_from = (enum mp_state)from;
			move_to = (enum mp_state)to;
			CHECK(mp_legal(move_from, move_to) == want);
			if (want) {
				make_move();
				CHECK(v[1].state_ == to);
				found++;
				continue;
			}
			snprintf(text, sizeof(text), "v1: %s -> %s is not a legal move",
				 mp_state_name(move_from), mp_state_name(move_to));
			CHECK(test_dies(make_move, text));
		}
	}
	CHECK(found == ARRAY_SIZE(legal));
	CHECK(!mp_legal(MP_STOPPED, MP_NR_STATES) && !mp_legal(MP_NR_STATES, MP_STARTED));
	CHECK(strcmp(mp_state_name(MP_NR_STATES), "?") == 0);
}

static void look_without_lock(void)
{
	fresh();
	(void)mp_get(&v[1]);
}

/* The right to start is in two locks and in the phase (L6, L7). */
static void claim_without_the_mutex(void)
{
	booted();
	spin_lock(&v[1].lock);
	claim(&v[1], 0, 0);
}

static void claim_in_a_vm_that_is_ending(void)
{
	booted();
	mp_system_reset(&vm, &v[0], 0, 0);
	mutex_lock(&vm.lock);
	spin_lock(&v[1].lock);
	claim(&v[1], 0, 0);
}

static void wait_for_a_vcpu_with_the_mutex(void)
{
	booted();
	v[1].state_ = MP_STOP_PENDING;
	mutex_lock(&vm.lock);
	mp_status(&v[1]);
}

static void what_needs_a_lock_dies_without(void)
{
	CHECK(test_dies(set_without_lock, "must be held"));
	CHECK(test_dies(look_without_lock, "must be held"));
	CHECK(test_dies(claim_without_the_mutex, "not true"));
	CHECK(test_dies(claim_in_a_vm_that_is_ending, "not true"));
	CHECK(test_dies(wait_for_a_vcpu_with_the_mutex, "waits here"));
}

static const struct test tests[] = {
	TEST(table_is_the_diagram_and_the_rest_dies),
	TEST(what_needs_a_lock_dies_without),
};

TEST_MAIN(tests)
