/* SPDX-License-Identifier: MIT */
/* timer.h - stands in for hyp/vm/timer.h: no timers. */
#define TIME_NEVER UINT64_MAX
#define timer_program() ((void)0)
#define timer_expire() ((void)0)
