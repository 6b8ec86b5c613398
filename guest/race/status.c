/* SPDX-License-Identifier: MIT */
/*
 * status.c - attacks on HART_GET_STATUS: states that cannot be, seen while
 * harts start, stop and sleep.
 */
#include "race.h"

#define ILLEGAL 7	/* index of: an error, or a number that is no state */

static struct {
	struct hart *target;
	u32 over, leave;
	u64 seen[8];
} watch;

static void watcher(void *arg)
{
	(void)arg;
	while (!load_acquire(&watch.over)) {
		struct sbi_ret r = sbi_hart_status(watch.target->id);

		watch.seen[r.error || r.value > 6 ? ILLEGAL : r.value]++;
		if (sbi_hart_status(hart_self()->id).value != HSM_STARTED)
			violation("a hart that asks about itself is not STARTED");
	}
}

static void judge_seen(u32 allowed)
{
	for (u32 s = 0; s < 8; s++)
		if (watch.seen[s] && !(allowed >> s & 1))
			violation("%s seen %lu times", s == ILLEGAL ?
				  "no state at all" : hsm_state_name(s),
				  watch.seen[s]);
}

static u64 total_seen(void)
{
	u64 n = 0;

	for (u32 s = 0; s < 8; s++)
		n += watch.seen[s];
	return n;
}

static void until_told(void *arg)
{
	(void)arg;
	while (!load_acquire(&watch.leave))
		cpu_relax();
}

TEST(status_of_starter, "started and not yet told to stop is never STOPPED; no sleep state is seen")
{
	u64 end = attack_end(), rounds = 0;

	NEED_HARTS(3);
	memset(&watch, 0, sizeof(watch));
	watch.target = other_hart(0);
	attack_begin();
	hart_run(other_hart(1), watcher, NULL);
	for (; now() < end; rounds++) {
		u64 s;

		watch.leave = 0;
		hart_run(watch.target, until_told, NULL);
		s = sbi_hart_status(watch.target->id).value;
		if (s != HSM_STARTED && s != HSM_START_PENDING)
			violation("right after its start it is %s",
				  hsm_state_name(s));
		store_release(&watch.leave, 1);
		CHECK(hart_wait_stopped(watch.target, PATIENCE_MS));
	}
	store_release(&watch.over, 1);
	harts_join();
	judge_seen(1 << HSM_STARTED | 1 << HSM_STOPPED |
		   1 << HSM_START_PENDING | 1 << HSM_STOP_PENDING);
	attack_report("status_of_starter", "%lu lives, %lu looks", rounds,
		      total_seen());
}

static void dozer(void *arg)
{
	u64 end = *(u64 *)arg;

	irq_off();
	csr_write(sie, SIP_STIP);
	while (now() < end) {
		sbi_set_timer(now() + ms_to_ticks(1) / 4);
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	}
	sbi_set_timer(~0ul);
	/* Stay until nobody looks any more. */
	while (!load_acquire(&watch.leave))
		cpu_relax();
}

TEST(status_of_sleeper, "a hart that falls asleep and wakes is never seen stopping or starting")
{
	static u64 end;

	NEED_HARTS(3);
	memset(&watch, 0, sizeof(watch));
	watch.target = other_hart(0);
	end = attack_end();
	attack_begin();
	hart_run(watch.target, dozer, &end);
	CHECK_WAIT(load_acquire(&watch.target->up));
	hart_run(other_hart(1), watcher, NULL);
	while (now() < end)
		cpu_relax();
	store_release(&watch.over, 1);
	CHECK(hart_wait_stopped(other_hart(1), PATIENCE_MS));
	store_release(&watch.leave, 1);
	harts_join();
	judge_seen(1 << HSM_STARTED | 1 << HSM_SUSPENDED |
		   1 << HSM_SUSPEND_PENDING | 1 << HSM_RESUME_PENDING);
	attack_report("status_of_sleeper", "%lu looks, %lu at it asleep",
		      total_seen(), watch.seen[HSM_SUSPENDED]);
}
