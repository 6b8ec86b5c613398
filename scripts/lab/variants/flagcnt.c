/* SPDX-License-Identifier: MIT */
/*
 * flagcnt.c - LOCKING=flagcnt, WRONG on purpose: the flag as a counter, which only who suspends
 * changes.
 *
 * No start slips in any more. But a start is refused for a suspend that is denied in the end: both
 * fail, and no order of the two calls explains that. And whoever looks only at the phase, like
 * SYSTEM_RESET, is not held off.
 */
#include "flagged.h"

struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_result r;

	atomic_fetch_add(&suspend_flag, 1U);
	r = try_suspend(self, pc, arg);
	if (r.action != MP_SLEEP)
		atomic_fetch_sub(&suspend_flag, 1U);
	return r;
}

void end_system_suspend(struct mp_vcpu *self)
{
	atomic_fetch_sub(&suspend_flag, 1U);
	if (self->vm->suspender_ == self)
		set_phase(self->vm, MP_RUN, NULL);
}
