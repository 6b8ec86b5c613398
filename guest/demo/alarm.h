/* SPDX-License-Identifier: MIT */
/* alarm.h - the clock of QEMU's virt machine, whose interrupt wakes what is suspended. */
#ifndef GUEST_DEMO_ALARM_H
#define GUEST_DEMO_ALARM_H

#include "../lib/types.h"

/* Does the tree have that clock, and the controller that its interrupt goes through? */
bool alarm_there(void);

/* The main hart is interrupted @ms from now, if sie lets it; nobody else is. */
void alarm_in(u64 ms);

/* Take the interrupt back, if it has come. Returns whether it was the clock's. */
bool alarm_take(void);

#endif
