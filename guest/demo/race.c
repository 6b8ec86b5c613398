/* SPDX-License-Identifier: MIT */
/*
 * race.c - the race of the demo: main asks for a suspend again and again
 * while the others pass the token of lib/ring.h.
 */
#include "race.h"
#include "../lib/console.h"
#include "../lib/csr.h"
#include "../lib/hart.h"
#include "../lib/ring.h"
#include "../lib/time.h"

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

	ring_start();
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
	result.passes = ring_stop();
	return result;
}
