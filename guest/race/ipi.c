/* SPDX-License-Identifier: MIT */
/*
 * ipi.c - IPIs and remote fences against harts that start and stop.
 */
#include "../lib/paging.h"
#include "race.h"

/* ---- An IPI sent after a start ---- */

static u32 ipi_seen;

static void expect_ipi(void *arg)
{
	(void)arg;
	irq_off();
	if (WAIT_FOR(csr_read(sip) & SIP_SSIP, 1000))
		add_fetch(&ipi_seen, 1);
	csr_clear(sip, SIP_SSIP);
}

TEST(ipi_after_start, "an IPI sent when HART_START has returned reaches the new life")
{
	u64 end = attack_end(), sent = 0;

	NEED_HARTS(2);
	attack_begin();
	ipi_seen = 0;
	while (now() < end)
		for_each_other(h) {
			hart_run(h, expect_ipi, NULL);
			CHECK_ERR(sbi_send_ipi(1, h->id), SBI_SUCCESS);
			sent++;
			CHECK(hart_wait_stopped(h, PATIENCE_MS));
			if (ipi_seen == sent)
				continue;
			violation("IPI %lu to hart %lu never arrived", sent, h->id);
			ipi_seen = (u32)sent;
		}
	attack_report("ipi_after_start", "%lu IPIs", sent);
}

/* ---- IPIs to everybody while they start and stop ---- */

static u32 lives, hail_over;
static u64 hail;

static void one_life(void *arg)
{
	(void)arg;
	csr_write(sie, SIP_SSIP);
	irq_on();
	add_fetch(&lives, 1);
	irq_off();
}

static void hailer(void *arg)
{
	(void)arg;
	while (!load_acquire(&hail_over)) {
		struct sbi_ret r = sbi_send_ipi(0, ~0ul);

		add_fetch(&hail, 1);
		if (r.error)
			violation("an IPI to all answers %s",
				  sbi_error_name(r.error));
	}
}

TEST(ipi_vs_start_stop, "IPIs start nobody, stop nobody, and are never refused")
{
	struct hart *t = other_hart(0);
	u64 end = attack_end(), starts = 0;

	NEED_HARTS(3);
	attack_begin();
	lives = hail_over = 0;
	hail = 0;
	hart_run(other_hart(1), hailer, NULL);
	while (now() < end) {
		hart_run(t, one_life, NULL);
		starts++;
		CHECK(hart_wait_stopped(t, PATIENCE_MS));
		if (load_acquire(&lives) != starts) {
			violation("%lu starts, %u lives", starts, lives);
			lives = (u32)starts;
		}
	}
	store_release(&hail_over, 1);
	harts_join();
	csr_clear(sip, SIP_SSIP);
	attack_report("ipi_vs_start_stop", "%lu lives, %lu IPIs", starts, hail);
}

/* ---- Many who send, one who sleeps ---- */

static struct question {
	u32 asked, answered;
} questions[64];
static u32 askers;
static u64 asking_end;

/* Ask twice, the second time about when the first IPI is taken; wait for the answer, and again. */
static void ask(void *arg)
{
	struct question *q = arg;
	u64 state = now() | 1;

	while (now() < asking_end) {
		for (int i = 0; i < 2; i++) {
			for (u64 n = next_random(&state) % 2048; n; n--)
				__asm__ volatile("");
			store_release(&q->asked, q->asked + 1);
			sbi_send_ipi(1, main_hart->id);
		}
		if (!WAIT_FOR(load_acquire(&q->answered) == q->asked, 1000))
			violation("an IPI has not woken hart %lu for 1 s",
				  main_hart->id);
	}
	add_fetch(&askers, (u32)-1);
	sbi_send_ipi(1, main_hart->id);
}

TEST(ipi_many_to_one, "no IPI to a hart that sleeps is lost, however many send at once")
{
	u64 answers = 0;
	u32 n = 0;

	NEED_HARTS(2);
	attack_begin();
	asking_end = attack_end();
	irq_off();
	csr_write(sie, SIP_SSIP | SIP_STIP);
	for_each_other(h) {
		add_fetch(&askers, 1);
		hart_run(h, ask, &questions[n++]);
	}
	while (load_acquire(&askers)) {
		/* A lost IPI is not to hang us, nor to be found early. */
		sbi_set_timer(after_ms(2000));
		wfi();
		if (!(csr_read(sip) & SIP_SSIP))
			continue;
		csr_clear(sip, SIP_SSIP);
		fence_all();
		for (u32 i = 0; i < n; i++)
			store_release(&questions[i].answered,
				      load_acquire(&questions[i].asked));
		answers++;
	}
	sbi_set_timer(~0ul);
	harts_join();
	csr_write(sie, 0);
	csr_clear(sip, SIP_SSIP);
	attack_report("ipi_many_to_one", "%lu answers", answers);
}

/* ---- Remote fences against starts and stops ---- */

static struct aspace space;
#define PAGES 8
static u64 pages[PAGES][512] ALIGNED(4096);
static u64 generation;	/* what the window must show at least */
static u64 reads;

/* A short life under paging: what the window shows is never old. */
static void reader(void *arg)
{
	(void)arg;
	paging_on(&space, 0);
	for (int i = 0; i < 50; i++) {
		u64 least = load_acquire(&generation);
		u64 seen = *window(0);

		if (seen < least)
			violation("read generation %lu after the fence of %lu",
				  seen, least);
		add_fetch(&reads, 1);
	}
	paging_off();
}

TEST(fence_vs_start_stop,
     "after a remote fence nobody uses the old mapping, started meanwhile or not")
{
	u64 end = attack_end(), fences = 0;

	NEED_HARTS(2);
	attack_begin();
	reads = generation = 0;
	aspace_init(&space);
	pages[0][0] = 0;
	aspace_map(&space, 0, (u64)pages[0], PTE_RW);
	while (now() < end) {
		u64 next = generation + 1;
		u64 *page = pages[next % PAGES];

		for_each_other(h) {
			h->fn = reader;
			fence_all();
			sbi_hart_start(h->id, hart_entry_a, 0);
		}
		page[0] = next;
		aspace_map(&space, 0, (u64)page, PTE_RW);
		fence_all();
		CHECK_ERR(sbi_sfence_vma(0, ~0ul, 0, ~0ul), SBI_SUCCESS);
		store_release(&generation, next);
		fences++;
	}
	harts_join();
	attack_report("fence_vs_start_stop", "%lu fences, %lu reads", fences,
		      reads);
}
