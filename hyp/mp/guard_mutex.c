/* SPDX-License-Identifier: MIT */
/*
 * guard_mutex.c - LOCKING=mutex, the protocol: HART_START and SYSTEM_SUSPEND exclude each other by vm->lock.
 *
 * While a suspend holds the mutex nobody leaves STOPPED; what the scan has seen of one vCPU is still true when it looks at the
 * last, so the scan is worth as much as a snapshot. And a start is refused for one reason only: its target is not stopped.
 */
#include "mp/step.h"

OPERATION const bool guard_is_sound = true;

OPERATION void guard_start_enter(struct mp_vm *vm)
{
	mutex_lock(&vm->lock);
}

OPERATION void guard_start_leave(struct mp_vm *vm)
{
	mutex_unlock(&vm->lock);
}

OPERATION bool guard_start_refused(const struct mp_vm *vm UNUSED)
{
	return false;
}

OPERATION void guard_suspend_enter(struct mp_vm *vm)
{
	mutex_lock(&vm->lock);
}

OPERATION void guard_suspend_leave(struct mp_vm *vm, bool done UNUSED)
{
	mutex_unlock(&vm->lock);
}

OPERATION void guard_vcpu_runs(struct mp_vm *vm UNUSED)
{
}
