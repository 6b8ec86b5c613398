/* SPDX-License-Identifier: MIT */
/* timer.h - stands in for hyp/sched/timer.h: no timers but the tick, which is on or off. */
#ifndef SCHED_TIMER_H
#define SCHED_TIMER_H

#include "lib/types.h"

#define TIME_NEVER UINT64_MAX

struct timer {
	uint64_t nothing;
};

void timer_program(void);
void timer_program_with(uint64_t slice_end);
#define timer_expire() timer_program()
#define timer_cancel(timer) ((void)(timer))

#endif
