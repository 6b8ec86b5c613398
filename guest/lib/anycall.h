/* SPDX-License-Identifier: MIT */
/*
 * anycall.h - SBI calls with random arguments, which end neither the run nor
 * the calling hart, print nothing, and write into one buffer only.
 */
#ifndef GUEST_LIB_ANYCALL_H
#define GUEST_LIB_ANYCALL_H

#include "types.h"

typedef u64 (*random_fn)(void);

/*
 * Also calls whose effects a hart keeps until it is started again: counters,
 * locked features, where it is told what it waited. For programs that do
 * nothing else with these.
 */
extern bool any_call_keeps;

/* Random, or an edge: of numbers, of counts of harts, of the buffer. */
u64 any_value(random_fn random);

/*
 * Fill in a0 to a7 of @x, which is indexed by register number. A hart that
 * may be started enters at hart_entry_a: its fn must be something harmless.
 */
void any_call_arguments(random_fn random, u64 *x);

#endif
