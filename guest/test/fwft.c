/* SPDX-License-Identifier: MIT */
/*
 * fwft.c - FWFT, SBI 3.0 chapter 18: which features there are, every error,
 * and that two of them do what they say: A and D bits updated by the hart,
 * and pointer masking.
 *
 * Another hart asks wherever there is one: what it has set is lost when it
 * stops.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

#define MISALIGNED	0ul
#define DOUBLE_TRAP	3ul
#define AD_UPDATING	4ul
#define PMLEN		5ul
#define LOCK		1ul
#define SPACES		4

static struct aspace spaces[SPACES];
static u64 page[512] ALIGNED(4096);

static struct sbi_ret set(u64 feature, u64 value, u64 flags)
{
	return sbi_call3(EID_FWFT, 0, feature, value, flags);
}

static struct sbi_ret get(u64 feature)
{
	return sbi_call1(EID_FWFT, 1, feature);
}

static void need(u64 feature)
{
	NEED_EXT(EID_FWFT, "FWFT");
	NEED_HARTS(2);
	if (feature == PMLEN && get(PMLEN).error)
		SKIP("no pointer masking");
	test_known_bad(sbi_is_opensbi(0, 0) && !sbi_is_opensbi(1, 7) ?
		       "OpenSBI before 1.7 has a draft of FWFT" : NULL);
}

static void on_another(hart_fn fn)
{
	hart_run(other_hart(0), fn, NULL);
	harts_join();
}

/* Set by other harts: main may not skip for them. */
static u32 absent;

static bool has(u64 feature)
{
	if (get(feature).error != SBI_NOT_SUPPORTED)
		return true;
	store_release(&absent, 1);
	return false;
}

static void skip_if_absent(const char *what)
{
	if (absent)
		SKIP("%s is not supported here", what);
}

static void check_value(u64 feature, u64 value)
{
	struct sbi_ret r = get(feature);

	CHECK_ERR(r, SBI_SUCCESS);
	CHECK_EQ(r.value, value);
}

/* A failed get gives 0. */
static void check_refused(u64 feature, long error)
{
	struct sbi_ret r = get(feature);

	CHECK_EQ(r.error, error);
	CHECK_EQ(r.value, 0);
	CHECK_EQ(set(feature, 0, 0).error, error);
	CHECK_EQ(set(feature, 1, 0).error, error);
	CHECK_EQ(set(feature, 2, 2).error, error);
}

TEST(fwft_reserved, "reserved and unknown platform features are DENIED")
{
	static const u64 features[] = {
		6, 7, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000,
		0xbfffffff, 0xc0000000, 0xffffffff, ~0ul, 1ul << 32 | 6,
	};

	NEED_EXT(EID_FWFT, "FWFT");
	for (u32 i = 0; i < ARRAY_SIZE(features); i++)
		check_refused(features[i], SBI_DENIED);
	for (u64 fid = 2; fid < 5; fid++)
		CHECK_ERR(sbi_call3(EID_FWFT, fid, AD_UPDATING, 0, 0),
			  SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call3(EID_FWFT, ~0ul, AD_UPDATING, 0, 0),
		  SBI_NOT_SUPPORTED);
}

/* A feature of which the values are 0 and @one. */
static void check_errors(u64 feature, u64 one)
{
	u64 odd[] = { 2, 3, ~0ul, 1ul << 32, 1ul << 32 | one, 1ul << 63 };

	check_value(feature, 0);
	for (u32 i = 0; i < ARRAY_SIZE(odd); i++) {
		CHECK_ERR(set(feature, odd[i], 0), SBI_INVALID_PARAM);
		CHECK_ERR(set(feature, odd[i], LOCK), SBI_INVALID_PARAM);
	}
	for (u32 bit = 1; bit < 64; bit++) {
		CHECK_ERR(set(feature, one, 1ul << bit), SBI_INVALID_PARAM);
		CHECK_ERR(set(feature, one, 1ul << bit | LOCK),
			  SBI_INVALID_PARAM);
	}
	check_value(feature, 0);
	CHECK_ERR(set(feature, one, 0), SBI_SUCCESS);	/* it was not locked */
	check_value(feature, one);
	CHECK_ERR(set(feature, one, 0), SBI_SUCCESS);
	CHECK_ERR(set(1ul << 32 | feature, 0, 0), SBI_SUCCESS);
	check_value(0xabcd00000000ul | feature, 0);
	CHECK_EQ(set(feature, 0, 0).value, 0);
	CHECK_ERR(set(feature, one, LOCK), SBI_SUCCESS);
	for (u64 value = 0; value <= one; value += one) {
		CHECK_ERR(set(feature, value, 0), SBI_DENIED_LOCKED);
		CHECK_ERR(set(feature, value, LOCK), SBI_DENIED_LOCKED);
		/* flags before locks, locks before values */
		CHECK_ERR(set(feature, value, 2), SBI_INVALID_PARAM);
		CHECK_ERR(set(feature, 99, 0), SBI_DENIED_LOCKED);
	}
	check_value(feature, one);
}

static void every_error(void *unused)
{
	(void)unused;
	for (u64 f = MISALIGNED; f <= DOUBLE_TRAP; f++)
		if (get(f).error)
			check_refused(f, SBI_NOT_SUPPORTED);
	if (has(AD_UPDATING))
		check_errors(AD_UPDATING, 1);
	else
		check_refused(AD_UPDATING, SBI_NOT_SUPPORTED);
	if (get(PMLEN).error)
		check_refused(PMLEN, SBI_NOT_SUPPORTED);
}

TEST(fwft_errors, "values, flags and locks, in that order of checks; twice on one hart")
{
	need(AD_UPDATING);
	on_another(every_error);
	on_another(every_error);	/* a start has unlocked all */
}

static void do_load(void *p)
{
	(void)*(volatile u64 *)p;
}

static void do_store(void *p)
{
	*(volatile u64 *)p = 0x57;
}

/* The space of the calling hart, with paging on there. */
static struct aspace *turn_paging_on(void)
{
	struct aspace *space = &spaces[hart_self()->index];

	CHECK(hart_self()->index < SPACES);
	aspace_init(space);
	paging_on(space, 0);
	sfence_vma_all();
	return space;
}

/* One access to a page without A and D: does the hart set them? */
static bool updates_by(struct aspace *space, void (*access)(void *), u64 bits)
{
	volatile u64 *pte = &space->level0[0];
	struct trap_info trap;
	bool trapped;
	u64 before;

	aspace_map(space, 0, (u64)page, PTE_V | PTE_R | PTE_W);
	sfence_vma_all();
	before = *pte;
	trapped = trap_catch(access, (void *)window(0), &trap);
	CHECK_EQ(*pte, trapped ? before : before | bits);
	return !trapped;
}

static bool updates(struct aspace *space)
{
	bool a = updates_by(space, do_load, PTE_A);

	CHECK_EQ(a, updates_by(space, do_store, PTE_A | PTE_D));
	return a;
}

static void toggle_ad(void *unused)
{
	struct aspace *space;

	(void)unused;
	if (!has(AD_UPDATING))
		return;
	space = turn_paging_on();
	check_value(AD_UPDATING, 0);
	CHECK(!updates(space));
	for (u64 n = 0; n < 5; n++) {
		CHECK_ERR(set(AD_UPDATING, 1, 0), SBI_SUCCESS);
		check_value(AD_UPDATING, 1);
		CHECK(updates(space));
		CHECK_ERR(set(1ul << 40 | AD_UPDATING, 0, 0), SBI_SUCCESS);
		check_value(AD_UPDATING, 0);
		CHECK(!updates(space));
		CHECK_ERR(set(AD_UPDATING, 1, 2), SBI_INVALID_PARAM);
		CHECK(!updates(space));
	}
	paging_off();
}

TEST(fwft_ad_bits, "A and D are updated by the hart if it is told so")
{
	absent = 0;
	need(AD_UPDATING);
	on_another(toggle_ad);
	skip_if_absent("PTE_AD_HW_UPDATING");
}

static void before_anybody_asks(void *set_first)
{
	struct aspace *space;
	bool both = machine_has("svade") && machine_has("svadu");

	if (set_first)
		set(AD_UPDATING, 0, 0);
	space = turn_paging_on();
	if (machine_has("svadu"))
		CHECK_EQ(updates(space), !both && !set_first);
	paging_off();
}

TEST(fwft_ad_as_named, "until a hart asks, A and D are as the tree's names say")
{
	NEED_EXT(EID_FWFT, "FWFT");
	NEED_HARTS(2);
	on_another(before_anybody_asks);
	if (!machine_has("svadu"))
		SKIP("no Svadu");
	test_known_bad(sbi_is_opensbi(0, 0) && !machine_has("svade") ?
		       "no such feature if the tree says svadu alone" : NULL);
	hart_run(other_hart(0), before_anybody_asks, (void *)1);
	harts_join();
	on_another(before_anybody_asks);	/* a start forgets it */
}

static struct {
	struct barrier begin;
	u64 ms, rounds;
} job;

static void keep(void *value)
{
	struct aspace *space;
	u64 end;

	CHECK_ERR(set(AD_UPDATING, (u64)value, 0), SBI_SUCCESS);
	space = turn_paging_on();
	barrier_wait(&job.begin);
	for (end = after_ms(job.ms); now() < end; ) {
		CHECK_EQ(updates(space), (u64)value);
		check_value(AD_UPDATING, (u64)value);
		add_fetch(&job.rounds, 1);
	}
	paging_off();
}

TEST(fwft_per_hart, "harts that differ keep their own, also on one processor")
{
	u32 n = hart_count < SPACES ? (u32)hart_count : SPACES;

	absent = 0;
	need(AD_UPDATING);
	on_another(toggle_ad);
	skip_if_absent("PTE_AD_HW_UPDATING");
	job.ms = scaled(400);
	job.rounds = 0;
	barrier_init(&job.begin, n - 1);
	for_each_other(h)
		if (h->index < SPACES)
			hart_run(h, keep, (void *)(u64)(h->index % 2));
	harts_join();
	print("fwft: %u harts, %lu rounds\n", n - 1, job.rounds);
}

/* Sleeps both ways; values and locks are there afterwards. */
static void set_and_sleep(void *unused)
{
	struct aspace *space;
	struct sbi_ret ret;

	(void)unused;
	if (!has(AD_UPDATING))
		return;
	CHECK_ERR(set(AD_UPDATING, 1, LOCK), SBI_SUCCESS);
	for (u64 type = HSM_RETENTIVE;; type = HSM_NON_RETENTIVE) {
		bool resumed;

		irq_off();
		csr_write(sie, SIP_STIP);
		sbi_set_timer(after_ms(30));
		ret = (struct sbi_ret){ 0, 0 };
		resumed = hart_suspend_to(type, hart_resume_a, 7, &ret);
		CHECK_EQ(resumed, type == HSM_NON_RETENTIVE);
		CHECK_EQ(ret.error, SBI_SUCCESS);
		sbi_set_timer(~0ul);
		space = turn_paging_on();
		CHECK(updates(space));
		paging_off();
		check_value(AD_UPDATING, 1);
		CHECK_ERR(set(AD_UPDATING, 0, 0), SBI_DENIED_LOCKED);
		if (type == HSM_NON_RETENTIVE)
			break;
	}
}

TEST(fwft_kept_over_suspend, "both kinds of suspend keep value and lock")
{
	absent = 0;
	need(AD_UPDATING);
	on_another(set_and_sleep);
	skip_if_absent("PTE_AD_HW_UPDATING");
}

static void find_reset(void *unused)
{
	struct aspace *space;

	(void)unused;
	check_value(AD_UPDATING, 0);
	space = turn_paging_on();
	CHECK(!updates(space));
	paging_off();
	CHECK_ERR(set(AD_UPDATING, 0, 0), SBI_SUCCESS);
	CHECK_ERR(set(AD_UPDATING, 1, LOCK), SBI_SUCCESS);
}

TEST(fwft_lost_by_a_start, "a start resets value and lock")
{
	absent = 0;
	need(AD_UPDATING);
	on_another(toggle_ad);
	skip_if_absent("PTE_AD_HW_UPDATING");
	for (u64 n = scaled(20); n; n--)
		on_another(find_reset);
}

static bool load_works(volatile u64 *p)
{
	struct trap_info trap;

	return !trap_catch(do_load, (void *)p, &trap);
}

/* Which addresses are @p's, with paging on? */
static void check_mask(u64 pmlen, volatile u64 *p)
{
	for (u64 bit = 40; bit < 64; bit++) {
		volatile u64 *tagged = (volatile u64 *)((u64)p ^ 1ul << bit);

		CHECK_EQ(load_works(tagged), bit >= 64 - pmlen);
		if (bit >= 64 - pmlen)
			CHECK_EQ(*tagged, 0x600d);
	}
}

static void mask_pointers(void *unused)
{
	static const u64 lengths[] = { 0, 7, 0, 16, 7, 0 };
	struct aspace *space = turn_paging_on();
	u64 ad = get(AD_UPDATING).value;

	(void)unused;
	aspace_map(space, 0, (u64)page, PTE_RW);
	sfence_vma_all();
	page[0] = 0x600d;
	check_value(PMLEN, 0);
	check_mask(0, window(0));
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		long error = set(PMLEN, lengths[i], 0).error;
		u64 wrong[] = { 1, 6, 8, 15, 17, 57, 63, 64, 7 | 1ul << 32 };

		if (error == SBI_INVALID_PARAM && lengths[i] == 16)
			continue;	/* a hart need not have this one */
		CHECK_EQ(error, SBI_SUCCESS);
		check_value(PMLEN, lengths[i]);
		check_mask(lengths[i], window(0));
		for (u32 w = 0; w < ARRAY_SIZE(wrong); w++)
			CHECK_ERR(set(PMLEN, wrong[w], 0), SBI_INVALID_PARAM);
		check_value(PMLEN, lengths[i]);
	}
	/* Neither feature changes the other one. */
	CHECK_ERR(set(PMLEN, 7, 0), SBI_SUCCESS);
	if (has(AD_UPDATING)) {
		check_value(AD_UPDATING, ad);
		CHECK_ERR(set(AD_UPDATING, 1, 0), SBI_SUCCESS);
		check_mask(7, window(0));
		CHECK(updates(space));
		CHECK_ERR(set(AD_UPDATING, 0, 0), SBI_SUCCESS);
	}
	CHECK_ERR(set(PMLEN, 0, 0), SBI_SUCCESS);
	paging_off();
}

TEST(fwft_pointer_masking, "PMLEN: the upper bits of a kernel's pointers are ignored")
{
	need(PMLEN);
	on_another(mask_pointers);
	on_another(mask_pointers);	/* it had not locked it */
}

/* Nothing here is checked: other harts look whether they are disturbed. */
static void ask_anything(void *seed)
{
	struct budget b = budget(20000, 400);
	u64 x = (u64)seed;

	barrier_wait(&job.begin);
	while (budget_left(&b)) {
		u64 feature;

		x = x * 6364136223846793005ul + 1442695040888963407ul;
		feature = x >> 33 & 7 ? x >> 40 & 7 : x;
		/* Where there are landing pads and the like, this hart would die. */
		if ((u32)feature > MISALIGNED && (u32)feature <= DOUBLE_TRAP)
			continue;
		sbi_call(EID_FWFT, x >> 60 & 3, feature,
			 x >> 20 & 7 ? x >> 50 & 7 : x << 7,
			 x >> 25 & 7 ? x >> 55 & 1 : x << 9, x, x, x);
	}
}

TEST(fwft_hostile, "whatever the others ask at once, this hart stays as it is")
{
	struct aspace *space;
	bool before;

	NEED_EXT(EID_FWFT, "FWFT");
	NEED_HARTS(2);
	space = turn_paging_on();
	before = updates(space);
	test_known_bad(sbi_is_opensbi(0, 0) && !sbi_is_opensbi(1, 7) ?
		       "OpenSBI before 1.7 has a draft of FWFT" : NULL);
	barrier_init(&job.begin, (u32)hart_count);
	for_each_other(h)
		hart_run(h, ask_anything, (void *)(test_random() | 1));
	barrier_wait(&job.begin);
	for (u64 n = scaled(2000); n; n--)
		CHECK_EQ(updates(space), before);
	harts_join();
	CHECK_EQ(updates(space), before);
	paging_off();
	on_another(every_error);
}
