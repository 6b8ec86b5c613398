/* SPDX-License-Identifier: MIT */
/*
 * harts.c - what two and more harts have to do with each other.
 *
 * Harts wait in WFI, not in loops: under -icount QEMU runs one at a time,
 * and a loop would use up its turn. The rows named _spin show just that.
 */
#include "bench.h"

#define ROUNDS 32
#define BUSY 500	/* rounds of the loop of a target that is running */

static u32 stop_partner;
static u64 sent_at;

static void kick(const struct hart *h)
{
	sbi_send_ipi(1, h->id);
}

/* Answer every IPI with one, until told to stop. */
static void echo(void *unused)
{
	(void)unused;
	csr_write(sie, SIP_SSIP);
	for (;;) {
		wait_soft();
		if (load_acquire(&stop_partner))
			return;
		kick(main_hart);
	}
}

static void echo_spinning(void *unused)
{
	(void)unused;
	for (;;) {
		while (!(csr_read(sip) & SIP_SSIP))
			;
		csr_clear(sip, SIP_SSIP);
		if (load_acquire(&stop_partner))
			return;
		kick(main_hart);
	}
}

/* Sleep; with each IPI compute a little, and sleep again. */
static void sleep_and_compute(void *unused)
{
	(void)unused;
	csr_write(sie, SIP_SSIP);
	while (!load_acquire(&stop_partner)) {
		u64 n = BUSY;

		wait_soft();
		__asm__ volatile("1: addi %0, %0, -1\nbnez %0, 1b" : "+r"(n));
	}
}

/* Sleep only. */
static void sleep_on(void *unused)
{
	(void)unused;
	csr_write(sie, SIP_SSIP);
	while (!load_acquire(&stop_partner))
		wait_soft();
}

/* Let main fall asleep, then say when, and wake it. */
static void wake_main(void *unused)
{
	(void)unused;
	csr_write(sie, SIP_SSIP);
	for (;;) {
		wait_soft();
		if (load_acquire(&stop_partner))
			return;
		while (sbi_hart_status(main_hart->id).value != HSM_SUSPENDED)
			wfi();
		sent_at = instret();
		kick(main_hart);
	}
}

static void start_partner(struct hart *h, hart_fn fn)
{
	store_release(&stop_partner, 0);
	hart_run(h, fn, NULL);
	/* Until it sleeps, or has had the time to. */
	csr_write(sie, SIP_STIP);
	sbi_set_timer(now() + ms_to_ticks(1));
	wfi();
	sbi_set_timer(~0ul);
	csr_write(sie, SIP_SSIP);
}

static void end_partner(struct hart *h)
{
	store_release(&stop_partner, 1);
	kick(h);
	while (sbi_hart_status(h->id).value != HSM_STOPPED)
		;
	csr_clear(sip, SIP_SSIP);
}

static void ipis(struct hart *h)
{
	start_partner(h, sleep_on);
	MEASURE_CALL("ipi_one", ROUNDS, , EID_IPI, 0, 1, h->id, 0, 0);
	MEASURE_CALL("status_other", ROUNDS, , EID_HSM, 2, h->id, 0, 0, 0);
	MEASURE_CALL("rfence_one_idle", ROUNDS, , EID_RFENCE, 1, 1, h->id, 0,
		     4096);
	MEASURE_CALL("fence_i_one_idle", ROUNDS, , EID_RFENCE, 0, 1, h->id, 0,
		     0);
	end_partner(h);
	start_partner(h, sleep_and_compute);
	/* The loop of the target, 2 * BUSY, is in the number. */
	MEASURE_CALL("rfence_one_busy", ROUNDS, kick(h), EID_RFENCE, 1, 1,
		     h->id, 0, 4096);
	end_partner(h);
	start_partner(h, echo);
	MEASURE("ipi_ping_pong_wfi", ROUNDS, , kick(h); wait_soft(), );
	end_partner(h);
	start_partner(h, echo_spinning);
	MEASURE("ipi_ping_pong_spin", 2, , kick(h); wait_soft(), );
	end_partner(h);
	start_partner(h, wake_main);
	MEASURE("suspend_ipi_wake", ROUNDS, kick(h),
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0); i0_ = sent_at,
		csr_clear(sip, SIP_SSIP));
	end_partner(h);
}

static void all_harts(void)
{
	u64 mask = 0, two = 0;

	if (hart_count > 4)
		return;
	store_release(&stop_partner, 0);
	for_each_other(h) {
		start_partner(h, sleep_on);
		two = mask;
		mask |= hart_bit(h);
	}
	/* All but the last: whoever is not meant sleeps on. */
	if (hart_count == 4)
		MEASURE_CALL("ipi_two", ROUNDS, , EID_IPI, 0, two, 0, 0, 0);
	MEASURE_CALL("ipi_all", ROUNDS, , EID_IPI, 0, mask, 0, 0, 0);
	MEASURE_CALL("rfence_all_idle", ROUNDS, , EID_RFENCE, 1, mask, 0, 0,
		     4096);
	for_each_other(h)
		end_partner(h);
}

static void starts(struct hart *h)
{
	struct start_note note = { 0, 1, main_hart->id };

	csr_write(sie, SIP_SSIP);
	MEASURE("start_to_first", ROUNDS, ,
		sbi_hart_start(h->id, note_and_stop, (u64)&note); wait_soft(),
		i1_ = note.word;
		while (sbi_hart_status(h->id).value != HSM_STOPPED));
	MEASURE("start_stop_cycle", ROUNDS, ,
		sbi_hart_start(h->id, note_and_stop, (u64)&note);
		wait_soft();
		while (sbi_hart_status(h->id).value != HSM_STOPPED), );
	MEASURE("start_call", ROUNDS, ,
		sbi_hart_start(h->id, note_and_stop, (u64)&note),
		wait_soft();
		while (sbi_hart_status(h->id).value != HSM_STOPPED));
}

void bench_harts(void)
{
	struct hart *h = other_hart(0);

	if (!h) {
		bench_skip("harts", "there is one only");
		return;
	}
	MEASURE_CALL("status_stopped", ROUNDS, , EID_HSM, 2, h->id, 0, 0, 0);
	MEASURE_CALL("rfence_one_stopped", ROUNDS, , EID_RFENCE, 1, 1, h->id,
		     0, 4096);
	starts(h);
	ipis(h);
	all_harts();
	csr_write(sie, 0);
}
