/* SPDX-License-Identifier: MIT */
/*
 * reset.c - attacks on SYSTEM_RESET. They reboot the machine, so they run
 * only when selected: test=srst_storm or test=srst_together, resets=N.
 * What has been done so far lives in the note above the image.
 */
#include "../lib/survivor.h"
#include "race.h"

#define PHASE_STORM	0x57a70001
#define PHASE_TOGETHER	0x57a70002
#define DONE		0	/* resets asked for */
#define BOOTS		1	/* boots since the first */
#define BAD		2	/* violations in boots before */

static struct survivor note;

/* Each hart beats, and starts whoever it finds, until the reset. */
static void pulse(void *arg)
{
	volatile u64 *beat = survivor_pulse(hart_self()->index);

	(void)arg;
	for (;;) {
		struct hart *h = harts + (u64)*beat % hart_count;

		(*beat)++;
		if (h == main_hart || h == hart_self())
			continue;
		h->fn = pulse;
		sbi_hart_start(h->id, hart_entry_a, 0);
		if (*beat % 8 == 7)
			return;
	}
}

/* What every boot must find: the others stopped, and silent. */
static void judge_boot(void)
{
	static u32 fresh = 0x12345;	/* in .data: the loader restores it */
	u64 before[MAX_HARTS];

	if (note.count[BOOTS] != note.count[DONE])
		violation("%lu resets, %lu boots", note.count[DONE],
			  note.count[BOOTS]);
	if (fresh != 0x12345)
		violation("the image was not loaded afresh");
	fresh = 0;
	for (u32 i = 0; i < hart_count; i++)
		before[i] = *survivor_pulse(i);
	for_each_other(h)
		if (sbi_hart_status(h->id).value != HSM_STOPPED)
			violation("hart %lu is not STOPPED after a reset", h->id);
	delay_ms(20);
	for (u32 i = 0; i < hart_count; i++)
		if (before[i] != *survivor_pulse(i))
			violation("hart index %u runs on after a reset", i);
}

/* The note of this attack, or a new one; then judge this boot. */
static u64 begin(u64 phase)
{
	attack_begin();
	if (survivor_load(&note) && note.phase == phase)
		note.count[BOOTS]++;
	else
		note = (struct survivor){ .phase = phase };
	judge_boot();
	return boot_number("resets", 20);
}

static void count_reset(void)
{
	note.count[DONE]++;
	note.count[BAD] += attack_violations();
	survivor_save(&note);
}

/* The last boot: what was seen in the ones before counts as well. */
static void finish(void)
{
	survivor_clear();
	if (note.count[BAD])
		violation("%lu more in the boots before", note.count[BAD]);
}

static NORETURN void reset_now(void)
{
	struct sbi_ret r = sbi_reset(note.count[DONE] & 1 ? SRST_COLD_REBOOT :
				     SRST_WARM_REBOOT, SRST_REASON_NONE);

	print("  violation: a reset returned %s\n", sbi_error_name(r.error));
	for (;;)
		wfi();
}

TEST_MANUAL(srst_storm, "a reset amid starts and stops: one boot each, and nobody left running")
{
	u64 wanted = begin(PHASE_STORM);

	if (note.count[DONE] < wanted) {
		/* Who runs already was started by another; all run the same. */
		for_each_other(h) {
			h->fn = pulse;
			fence_all();
			sbi_hart_start(h->id, hart_entry_a, 0);
		}
		delay_ms(1 + test_random() % 20);
		count_reset();
		reset_now();
	}
	finish();
	attack_report("srst_storm", "%lu resets, %lu boots", note.count[DONE],
		      note.count[BOOTS]);
}

static u32 lined_up;

static void reset_with_all(void *arg)
{
	(void)arg;
	add_fetch(&lined_up, 1);
	while (load_acquire(&lined_up) < hart_count)
		cpu_relax();
	reset_now();
}

TEST_MANUAL(srst_together, "all harts reset at once: one boot for all of them")
{
	u64 wanted = begin(PHASE_TOGETHER);

	if (note.count[DONE] < wanted) {
		count_reset();
		for_each_other(h)
			hart_run(h, reset_with_all, NULL);
		reset_with_all(NULL);
	}
	finish();
	attack_report("srst_together", "%lu resets by %lu harts each, %lu boots",
		      note.count[DONE], hart_count, note.count[BOOTS]);
}
