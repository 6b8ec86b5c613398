/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c hyp/lock/rank.c hyp/lock/spinlock.c hyp/lock/mutex.c
 * hyp/lib/log.c hyp/port/host.c
 */
/*
 * mp_test.c - every answer of every operation, and every misuse; one thread plays all vCPUs.
 */
#include "mp/mp.h"
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

static bool is(struct mp_result r, long error, enum mp_action action, struct mp_vcpu *target)
{
	bool same = r.error == error && r.action == action && r.target == target;

	if (!same)
		printf("# error %d action %d target %p\n", r.error, (int)r.action,
		       (void *)r.target);
	return same;
}

/* @i enters what it was last started with. */
static void enter(unsigned i, uint64_t pc, uint64_t arg)
{
	uint64_t p, a;

	mp_started(&v[i], &p, &a);
	CHECK(p == pc && a == arg);
	CHECK(mp_status(&v[i]) == MP_STARTED);
}

/* A running VM: vCPU 0 started, the others stopped. */
static void booted(void)
{
	fresh();
	CHECK(is(mp_boot(&vm, 0x80200000, 7), MP_OK, MP_LAUNCH, &v[0]));
	enter(0, 0x80200000, 7);
}

static void start(unsigned by, unsigned i)
{
	CHECK(is(mp_hart_start(&v[by], &v[i], 0x1000 + i, i), MP_OK, MP_LAUNCH, &v[i]));
	enter(i, 0x1000 + i, i);
}

static struct mp_result stop(unsigned i)
{
	mp_hart_stop(&v[i]);
	return mp_stopped(&v[i]);
}

/* ---- Misuse by the layers above ---- */

static void stop_twice(void)
{
	booted();
	mp_hart_stop(&v[0]);
	mp_hart_stop(&v[0]);
}

static void enter_without_start(void)
{
	uint64_t pc, arg;

	booted();
	mp_started(&v[1], &pc, &arg);
}

static void resume_without_suspend(void)
{
	uint64_t pc, arg;

	booted();
	mp_resume(&v[0], &pc, &arg);
}

static void boot_a_running_vm(void)
{
	booted();
	mp_boot(&vm, 0, 0);
}

static void boot_before_all_have_stopped(void)
{
	booted();
	mp_system_reset(&vm, &v[0], 0, 0);
	mp_boot(&vm, 0, 0);
}

static void act_under_a_spinlock(void)
{
	booted();
	spin_lock(&v[1].lock);
	mp_hart_start(&v[0], &v[2], 0, 0);
}

static void start_while_suspended(void)
{
	booted();
	mp_system_suspend(&v[0], 0, 0);
	mp_hart_start(&v[0], &v[1], 0, 0);
}

static void add_vcpu_out_of_order(void)
{
	fresh();
	mp_vcpu_init(&v[0], &vm, 7);
}

static void misuse_dies(void)
{
	CHECK(test_dies(stop_twice, "STOP_PENDING -> STOP_PENDING"));
	CHECK(test_dies(enter_without_start, "STOPPED -> STARTED"));
	CHECK(test_dies(resume_without_suspend, "STARTED -> RESUME_PENDING"));
	CHECK(test_dies(boot_a_running_vm, "not true"));
	CHECK(test_dies(boot_before_all_have_stopped, "not true"));
	CHECK(test_dies(act_under_a_spinlock, "may sleep"));
	CHECK(test_dies(start_while_suspended, "not true"));
	CHECK(test_dies(add_vcpu_out_of_order, "not true"));
}

/* ---- HART_START, HART_STOP, status ---- */

static void nobody_can_be_started_before_boot(void)
{
	fresh();
	CHECK(mp_phase_hint(&vm) == MP_RESETTING && vm.live == 0);
	for (unsigned i = 0; i < N; i++)
		CHECK(mp_status(&v[i]) == MP_STOPPED);
	CHECK(is(mp_hart_start(NULL, &v[1], 0, 0), MP_ERR_DENIED, MP_NOTHING, NULL));
	CHECK(is(mp_system_reset(&vm, NULL, 0, 0), MP_OK, MP_NOTHING, NULL));
}

static void start_then_stop_walks_the_states(void)
{
	booted();
	CHECK(vm.live == 1);
	CHECK(is(mp_hart_start(&v[0], &v[1], 0xabc, 5), MP_OK, MP_LAUNCH, &v[1]));
	CHECK(mp_status(&v[1]) == MP_START_PENDING && vm.live == 2);
	enter(1, 0xabc, 5);
	mp_hart_stop(&v[1]);
	CHECK(v[1].state_ == MP_STOP_PENDING && vm.live == 2);
	CHECK(is(mp_stopped(&v[1]), MP_OK, MP_NOTHING, NULL));
	CHECK(mp_status(&v[1]) == MP_STOPPED && vm.live == 1);
}

/* Starting a target in any state but STOPPED is ALREADY_AVAILABLE and leaves no trace in it. */
static void refused_start_writes_nothing(void)
{
	static const enum mp_state states[] = { MP_STARTED, MP_START_PENDING, MP_SUSPENDED,
						MP_SUSPEND_PENDING, MP_RESUME_PENDING };

	for (unsigned i = 0; i < ARRAY_SIZE(states); i++) {
		booted();
		start(0, 1);
		v[1].state_ = states[i];
		v[1].irq_posted = 0x222;
		CHECK(is(mp_hart_start(&v[0], &v[1], 0xbad, 0xbad), MP_ERR_ALREADY_AVAILABLE,
			 MP_NOTHING, NULL));
		CHECK(v[1].entry_pc_ == 0x1001 && v[1].entry_arg_ == 1 && v[1].irq_posted == 0x222);
		CHECK(v[1].state_ == (uint32_t)states[i] && vm.live == 2);
	}
	booted();
	CHECK(is(mp_hart_start(&v[0], &v[0], 0, 0), MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL));
}

/*
 * A vCPU of the VM and an agent outside may both start; the outsider is told no when the VM does
 * not run.
 */
static void outside_start_needs_a_running_vm(void)
{
	booted();
	CHECK(is(mp_hart_start(NULL, &v[2], 1, 2), MP_OK, MP_LAUNCH, &v[2]));
	enter(2, 1, 2);
	CHECK(is(mp_hart_start(NULL, &v[2], 1, 2), MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL));
	stop(2);
	mp_system_suspend(&v[0], 0, 0);
	CHECK(is(mp_hart_start(NULL, &v[2], 1, 2), MP_ERR_DENIED, MP_NOTHING, NULL));
	CHECK(is(mp_system_reset(&vm, NULL, 1, 0), MP_OK, MP_QUIESCE, NULL));
	CHECK(is(mp_hart_start(NULL, &v[2], 1, 2), MP_ERR_DENIED, MP_NOTHING, NULL));
	CHECK(mp_status(&v[2]) == MP_STOPPED);
}

static void start_forgets_interrupts_of_the_last_life(void)
{
	booted();
	mp_post_irq(&v[1], 4); /* to a stopped vCPU */
	CHECK(is(mp_hart_start(&v[0], &v[1], 0, 0), MP_OK, MP_LAUNCH, &v[1]));
	CHECK(mp_take_irqs(&v[1]) == 0);
	mp_post_irq(&v[1], 2); /* between START and first entry: kept */
	mp_post_irq(&v[1], 8);
	enter(1, 0, 0);
	CHECK(mp_take_irqs(&v[1]) == 10 && mp_take_irqs(&v[1]) == 0);
}

/* ---- HART_SUSPEND ---- */

static void hart_suspend_resumes_where_it_said(void)
{
	uint64_t pc, arg;

	booted();
	mp_hart_suspend(&v[0], 0x2000, 9);
	CHECK(mp_status(&v[0]) == MP_SUSPENDED && mp_phase_hint(&vm) == MP_RUN && vm.live == 1);
	CHECK(!mp_wake_asked(&v[0]) && !mp_must_stop(&v[0]));
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_NOTHING, NULL)); /* that is for system suspends */
	mp_resume(&v[0], &pc, &arg);
	CHECK(pc == 0x2000 && arg == 9 && mp_status(&v[0]) == MP_STARTED);
}

/* ---- SYSTEM_SUSPEND ---- */

static void system_suspend_denied_unless_all_others_are_stopped(void)
{
	for (unsigned s = 0; s < MP_NR_STATES; s++) {
		for (unsigned who = 1; who < N; who++) {
			booted();
			start(0, who);
			v[who].state_ = s;
			if (s == MP_STOPPED) {
				vm.live--;
				CHECK(is(mp_system_suspend(&v[0], 1, 2), MP_OK, MP_SLEEP, NULL));
				CHECK(mp_phase_hint(&vm) == MP_SUSPENDED_VM &&
				      vm.suspender_ == &v[0]);
				continue;
			}
			CHECK(is(mp_system_suspend(&v[0], 1, 2), MP_ERR_DENIED, MP_NOTHING, NULL));
			CHECK(mp_phase_hint(&vm) == MP_RUN && !vm.suspender_ &&
			      mp_status(&v[0]) == MP_STARTED);
		}
	}
}

static void system_suspend_then_resume(void)
{
	uint64_t pc, arg;

	booted();
	start(0, 1);
	stop(0);
	/* not only vCPU 0 may */
	CHECK(is(mp_system_suspend(&v[1], 0x3000, 11), MP_OK, MP_SLEEP, NULL));
	CHECK(mp_status(&v[1]) == MP_SUSPENDED && vm.live == 1 && !mp_must_stop(&v[1]));
	mp_resume(&v[1], &pc, &arg);
	CHECK(pc == 0x3000 && arg == 11 && mp_status(&v[1]) == MP_STARTED);
	CHECK(mp_phase_hint(&vm) == MP_RUN && !vm.suspender_);
	start(1, 2); /* and life goes on */
}

static void wake_is_for_the_suspender_and_this_suspend(void)
{
	uint64_t pc, arg;

	booted();
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_NOTHING, NULL));
	mp_system_suspend(&v[0], 1, 2);
	CHECK(!mp_wake_asked(&v[0]));
	CHECK(mp_settle(&vm) == MP_ASLEEP);
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_WAKE, &v[0]));
	/* a second one before it resumes changes nothing */
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_WAKE, &v[0]));
	CHECK(mp_wake_asked(&v[0]) && mp_status(&v[0]) == MP_SUSPENDED);
	mp_resume(&v[0], &pc, &arg);
	CHECK(!mp_wake_asked(&v[0]));
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_NOTHING, NULL));
	mp_system_suspend(&v[0], 1, 2);
	CHECK(!mp_wake_asked(&v[0]));
}

/* The agent sees one suspend, and while it makes up its mind that one ends and the next begins. */
static void wake_decided_for_one_suspend_does_not_end_the_next(void)
{
	uint64_t pc, arg;

	booted();
	mp_system_suspend(&v[0], 1, 2);
	CHECK(mp_settle(&vm) == MP_ASLEEP);
	mp_resume(&v[0], &pc, &arg);
	mp_system_suspend(&v[0], 3, 4);
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_NOTHING, NULL));
	CHECK(!mp_wake_asked(&v[0]) && mp_phase_hint(&vm) == MP_SUSPENDED_VM);
	CHECK(mp_settle(&vm) == MP_ASLEEP);
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_WAKE, &v[0]));
}

static void reset_of_a_suspended_vm_outlives_the_resume(void)
{
	uint64_t pc, arg;

	booted();
	mp_system_suspend(&v[0], 1, 2);
	mp_system_wake(&vm);
	CHECK(is(mp_system_reset(&vm, NULL, 1, 0), MP_OK, MP_QUIESCE, NULL));
	CHECK(mp_must_stop(&v[0]));
	mp_resume(&v[0], &pc, &arg);
	CHECK(mp_phase_hint(&vm) == MP_RESETTING && mp_must_stop(&v[0]));
	CHECK(is(stop(0), MP_OK, MP_SETTLE, NULL));
	CHECK(mp_settle(&vm) == MP_RESET);
}

/* ---- SYSTEM_RESET and the keeper ---- */

static void reset_first_caller_wins(void)
{
	booted();
	start(0, 1);
	CHECK(is(mp_system_reset(&vm, &v[1], 2, 3), MP_OK, MP_QUIESCE, NULL));
	CHECK(is(mp_system_reset(&vm, &v[0], 0, 0), MP_OK, MP_CHECKPOINT, NULL));
	CHECK(is(mp_system_reset(&vm, NULL, 0, 0), MP_OK, MP_NOTHING, NULL));
	CHECK(vm.reset_type == 2 && vm.reset_reason == 3);
	CHECK(mp_must_stop(&v[0]) && mp_must_stop(&v[1]));
}

static void after_a_reset_nothing_but_checkpoints(void)
{
	booted();
	start(0, 1);
	mp_system_reset(&vm, &v[1], 0, 0);
	CHECK(is(mp_hart_start(&v[0], &v[2], 1, 2), MP_OK, MP_CHECKPOINT, NULL));
	CHECK(is(mp_system_suspend(&v[0], 1, 2), MP_OK, MP_CHECKPOINT, NULL));
	CHECK(is(mp_system_wake(&vm), MP_OK, MP_NOTHING, NULL));
	CHECK(mp_status(&v[2]) == MP_STOPPED);
	CHECK(mp_settle(&vm) == MP_STILL_RUNNING);
	CHECK(is(stop(1), MP_OK, MP_NOTHING, NULL));
	CHECK(mp_settle(&vm) == MP_STILL_RUNNING);
	CHECK(is(stop(0), MP_OK, MP_SETTLE, NULL));
	CHECK(mp_settle(&vm) == MP_RESET && mp_phase_hint(&vm) == MP_RESETTING);
}

static void reboot_and_shutdown(void)
{
	booted();
	mp_system_reset(&vm, &v[0], 1, 0);
	stop(0);
	CHECK(mp_settle(&vm) == MP_RESET);
	CHECK(is(mp_boot(&vm, 0x5000, 6), MP_OK, MP_LAUNCH, &v[0]));
	CHECK(mp_phase_hint(&vm) == MP_RUN && mp_settle(&vm) == MP_STILL_RUNNING);
	enter(0, 0x5000, 6);
	start(0, 2);
	mp_system_reset(&vm, &v[2], 0, 1);
	stop(0);
	stop(2);
	CHECK(mp_settle(&vm) == MP_RESET && vm.reset_type == 0 && vm.reset_reason == 1);
	mp_kill(&vm);
	CHECK(mp_phase_hint(&vm) == MP_DEAD && mp_settle(&vm) == MP_STILL_RUNNING);
	CHECK(is(mp_hart_start(NULL, &v[0], 0, 0), MP_ERR_DENIED, MP_NOTHING, NULL));
	CHECK(is(mp_system_reset(&vm, NULL, 0, 0), MP_OK, MP_NOTHING, NULL));
}

static void last_stop_halts(void)
{
	booted();
	start(0, 1);
	CHECK(is(stop(0), MP_OK, MP_NOTHING, NULL));
	CHECK(is(stop(1), MP_OK, MP_SETTLE, NULL));
	CHECK(mp_settle(&vm) == MP_HALTED && mp_phase_hint(&vm) == MP_DEAD);
	CHECK(mp_settle(&vm) == MP_STILL_RUNNING); /* told once */
}

/* An outside start or reset may come between the last stop and the keeper's look. */
static void settle_decides_by_what_is_true_then(void)
{
	booted();
	CHECK(is(stop(0), MP_OK, MP_SETTLE, NULL));
	CHECK(is(mp_hart_start(NULL, &v[1], 1, 2), MP_OK, MP_LAUNCH, &v[1]));
	CHECK(mp_settle(&vm) == MP_STILL_RUNNING && mp_phase_hint(&vm) == MP_RUN);
	enter(1, 1, 2);
	CHECK(is(stop(1), MP_OK, MP_SETTLE, NULL));
	CHECK(is(mp_system_reset(&vm, NULL, 1, 0), MP_OK, MP_QUIESCE, NULL));
	CHECK(mp_settle(&vm) == MP_RESET);
}

static const struct test tests[] = {
	TEST(misuse_dies),
	TEST(nobody_can_be_started_before_boot),
	TEST(start_then_stop_walks_the_states),
	TEST(refused_start_writes_nothing),
	TEST(outside_start_needs_a_running_vm),
	TEST(start_forgets_interrupts_of_the_last_life),
	TEST(hart_suspend_resumes_where_it_said),
	TEST(system_suspend_denied_unless_all_others_are_stopped),
	TEST(system_suspend_then_resume),
	TEST(wake_is_for_the_suspender_and_this_suspend),
	TEST(wake_decided_for_one_suspend_does_not_end_the_next),
	TEST(reset_of_a_suspended_vm_outlives_the_resume),
	TEST(reset_first_caller_wins),
	TEST(after_a_reset_nothing_but_checkpoints),
	TEST(reboot_and_shutdown),
	TEST(last_stop_halts),
	TEST(settle_decides_by_what_is_true_then),
};

TEST_MAIN(tests)
