/* SPDX-License-Identifier: MIT */
/*
 * wronglock.c - LOCKING=wronglock, WRONG on purpose: HART_START changes its target under its own
 * lock (as KVM's reset path once did).
 *
 * The right lock of the wrong vCPU: the target's own moves are not held off.
 */
#include "mp/mp_table.h"
#include "mp/step.h"

bool is_sound(void)
{
	return false;
}

struct mp_result try_start(struct mp_vcpu *self, struct mp_vcpu *t, uint64_t pc, uint64_t arg,
			   bool *again)
{
	struct mp_result r = result(MP_OK, MP_LAUNCH, t);

	*again = false;
	if (phase(t->vm) != MP_RUN && !self)
		return result(MP_ERR_DENIED, MP_NOTHING, NULL);
	if (phase_is_final(t->vm))
		return result(MP_OK, MP_CHECKPOINT, NULL);
	struct mp_vcpu *mine = self ? self : t->vm->vcpus[0];

	spin_lock(&mine->lock);
	if (mp_get(t) == MP_STOP_PENDING)
		*again = true;
	else if (mp_get(t) != MP_STOPPED)
		r = result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	else
		claim(t, pc, arg);
	spin_unlock(&mine->lock);
	return r;
}
