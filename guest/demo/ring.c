/* SPDX-License-Identifier: MIT */
/*
 * ring.c - the token ring and the hart that tries to suspend it.
 *
 * The holder of the token starts the next hart and only then stops itself.
 * So at every instant one of them is not STOPPED, and the SBI must answer
 * every single SYSTEM_SUSPEND with DENIED (SBI 3.0 section 13.1). There is
 * no timing in this judgement: one success is a bug.
 */
#include "ring.h"
#include "../lib/console.h"
#include "../lib/csr.h"
#include "../lib/hart.h"
#include "../lib/atomic.h"
#include "../lib/time.h"

static u32 ring_over;	/* set by main: whoever holds the token, stop */
static u64 ring_passes;

static struct hart *after(struct hart *h)
{
	do {
		h = h + 1 < harts + hart_count ? h + 1 : harts;
	} while (h == main_hart);
	return h;
}

/* I have the token. Hand it on, then stop (by returning). */
static void hold_token(void *arg)
{
	struct hart *next = after(hart_self());

	(void)arg;
	add_fetch(&ring_passes, 1);
	while (!load_acquire(&ring_over)) {
		/* Alone in the ring: keep the token and stay awake. */
		if (next == hart_self()) {
			cpu_relax();
			continue;
		}
		/* The next one may still be on its way to STOPPED: retry. */
		hart_prepare(next, hold_token, NULL);
		if (!sbi_hart_start(next->id, hart_entry_a, 0).error)
			return;
		cpu_relax();
	}
}

static void report_wrong(bool resumed, struct sbi_ret r)
{
	if (!resumed) {
		print("   WRONG: suspend answered %ld %s\n", r.error,
		      sbi_error_name(r.error));
		return;
	}
	print("   WRONG: the system was suspended although it was busy!\n");
	for_each_other(h)
		print("          hart %lu is %s\n", h->id,
		      hsm_state_name(sbi_hart_status(h->id).value));
}

struct race_result run_race(u64 ms)
{
	struct race_result result = { 0 };
	u64 end = after_ms(ms);

	ring_over = 0;
	ring_passes = 0;
	hart_run(after(main_hart), hold_token, NULL);
	/* If a suspend succeeds against the rules, the timer ends it. */
	irq_off();
	csr_write(sie, SIP_STIP);
	sbi_set_timer(end);
	while (now() < end) {
		struct sbi_ret r = { 0 };
		bool resumed = system_suspend_to(0, hart_resume_a, 0, &r);

		if (!resumed && r.error == SBI_DENIED) {
			result.denied++;
			continue;
		}
		if (result.wrong++ < 3)
			report_wrong(resumed, r);
	}
	sbi_set_timer(~0ul);
	store_release(&ring_over, 1);
	harts_join();
	result.passes = load_acquire(&ring_passes);
	return result;
}
