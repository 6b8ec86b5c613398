/* SPDX-License-Identifier: MIT */
/* timer.h - stands in for hyp/sched/timer.h: timers that are armed or not. */
#ifndef SCHED_TIMER_H
#define SCHED_TIMER_H

#include "lib/types.h"

#define TIME_NEVER UINT64_MAX
#define ms_to_ticks(ms) (ms)

struct timer {
	bool armed;
};

void timer_program(void);
void timer_program_with(uint64_t slice_end);
#define timer_expire() timer_program()
void timer_arm(struct timer *timer, uint64_t deadline);
void timer_cancel(struct timer *timer);

#endif
