/* SPDX-License-Identifier: MIT */
/*
 * race.h - what the attacks share: how long they last, and counting what
 * must never happen instead of ending at the first one.
 */
#ifndef GUEST_RACE_RACE_H
#define GUEST_RACE_RACE_H

#include "../lib/str.h"
#include "../lib/test.h"

/* The time an attack ends: bootargs ms=N from now (1500 by default). */
u64 attack_end(void);

/* One thing that must never happen has happened. Any hart. */
void violation(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Forget the violations of the attack before. */
void attack_begin(void);
/* How many there were since then. */
u32 attack_violations(void);

/*
 * The last line of an attack: "  name: counts, N violations". Fails the
 * test when there were any.
 */
void attack_report(const char *name, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* A random number of this hart: xorshift over @state, which is not 0. */
u64 next_random(u64 *state);

/* The replay: three harts, one suspend, one start, one stop. */
void replay_main(void) NORETURN;
/* The other programs for a schedule to steer: bootargs scene=NAME. */
void scene_main(const char *name, size_t len) NORETURN;

#endif
