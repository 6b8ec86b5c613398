/* SPDX-License-Identifier: MIT */
/* protocol.h - the two worlds, what their scenarios contain, and what of the search is reduced. */
#ifndef EXPLORE_PROTOCOL_H
#define EXPLORE_PROTOCOL_H

#include "engine.h"

enum {
	WITH_AGENT = 1, /* somebody outside the VM starts, wakes and resets */
	WITH_SRST = 2,
	WITH_HSUSP = 4,
	WITH_IPI = 8,
	WITH_STATUS = 16,
	WITH_REFUSALS = 32, /* check I5 */
	WITH_CONSOLE = 64, /* more than one VM: the keeper watches the console */
	WITH_ALL = 127
};

/* Reductions: README.md says what each one does and why nothing is lost. */
enum {
	REDUCE_POSTS = 1, /* interrupts come when somebody could notice */
	REDUCE_TOKENS = 2, /* a token without a reason is nothing */
	REDUCE_KEEPER = 4, /* the keeper is told at once */
	REDUCE_RESUME = 8, /* to wake up and to say so is one step */
	REDUCE_MOST = 15,
	REDUCE_COUNT = 16, /* to stop and to be counted out is one step */
	REDUCE_ALL = 31
};

extern unsigned nr_vcpus; /* 2 ... 4 */
extern unsigned max_ops; /* per vCPU; 0: no limit */
extern unsigned with, reduced;
/* so many may wait for vm->lock before nobody else begins an operation that needs it */
extern unsigned max_waiters;

const struct world *protocol_world(void);
const struct world *sched_world(void);

#endif
