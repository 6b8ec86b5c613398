/* SPDX-License-Identifier: MIT */
/*
 * start.c - attacks on HART_START and HART_STOP: many starters and one
 * target, everybody starting everybody, starts that must change nothing.
 */
#include "race.h"

/* ---- Many starters, one target ---- */

static struct {
	struct hart *target;
	struct barrier line;
	u32 over;
	u32 go_home;	/* the target may stop */
	u32 wins;	/* in this round */
	u64 winner;	/* opaque of the last that succeeded */
	u64 round;
	u32 other_answers;	/* of losers, not ALREADY_AVAILABLE */
	long other_answer;	/* one of them */
} contest;

static void stay(void *arg)
{
	(void)arg;
	while (!load_acquire(&contest.go_home))
		cpu_relax();
}

/* Opaque and entry differ from starter to starter, and round to round. */
static void compete(void)
{
	struct hart *self = hart_self();
	u64 opaque = contest.round << 8 | self->index;
	struct sbi_ret r = sbi_hart_start(contest.target->id, self->index & 1 ?
					  hart_entry_b : hart_entry_a, opaque);

	if (r.error == SBI_SUCCESS) {
		add_fetch(&contest.wins, 1);
		store_release(&contest.winner, opaque);
	} else if (r.error != SBI_ALREADY_AVAILABLE) {
		contest.other_answer = r.error;
		add_fetch(&contest.other_answers, 1);
	}
}

static void competitor(void *arg)
{
	(void)arg;
	for (;;) {
		barrier_wait(&contest.line);
		if (load_acquire(&contest.over))
			return;
		compete();
		barrier_wait(&contest.line);
	}
}

static void judge_round(void)
{
	struct hart *t = contest.target;
	u64 tag = contest.winner & 1 ? TAG_START_B : TAG_START_A;

	if (contest.wins != 1)
		violation("round %lu: %u starts succeeded", contest.round,
			  contest.wins);
	CHECK_WAIT(load_acquire(&t->up));
	if (contest.wins == 1 && (t->entry.a1 != contest.winner ||
				  t->entry.tag != tag))
		violation("round %lu: winner gave 0x%lx, target got 0x%lx",
			  contest.round, contest.winner, t->entry.a1);
	if (t->entry.a0 != t->id)
		violation("hart %lu was told it is %lu", t->id, t->entry.a0);
	store_release(&contest.go_home, 1);
	CHECK(hart_wait_stopped(t, PATIENCE_MS));
}

static void run_contest(void)
{
	u64 end = attack_end();

	memset(&contest, 0, sizeof(contest));
	contest.target = other_hart(0);
	barrier_init(&contest.line, (u32)hart_count - 1);
	for_each_other(h)
		if (h != contest.target)
			hart_run(h, competitor, NULL);
	while (now() < end) {
		contest.round++;
		contest.wins = contest.go_home = 0;
		hart_prepare(contest.target, stay, NULL);
		barrier_wait(&contest.line);
		compete();
		barrier_wait(&contest.line);
		judge_round();
	}
	store_release(&contest.over, 1);
	barrier_wait(&contest.line);
	harts_join();
}

TEST(start_vs_start, "of all starts of a hart one succeeds; its arguments count")
{
	NEED_HARTS(3);
	attack_begin();
	run_contest();
	attack_report("start_vs_start", "%lu rounds of %lu starters",
		      contest.round, hart_count - 1);
}

TEST(start_losers, "who comes too late hears ALREADY_AVAILABLE, nothing else")
{
	NEED_HARTS(3);
	attack_begin();
	run_contest();
	if (contest.other_answers)
		violation("%u losers heard something else, like %s",
			  contest.other_answers,
			  sbi_error_name(contest.other_answer));
	attack_report("start_losers", "%lu losers",
		      contest.round * (hart_count - 2));
}

/* ---- Everybody starts everybody, and stops ---- */

static struct {
	u32 over;
	u32 starts[MAX_HARTS], runs[MAX_HARTS];
	u64 opaque_given[MAX_HARTS], opaque_got[MAX_HARTS];	/* sums */
	u64 next_opaque;
	u32 bad_answers;
	long bad_answer;
} storm;

static void blow(void *arg);

static void start_one(struct hart *h)
{
	u64 opaque = add_fetch(&storm.next_opaque, 1);
	long e;

	/* The job is the same for all, so this disturbs no live hart. */
	h->fn = blow;
	fence_all();
	e = sbi_hart_start(h->id, hart_entry_a, opaque).error;
	if (e == SBI_SUCCESS) {
		add_fetch(&storm.starts[h->index], 1);
		add_fetch(&storm.opaque_given[h->index], opaque);
	} else if (e != SBI_ALREADY_AVAILABLE && e != SBI_INVALID_PARAM &&
		   e != SBI_FAILED) {
		storm.bad_answer = e;
		add_fetch(&storm.bad_answers, 1);
	}
}

/* A short life: note how it began, start a few others, stop. */
static void blow(void *arg)
{
	struct hart *self = hart_self();
	u64 x = (self->entry.a1 + self->id) * 0x9e3779b97f4a7c15ul | 1;

	(void)arg;
	add_fetch(&storm.runs[self->index], 1);
	add_fetch(&storm.opaque_got[self->index], self->entry.a1);
	for (u64 n = next_random(&x) % 4; n && !load_acquire(&storm.over); n--) {
		struct hart *h = harts + next_random(&x) % hart_count;

		if (h != main_hart && h != self)
			start_one(h);
	}
}

TEST(start_stop_storm, "every start that succeeded ran once, with its own opaque")
{
	u64 x = test_random() | 1, end = attack_end(), starts = 0;

	NEED_HARTS(2);
	memset(&storm, 0, sizeof(storm));
	attack_begin();
	while (now() < end) {
		struct hart *h = harts + next_random(&x) % hart_count;

		if (h != main_hart)
			start_one(h);
	}
	store_release(&storm.over, 1);
	harts_join();
	for_each_other(h) {
		u32 i = h->index;

		starts += storm.starts[i];
		if (storm.starts[i] != storm.runs[i])
			violation("hart %lu: %u starts succeeded, %u ran",
				  h->id, storm.starts[i], storm.runs[i]);
		else if (storm.opaque_given[i] != storm.opaque_got[i])
			violation("hart %lu ran with arguments of others", h->id);
	}
	if (storm.bad_answers)
		violation("%u impossible answers, like %s", storm.bad_answers,
			  sbi_error_name(storm.bad_answer));
	attack_report("start_stop_storm", "%lu starts", starts);
}

/* ---- A start that is refused changes nothing ---- */

static u32 asleep, resumed;

static void sleep_once(void *arg)
{
	struct sbi_ret r = { 0 };

	(void)arg;
	irq_off();
	csr_clear(sip, SIP_SSIP);
	csr_write(sie, SIP_SSIP);
	store_release(&asleep, 1);
	if (!hart_suspend_to(HSM_NON_RETENTIVE, hart_resume_a, 0x600d, &r))
		violation("HART_SUSPEND answers %s", sbi_error_name(r.error));
	csr_clear(sip, SIP_SSIP);
	store_release(&resumed, 1);
}

TEST(start_on_sleeper, "a refused start of a sleeping hart leaves its resume address alone")
{
	u64 end = attack_end(), rounds = 0;
	struct hart *t = other_hart(0);
	long refused = 0;

	NEED_HARTS(2);
	attack_begin();
	for (; now() < end; rounds++) {
		asleep = resumed = 0;
		hart_run(t, sleep_once, NULL);
		CHECK_WAIT(load_acquire(&asleep));
		CHECK(hart_wait_state(t, HSM_SUSPENDED, PATIENCE_MS));
		/* The wrong address works too, so that we live to tell. */
		refused = sbi_hart_start(t->id, hart_resume_b, 0xbad).error;
		if (!refused)
			violation("a start of a sleeping hart succeeded");
		CHECK_ERR(sbi_send_ipi(1, t->id), SBI_SUCCESS);
		CHECK_WAIT(load_acquire(&resumed));
		if (t->entry.tag != TAG_RESUME_A || t->entry.a1 != 0x600d)
			violation("start refused (%s), but it resumed at the "
				  "address of that start, a1 0x%lx",
				  sbi_error_name(refused), t->entry.a1);
		CHECK(hart_wait_stopped(t, PATIENCE_MS));
	}
	attack_report("start_on_sleeper", "%lu starts refused (%s)", rounds,
		      sbi_error_name(refused));
}
