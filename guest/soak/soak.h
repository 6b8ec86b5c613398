/* SPDX-License-Identifier: MIT */
/*
 * soak.h - two VMs side by side: one attacks, one checks itself. README.md in scripts/ says how to
 * run them (make soak).
 */
#ifndef SOAK_SOAK_H
#define SOAK_SOAK_H

#include "../lib/test.h"

/* Attack until exits=N calls, accesses and faults have been made; then shut down. */
void hostile_main(void) NORETURN;
/* Check ourselves until a key comes; then the verdict and shut down. */
void victim_main(void) NORETURN;

/* Say "@who FAIL: ..." and end this VM with a failure. Any hart. */
void broken(const char *fmt, ...) PRINTF_LIKE(1, 2) NORETURN;

u64 next_random(u64 *state);

#endif
