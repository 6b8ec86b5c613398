/* SPDX-License-Identifier: MIT */
/*
 * guard_flag.c - LOCKING=flag, WRONG on purpose: a "suspend in progress" flag that a start looks at.
 *
 * Sound for one suspend and no bystander: the flag is set before a target's lock is taken by the scan, and a start reads it
 * under the same lock, so either the scan sees the started target or the start sees the flag. But anybody who runs clears
 * it, and so does a second suspend that is denied; and a start may fail because of a suspend that then fails too, which no
 * order of the two calls explains. mp/mp_flag_test.c replays the first two.
 */
#include "lib/atomic.h"
#include "mp/guard.h"

const bool guard_is_sound = false;

void guard_start_enter(struct mp_vm *vm UNUSED)
{
}

void guard_start_leave(struct mp_vm *vm UNUSED)
{
}

bool guard_start_refused(const struct mp_vm *vm)
{
	return atomic_load_relaxed(&vm->suspend_flag_); /* ordered by the target's lock against the scan; see above */
}

void guard_suspend_enter(struct mp_vm *vm)
{
	atomic_store_relaxed(&vm->suspend_flag_, 1U); /* pairs with the load in guard_start_refused */
}

void guard_suspend_leave(struct mp_vm *vm, bool done)
{
	if (!done)
		atomic_store_relaxed(&vm->suspend_flag_, 0U); /* ordered with nothing: one of the faults */
}

void guard_vcpu_runs(struct mp_vm *vm)
{
	atomic_store_relaxed(&vm->suspend_flag_, 0U); /* whoever runs, not only the suspender: another fault */
}
