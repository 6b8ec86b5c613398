/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c scripts/lab/variants/none.c hyp/lock/rank.c
 * hyp/lock/spinlock.c hyp/lock/mutex.c hyp/lib/log.c hyp/port/host.c
 */
/* mp_none_test.c - the replays of mp_race_test.c do find the fault of LOCKING=none, every time. */
#define RACE_TEST_WRONG_VARIANT
#include "mp/mp_race_test.c"

static void mp_none_is_caught(void)
{
	struct outcome o = replay(NOTHING_BEFORE, true);

	CHECK(o.start.error == MP_OK && o.suspend.error == MP_OK && o.suspend.action == MP_SLEEP);
	CHECK(o.broken);
	CHECK(mp_status(&v[1]) == MP_STARTED && mp_phase_hint(&vm) == MP_SUSPENDED_VM);
}

/*
 * The starter must stop itself in time: one that is still running when the scan comes to it is
 * seen.
 */
static void mp_none_denies_while_the_starter_runs(void)
{
	CHECK(!replay(NOTHING_BEFORE, false).broken);
}

static const struct test tests[] = {
	TEST(mp_none_is_caught),
	TEST(mp_none_denies_while_the_starter_runs),
};

TEST_MAIN(tests)
