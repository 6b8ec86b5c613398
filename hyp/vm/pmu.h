/* SPDX-License-Identifier: MIT */
/*
 * pmu.h - the counters of a vCPU, as the SBI's PMU has them (sbi/pmu.c). SBI 3.0 chapter 11.
 */
#ifndef VM_PMU_H
#define VM_PMU_H

#include "lib/types.h"

/* The number of a counter here: 0 cycle, 2 instret, as in their CSRs; from 3 on the firmware's. */
#define PMU_COUNTERS 19
#define PMU_EVENTS 9 /* of the firmware that are counted; from SET_TIMER on */

/* Of the vCPU's own thread; who starts it clears it. All zero: as after a start. */
struct pmu {
	uint32_t used; /* 1: something in here is not 0 */
	/* a bit for each counter: cycle or instret stands still, one of the firmware's runs */
	uint32_t changed;
	uint32_t mapped; /* those of the firmware that have an event, whose number is at *from */
	const uint64_t *from[PMU_COUNTERS];
	/* of one that stands still; of one of the firmware's that runs: *from less its value */
	uint64_t value[PMU_COUNTERS];
};

#endif
