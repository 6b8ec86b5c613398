/* SPDX-License-Identifier: MIT */
/*
 * guard_flagcnt.c - LOCKING=flagcnt, WRONG on purpose: the flag as a counter, which only who suspends changes.
 *
 * No start slips in any more. But a start is refused for a suspend that is denied in the end: both fail, and no order of the two
 * calls explains that. And whoever looks only at the phase, like SYSTEM_RESET, is not held off.
 */
#include "lib/atomic.h"
#include "mp/step.h"

const bool guard_is_sound = false;

void guard_start_enter(struct mp_vm *vm)
{
	(void)vm;
}

void guard_start_leave(struct mp_vm *vm)
{
	(void)vm;
}

bool guard_start_refused(const struct mp_vm *vm)
{
	return atomic_load_relaxed(&vm->suspend_flag_);
}

void guard_suspend_enter(struct mp_vm *vm)
{
	atomic_fetch_add(&vm->suspend_flag_, 1U);
}

void guard_suspend_leave(struct mp_vm *vm, bool done)
{
	if (!done)
		atomic_fetch_sub(&vm->suspend_flag_, 1U);
}

void end_system_suspend(struct mp_vcpu *self)
{
	atomic_fetch_sub(&self->vm->suspend_flag_, 1U);
	if (self->vm->suspender_ == self)
		set_phase(self->vm, MP_RUN, NULL);
}
