/* SPDX-License-Identifier: MIT */
/*
 * survivor.h - a note to ourselves that outlives a reboot. It sits above
 * the image, where neither the loader nor our start-up code writes.
 */
#ifndef GUEST_LIB_SURVIVOR_H
#define GUEST_LIB_SURVIVOR_H

#include "types.h"

struct survivor {
	u64 phase;	/* what the program was doing; not 0 */
	u64 count[6];	/* for the program */
};

/* The note of the boot before, if there is a sound one. */
bool survivor_load(struct survivor *s);
void survivor_save(const struct survivor *s);
void survivor_clear(void);

/* A word in the same memory, outside the note: a heart beat. */
volatile u64 *survivor_pulse(u32 index);

#endif
