/* SPDX-License-Identifier: MIT */
/* timer.h - stands in for hyp/vm/timer.h: no timers. */
#define TIME_NEVER UINT64_MAX
#define timer_program() ((void)0)
#define timer_program_with(slice_end) ((void)(slice_end))
#define timer_expire() ((void)0)
#define timer_arm(timer, deadline) ((void)(timer))
#define timer_cancel(timer) ((void)(timer))
