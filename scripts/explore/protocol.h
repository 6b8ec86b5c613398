/* SPDX-License-Identifier: MIT */
/* protocol.h - the two worlds and what their scenarios contain. */
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
	WITH_ALL = 63
};

extern unsigned nr_vcpus; /* 2 ... 4 */
extern unsigned max_ops; /* per vCPU; 0: no limit */
extern unsigned with;

const struct world *protocol_world(void);
const struct world *sched_world(void);

#endif
