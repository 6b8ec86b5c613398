/* SPDX-License-Identifier: MIT */
/*
 * early.c - LOCKING=early, WRONG on purpose: SYSTEM_SUSPEND gives vm->lock back between its check
 * and its change.
 *
 * Among vCPUs alone nothing comes of it: after the check nobody else runs who could start anybody.
 * An agent outside the VM can.
 */
#include "mp/step.h"

bool is_sound(void)
{
	return false;
}

struct mp_result try_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	if (phase_is_final(self->vm))
		return result(MP_OK, MP_CHECKPOINT, NULL);
	if (!others_stopped(self))
		return result(MP_ERR_DENIED, MP_NOTHING, NULL);
	mutex_unlock(&self->vm->lock);
	set_phase(self->vm, MP_SUSPENDED_VM, self);
	mp_hart_suspend(self, pc, arg);
	mutex_lock(&self->vm->lock);
	return result(MP_OK, MP_SLEEP, NULL);
}
