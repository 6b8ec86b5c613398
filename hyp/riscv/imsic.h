/* SPDX-License-Identifier: MIT */
/*
 * imsic.h - kicks without the firmware, where harts have an IMSIC (Advanced Interrupt Architecture
 * 1.0, chapters 3 and 6).
 *
 * A store to a hart's supervisor-level interrupt file makes that hart's external interrupt pending.
 * One identity of one file a hart is all we use. Guests have none of it: the files are in no
 * guest's memory, which is RAM only, and what VS-mode knows as stopei is vstopei.
 */
#ifndef RISCV_IMSIC_H
#define RISCV_IMSIC_H

#include "lib/types.h"

/*
 * Map the interrupt file at @file, a whole page, as the @slot-th; NULL for @file 0, or if there is
 * no page for a table. Boot hart only.
 */
volatile uint32_t *imsic_map(unsigned slot, paddr_t file);

/*
 * Set up the calling hart's interrupt file, and try it: is what is stored at @file an interrupt
 * here? Whatever a device tree promises, what does not work is answered with false. Leaves nothing
 * pending. Needs the trap vector; interrupts off.
 */
bool imsic_enable(volatile uint32_t *file);

/*
 * What hart_kick() stores: the identity we use. It has the highest priority, so a threshold of 2
 * keeps all others out.
 */
#define IMSIC_KICK 1

#endif
