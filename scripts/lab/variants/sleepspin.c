/* SPDX-License-Identifier: MIT */
/*
 * sleepspin.c - LOCKING=sleepspin, WRONG on purpose: HART_START takes the first vCPU's spinlock and
 * then the mutex, under which it may sleep.
 *
 * The holder of the mutex needs that spinlock to go on.
 */
#include "mp/step.h"
#include "port/port.h"

bool is_sound(void)
{
	return false;
}

struct mp_result mp_hart_start(struct mp_vcpu *self, struct mp_vcpu *target, uint64_t pc,
			       uint64_t arg)
{
	struct mp_result r;
	bool again;

	for (;;) {
		spin_lock(&target->vm->vcpus[0]->lock);
		mutex_lock(&target->vm->lock);
		spin_unlock(&target->vm->vcpus[0]->lock);
		RACE_POINT(start_entered);
		r = try_start(self, target, pc, arg, &again);
		RACE_POINT(start_decided);
		mutex_unlock(&target->vm->lock);
		if (!again)
			return r;
		(void)mp_status(target);
	}
}
