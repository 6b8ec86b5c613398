/* SPDX-License-Identifier: MIT */
/* timer.h - stands in for hyp/sched/timer.h: no timers but the tick, which is on or off. */
#include "lib/types.h"

#define TIME_NEVER UINT64_MAX

void timer_program(void);
void timer_program_with(uint64_t slice_end);
#define timer_expire() timer_program()
#define timer_arm(timer, deadline) ((void)(timer))
#define timer_cancel(timer) ((void)(timer))
