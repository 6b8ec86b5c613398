/* SPDX-License-Identifier: MIT */
/*
 * guard_flagown.c - LOCKING=flagown, WRONG on purpose: the flag of LOCKING=flag, but only who suspends clears it.
 *
 * No bystander can clear it any more. Two suspends still share it: the one that is denied clears it for the other.
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
	atomic_store_relaxed(&vm->suspend_flag_, 1U);
}

void guard_suspend_leave(struct mp_vm *vm, bool done)
{
	if (!done)
		atomic_store_relaxed(&vm->suspend_flag_, 0U);
}

void end_system_suspend(struct mp_vcpu *self)
{
	atomic_store_relaxed(&self->vm->suspend_flag_, 0U);
	if (self->vm->suspender_ == self)
		set_phase(self->vm, MP_RUN, NULL);
}
