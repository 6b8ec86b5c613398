/* SPDX-License-Identifier: MIT */
/*
 * flagown.c - LOCKING=flagown, WRONG on purpose: the flag of LOCKING=flag, but only who suspends
 * clears it.
 *
 * No bystander can clear it any more. Two suspends still share it: the one that is denied clears it
 * for the other.
 */
#include "flagged.h"

struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_result r;

	atomic_store_relaxed(&suspend_flag, 1U);
	r = try_suspend(self, pc, arg);
	if (r.action != MP_SLEEP)
		atomic_store_relaxed(&suspend_flag, 0U);
	return r;
}

void end_system_suspend(struct mp_vcpu *self)
{
	atomic_store_relaxed(&suspend_flag, 0U);
	if (self->vm->suspender_ == self)
		set_phase(self->vm, MP_RUN, NULL);
}
