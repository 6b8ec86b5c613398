/* SPDX-License-Identifier: MIT */
/*
 * many.c - what grows with the number of harts, and who gets how much of
 * them when there are fewer real ones.
 */
#include "bench.h"

static struct start_note note;

/* Start all others; each counts itself and stops, the last wakes us. */
static void start_all(void)
{
	note.word = hart_count - 1;
	note.mask = 1;
	note.base = main_hart->id;
	fence_all();
	for_each_other(h)
		sbi_hart_start(h->id, count_and_stop, (u64)&note);
	wait_soft();
}

static void all_stopped(void)
{
	for_each_other(h)
		while (sbi_hart_status(h->id).value != HSM_STOPPED)
			wfi();
}

void bench_growth(void)
{
	struct sbi_ret r;

	csr_write(sie, SIP_SSIP);
	MEASURE_CALL("growth_null_call", 8, , EID_BASE, 0, 0, 0, 0, 0);
	if (hart_count > 1)
		MEASURE("growth_start_all", 5, , start_all(), all_stopped());
	if (sbi_probe(EID_SUSP))
		MEASURE("growth_susp", 5, csr_set(sip, SIP_SSIP),
			system_suspend_to(0, hart_resume_a, 0, &r), );
	csr_clear(sip, SIP_SSIP);
	csr_write(sie, 0);
}

static struct {
	u64 begin, end;
	u64 rounds[MAX_HARTS];
} work;

static void do_work(void *index)
{
	u64 n = 0, t;

	while (!load_acquire(&work.begin))
		;
	while ((t = now()) < work.end)
		n += t >= work.begin;
	work.rounds[(u64)index] = n;
}

static void start_work(u64 ms)
{
	store_release(&work.begin, 0);
	for_each_other(h)
		hart_run(h, do_work, (void *)(u64)h->index);
	/* They have been waiting for this. */
	work.end = after_ms(1 + ms);
	store_release(&work.begin, after_ms(1));
}

static void wait_stopped(void)
{
	csr_write(sie, SIP_STIP);
	for_each_other(h) {
		while (sbi_hart_status(h->id).value != HSM_STOPPED) {
			sbi_set_timer(after_ms(1));
			wfi();
		}
	}
	sbi_set_timer(~0ul);
	csr_write(sie, 0);
}

/*
 * Everybody computes for the same time. Jain's index: (sum x)^2 / (n sum
 * x^2), 1 when all got the same, 1/n when one got all; here in millionths.
 */
void bench_fair(void)
{
	u64 sum = 0, squares = 0, least = ~0ul, most = 0;

	start_work(boot_number("ms", 100));
	do_work((void *)(u64)main_hart->index);
	wait_stopped();
	for (u64 i = 0; i < hart_count; i++) {
		u64 x = work.rounds[i] >> 4; /* squares fit */

		sum += x;
		squares += x * x;
		least = MIN(least, x);
		most = x > most ? x : most;
	}
	bench_value("fair_index", "millionths",
		    squares ? sum * 1000 / hart_count * sum / (squares / 1000)
			    : 0);
	bench_value("fair_least_to_most", "percent",
		    most ? least * 100 / most : 0);
}

/* All others compute; how late does a hart that sleeps wake up? */
void bench_wake(void)
{
	u64 ms = boot_number("ms", 100);

	start_work(ms);
	bench_begin("wake_latency");
	csr_write(sie, SIP_STIP);
	while (now() + ms_to_ticks(1) < work.begin)
		;
	for (u64 i = 0; now() + ms_to_ticks(4) < work.end; i++) {
		u64 due = now() + ms_to_ticks(1) + i % 7 * 331;

		sbi_set_timer(due);
		while (now() < due)
			wfi();
		bench_add(0, now() - due);
	}
	sbi_set_timer(~0ul);
	bench_end();
	wait_stopped();
}
