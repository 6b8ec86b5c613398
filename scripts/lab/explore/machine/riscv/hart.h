/* SPDX-License-Identifier: MIT */
/*
 * hart.h - stands in for hyp/riscv/hart.h: a hart is what the explorer says runs the current
 * thread.
 */
#ifndef RISCV_HART_H
#define RISCV_HART_H

#include "lib/types.h"
#include "lock/rank.h"

#define MAX_HARTS 2

struct rq;
struct thread;
struct vcpu;

struct hart {
	unsigned index;
	struct thread *idle, *current;
	struct rq *rq;
	struct held_locks held;
};

extern struct hart harts[MAX_HARTS];
extern unsigned nr_harts;
struct hart *this_hart(void);
void hart_kick(unsigned index);
void hart_kick_taken(void);

/* No devices: what they bring are wake-ups, like any other. */
#define host_interrupts 0UL
static inline void host_interrupt(void)
{
}

#endif
