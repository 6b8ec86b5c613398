/* SPDX-License-Identifier: MIT */
/*
 * race.h - the race of the demo: one hart suspends the system again and
 * again while the others pass a token and are never all stopped.
 */
#ifndef GUEST_DEMO_RACE_H
#define GUEST_DEMO_RACE_H

#include "../lib/types.h"

struct race_result {
	u64 denied;	/* SUSP answered DENIED, as it must */
	u64 wrong;	/* SUSP succeeded, or answered anything else */
	u64 passes;	/* how often a hart took the token */
};

/* Main hart, all others STOPPED before and after. Needs 2 harts or more. */
struct race_result run_race(u64 ms);

#endif
