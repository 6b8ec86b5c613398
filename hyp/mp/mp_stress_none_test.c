/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/mp/mp.c hyp/mp/mp_table.c scripts/lab/variants/none.c hyp/lock/rank.c
 * hyp/lock/spinlock.c hyp/lock/mutex.c hyp/lib/log.c hyp/port/host.c
 */
/* mp_stress_none_test.c - the ghosts of mp_stress_test.c do see it when LOCKING=none is linked. */
#define STRESS_TEST_WRONG_VARIANT
#include "mp/mp_stress_test.c"

#define PATIENCE_MS 2500

static void caught(const char *by)
{
	printf("PASS mp_stress_catches_none: %s\n", by);
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	test_watchdog("mp_stress_catches_none", 5);
	host_panic_hook = caught;
	play(PATIENCE_MS, true);
	if (test_failure)
		caught(test_failure);
	printf("FAIL mp_stress_catches_none: nothing seen in %d ms\n", PATIENCE_MS);
	fflush(stdout);
	_exit(1);
}
