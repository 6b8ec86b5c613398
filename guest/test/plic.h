/* SPDX-License-Identifier: MIT */
/* plic.h - the interrupt controller of QEMU's virt machine, for the tests of it and behind it. */
#ifndef GUEST_TEST_PLIC_H
#define GUEST_TEST_PLIC_H

#include "../lib/test.h"

#define PLIC		0x0c000000ul
#define SOURCES		96
#define REG(offset)	(*(volatile u32 *)(PLIC + (offset)))
#define PRIORITY(n)	REG(4 * (n))
#define PENDING(n)	(REG(0x1000 + (n) / 32 * 4) >> (n) % 32 & 1)
#define ENABLE(c, n)	REG(0x2000 + 0x80 * (c) + (n) / 32 * 4)
#define THRESHOLD(c)	REG(0x200000 + 0x1000 * (c))
#define CLAIM(c)	REG(0x200004 + 0x1000 * (c))
#define BIT(n)		(1u << (n) % 32)

/* S-mode of @h: behind the M-mode of the same hart. */
static inline u64 context(const struct hart *h)
{
	return 2 * h->id + 1;
}

static inline u64 mine(void)
{
	return context(main_hart);
}

/*
 * Is the external interrupt of this hart pending, masked or not? Interrupts are off. QEMU 7.2 does
 * not show a guest's in sip: ask by letting it interrupt for a moment.
 */
bool plic_is_pending(void);

/* Whatever an earlier test has left: @source is enabled on the main hart only, and calm. */
void plic_calm(u32 source);

/*
 * @turns times, or for 2 s: @raise makes @source pending, all other harts claim at once, and
 * exactly one gets it; then @lower.
 */
void plic_race_of(u32 source, u64 turns, void (*raise)(void), void (*lower)(void));

/* Is there a node with that compatible? */
bool plic_has(const char *compatible);

#endif
