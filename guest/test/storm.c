/* SPDX-License-Identifier: MIT */
/*
 * storm.c - everything at once: IPIs, fences, starts, stops, suspends from
 * all harts, in an order nobody chose. Nothing may hang, and no call may
 * answer what it must not.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

struct storm {
	u32 over;
	u32 starts, runs;
	u32 bad;	/* answers that are not allowed */
	long last_bad;
	u64 seed;
	bool gentle;
};

static struct storm storm;

static u64 next_random(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void judge(long e, bool allowed)
{
	if (e && !allowed) {
		storm.last_bad = e;
		add_fetch(&storm.bad, 1);
	}
}

static void gust(void *arg);

/* Only jobs of the storm run on the others, so this hits no live state. */
static void start_someone(struct hart *h)
{
	long e;

	if (h == main_hart || load_acquire(&storm.over))
		return;
	h->fn = gust;
	h->arg = NULL;
	fence_all();
	e = sbi_hart_start(h->id, hart_entry_a, 0).error;
	if (!e)
		add_fetch(&storm.starts, 1);
	judge(e, e == SBI_ALREADY_AVAILABLE || e == SBI_INVALID_PARAM);
}

static void doze(void)
{
	u64 flags = irq_save();

	csr_set(sie, SIP_STIP);
	sbi_set_timer(after_ms(1));
	judge(sbi_hart_suspend(HSM_RETENTIVE, 0, 0).error, false);
	sbi_set_timer(~0ul);
	irq_restore(flags);
}

static void one_blow(u64 r)
{
	struct hart *h = harts + (r >> 32) % hart_count;
	u64 kind = r % 8;

	if (storm.gentle && (kind == 3 || kind == 4 || kind == 7))
		kind = 0;
	switch (kind) {
	case 0:
	case 1:
		judge(sbi_send_ipi(1, h->id).error, false);
		break;
	case 2:
		judge(sbi_send_ipi(0, ~0ul).error, false);
		break;
	case 3:
		judge(sbi_fence_i(1, h->id).error, false);
		break;
	case 4:
		judge(sbi_sfence_vma(0, ~0ul, 0, ~0ul).error, false);
		break;
	case 5:
		judge(sbi_hart_status(h->id).error, false);
		break;
	case 6:
		start_someone(h);
		break;
	case 7:
		doze();
		break;
	}
}

static void gust(void *arg)
{
	struct hart *self = hart_self();
	u64 x = (storm.seed + self->id * 0x9e3779b9ul + now()) | 1;

	(void)arg;
	csr_write(sie, SIP_SSIP);
	irq_on();
	for (u64 n = next_random(&x) % 20; n; n--)
		one_blow(next_random(&x));
	irq_off();
	add_fetch(&storm.runs, 1);
}

static void blow(bool with_suspend)
{
	struct budget b = budget(100000, 2500);
	struct sbi_ret r = { 0 };

	/*
	 * A fence to a hart that stops meanwhile is never acknowledged by
	 * OpenSBI (1.1 and 1.5 seen): its caller hangs in M-mode. And a nap
	 * amid IPIs may never end there (seen once, 1.1 without Sstc).
	 */
	storm = (struct storm){
		.seed = test_random(), .gentle = sbi_is_opensbi(0, 0),
	};
	csr_set(sie, SIP_SSIP);
	while (budget_left(&b)) {
		u64 x = test_random();

		if (x % 8 == 7)
			continue;	/* main sleeps only in test below */
		one_blow(x);
		start_someone(harts + (x >> 40) % hart_count);
		if (!with_suspend || x % 4)
			continue;
		/* Pending and masked, so that a success wakes at once. */
		irq_off();
		sbi_set_timer(0);
		if (!system_suspend_to(0, hart_resume_a, 0, &r))
			judge(r.error, r.error == SBI_DENIED);
		test_rearm();
		irq_on();
	}
	store_release(&storm.over, 1);
	harts_join();
	if (storm.bad)
		FAIL_TEST("%u forbidden answers, last: %s", storm.bad,
			  sbi_error_name(storm.last_bad));
	CHECK_EQ(storm.runs, storm.starts);
}

TEST(storm_start_stop, "IPIs, fences, starts, stops and naps from all harts")
{
	NEED_HARTS(2);
	test_known_bad(sbi_is_opensbi(1, 6) ?
		       "new OpenSBI refuses masks with stopped harts only" :
		       NULL);
	blow(false);
}

TEST(storm_suspend, "the same with system suspends in between")
{
	NEED_EXT(EID_SUSP, "SUSP");
	NEED_HARTS(2);
	blow(true);
}

static void count_soft(void *arg)
{
	u32 *over = arg;

	csr_write(sie, SIP_SSIP);
	irq_on();
	while (!load_acquire(over))
		cpu_relax();
	irq_off();
}

TEST(storm_ipi, "IPIs from one to all: each is seen after the last one")
{
	struct budget b = budget(2000, 2000);
	u32 over = 0;

	NEED_HARTS(2);
	for_each_other(h)
		hart_run(h, count_soft, &over);
	for_each_other(h)
		CHECK_WAIT(load_acquire(&h->up));
	delay_ms(5);
	while (budget_left(&b))
		for_each_other(h) {
			u32 before = load_acquire(&h->soft_count);

			CHECK_ERR(sbi_send_ipi(1, h->id), SBI_SUCCESS);
			CHECK_WAIT(load_acquire(&h->soft_count) != before);
		}
	store_release(&over, 1);
	harts_join();
}
