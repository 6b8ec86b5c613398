/* SPDX-License-Identifier: MIT */
/*
 * guard_sleepspin.c - LOCKING=sleepspin, WRONG on purpose: HART_START takes the first vCPU's spinlock and then the mutex, under which it may sleep.
 *
 * The holder of the mutex needs that spinlock to go on.
 */
#include "mp/guard.h"

const bool guard_is_sound = false;

void guard_start_enter(struct mp_vm *vm)
{
	spin_lock(&vm->vcpus[0]->lock);
	mutex_lock(&vm->lock);
	spin_unlock(&vm->vcpus[0]->lock);
}
