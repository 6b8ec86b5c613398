/* SPDX-License-Identifier: MIT */
/*
 * reset_real.c - resets that really happen. All of them run only when
 * selected by name (test=reboot, or test=reset_storm, ...), and need a
 * machine that may reboot (QEMU without -no-reboot). Their state lives in
 * the survivor note, above the image.
 */
#include "../lib/survivor.h"
#include "../lib/test.h"

enum phase {
	PHASE_REBOOT = 0x7e57001,
	PHASE_STORM,
	PHASE_PULSE,
};

#define NOTE_DONE 0	/* index of: resets done */
#define NOTE_WANTED 1
#define NOTE_BOOTS 2	/* boots seen since the first */

/* The note of this test, or a new one. True when this is a later boot. */
static bool resume_note(struct survivor *s, u64 phase, u64 wanted)
{
	if (survivor_load(s) && s->phase == phase) {
		s->count[NOTE_BOOTS]++;
		survivor_save(s);
		return true;
	}
	*s = (struct survivor){ .phase = phase };
	s->count[NOTE_WANTED] = wanted;
	survivor_save(s);
	return false;
}

static void check_fresh_boot(const struct survivor *s)
{
	CHECK_EQ(s->count[NOTE_BOOTS], s->count[NOTE_DONE]);
	CHECK_EQ(main_hart->entry.satp, 0);
	CHECK_EQ(main_hart->entry.sstatus & SSTATUS_SIE, 0);
	for_each_other(h)
		CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
}

static void reboot_now(struct survivor *s)
{
	s->count[NOTE_DONE]++;
	survivor_save(s);
	CHECK_ERR(sbi_reset(s->count[NOTE_DONE] & 1 ? SRST_COLD_REBOOT :
			    SRST_WARM_REBOOT, SRST_REASON_NONE), SBI_SUCCESS);
	FAIL_TEST("the reset returned");
}

TEST_MANUAL(reboot, "a hundred reboots, each to a fresh image")
{
	static u32 fresh = 0x12345;	/* in .data: the loader restores it */
	struct survivor s;

	resume_note(&s, PHASE_REBOOT, scaled(100));
	CHECK_EQ(fresh, 0x12345);
	fresh = 0;
	check_fresh_boot(&s);
	if (s.count[NOTE_DONE] < s.count[NOTE_WANTED])
		reboot_now(&s);
	survivor_clear();
}

static u32 line_up;

static void reset_together(void *arg)
{
	(void)arg;
	add_fetch(&line_up, 1);
	while (load_acquire(&line_up) < hart_count)
		cpu_relax();
	sbi_reset(SRST_COLD_REBOOT, SRST_REASON_NONE);
	for (;;)
		wfi();
}

TEST_MANUAL(reset_together, "all harts reset at once: one reboot each time")
{
	struct survivor s;

	resume_note(&s, PHASE_STORM, scaled(20));
	check_fresh_boot(&s);
	if (s.count[NOTE_DONE] < s.count[NOTE_WANTED]) {
		s.count[NOTE_DONE]++;
		survivor_save(&s);
		for_each_other(h)
			hart_run(h, reset_together, NULL);
		reset_together(NULL);
	}
	survivor_clear();
}

static void one_pulse(void *arg);

static u32 storm;	/* both that raise it are there: from now on they start each other */

/* Beat, and start whoever is stopped, until the reset stops it all. */
static void pulse(void *arg)
{
	volatile u64 *beat = survivor_pulse(hart_self()->index);

	(void)arg;
	while (!load_acquire(&storm))
		cpu_relax();
	for (;;) {
		struct hart *h = harts + (u64)*beat % hart_count;

		(*beat)++;
		if (h != main_hart && h != hart_self()) {
			h->fn = one_pulse;
			sbi_hart_start(h->id, hart_entry_a, 0);
		}
	}
}

static void one_pulse(void *arg)
{
	(void)arg;
	(*survivor_pulse(hart_self()->index))++;
}

static bool pulses_still(void)
{
	u64 before[MAX_HARTS];

	for (u32 i = 0; i < hart_count; i++)
		before[i] = *survivor_pulse(i);
	delay_ms(100);
	for (u32 i = 0; i < hart_count; i++)
		if (before[i] != *survivor_pulse(i))
			return false;
	return true;
}

TEST_MANUAL(reset_storm, "a reset amid starts and stops leaves nobody running")
{
	struct survivor s;

	NEED_HARTS(2);
	resume_note(&s, PHASE_PULSE, scaled(20));
	check_fresh_boot(&s);
	CHECK(pulses_still());
	if (s.count[NOTE_DONE] < s.count[NOTE_WANTED]) {
		hart_run(other_hart(0), pulse, NULL);
		if (hart_count > 2)
			hart_run(other_hart(1), pulse, NULL);
		store_release(&storm, 1);
		delay_ms(5 + s.count[NOTE_DONE]);
		reboot_now(&s);
	}
	survivor_clear();
}

TEST_MANUAL(shutdown_storm, "a shutdown amid starts and stops (no verdict)")
{
	NEED_HARTS(2);
	hart_run(other_hart(0), pulse, NULL);
	delay_ms(20);
	print("PASS shutdown_storm when the machine is off now\n");
	sbi_reset(SRST_SHUTDOWN, SRST_REASON_NONE);
	FAIL_TEST("the shutdown returned");
}

TEST_MANUAL(shutdown_failure, "a shutdown for a failure (no verdict)")
{
	print("PASS shutdown_failure when the host reports a failure now\n");
	sbi_reset(SRST_SHUTDOWN, SRST_REASON_FAILURE);
	FAIL_TEST("the shutdown returned");
}
