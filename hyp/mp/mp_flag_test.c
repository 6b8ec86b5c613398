/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c scripts/lab/variants/flag.c hyp/lock/rank.c
 * hyp/lock/spinlock.c hyp/lock/mutex.c hyp/lib/log.c hyp/port/host.c
 */
/*
 * mp_flag_test.c - the replays of mp_race_test.c do find three faults of LOCKING=flag, every time.
 */
#define RACE_TEST_WRONG_VARIANT
#include "mp/mp_race_test.c"

/* Undisturbed, the flag does its work: the start is refused. */
static void mp_flag_stops_the_plain_race(void)
{
	struct outcome o = replay(NOTHING_BEFORE, true);

	CHECK(!o.broken && o.start.error == MP_ERR_DENIED && o.suspend.action == MP_SLEEP);
}

static void mp_flag_is_caught_when_a_bystander_clears_it(void)
{
	CHECK(replay(SLEEP_A_LITTLE, true).broken);
}

static void mp_flag_is_caught_when_a_second_suspend_clears_it(void)
{
	CHECK(replay(SUSPEND_TOO, true).broken);
}

/*
 * No order of the two calls explains this: a start that comes first finds a stopped target, one
 * that comes second no suspend.
 */
static void mp_flag_is_caught_when_both_are_refused(void)
{
	CHECK(replay(NOTHING_BEFORE, false).both_refused);
}

static const struct test tests[] = {
	TEST(mp_flag_stops_the_plain_race),
	TEST(mp_flag_is_caught_when_a_bystander_clears_it),
	TEST(mp_flag_is_caught_when_a_second_suspend_clears_it),
	TEST(mp_flag_is_caught_when_both_are_refused),
};

TEST_MAIN(tests)
