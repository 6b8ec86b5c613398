/* SPDX-License-Identifier: MIT */
/*
 * flagown.c - LOCKING=flagown, WRONG on purpose: the flag of LOCKING=flag, but only who suspends clears it.
 *
 * No bystander can clear it any more. Two suspends still share it: the one that is denied clears it for the other.
 */
#include "lib/atomic.h"
#include "mp/mp_table.h"
#include "mp/step.h"
#include "port/port.h"

bool is_sound(void)
{
	return false;
}

struct mp_result try_start(struct mp_vcpu *self, struct mp_vcpu *t, uint64_t pc, uint64_t arg, bool *again)
{
	struct mp_result r = result(MP_OK, MP_LAUNCH, t);

	*again = false;
	if (phase(t->vm) != MP_RUN && !self)
		return result(MP_ERR_DENIED, MP_NOTHING, NULL);
	if (phase_is_final(t->vm))
		return result(MP_OK, MP_CHECKPOINT, NULL);
	spin_lock(&t->lock);
	if (mp_get(t) == MP_STOP_PENDING)
		*again = true;
	else if (mp_get(t) != MP_STOPPED)
		r = result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	else if (atomic_load_relaxed(&t->vm->suspend_flag_))
		r = result(MP_ERR_DENIED, MP_NOTHING, NULL);
	else
		claim(t, pc, arg);
	spin_unlock(&t->lock);
	return r;
}

struct mp_result mp_hart_start(struct mp_vcpu *self, struct mp_vcpu *target, uint64_t pc, uint64_t arg)
{
	struct mp_result r;
	bool again;

	for (;;) {
		RACE_POINT(start_entered);
		r = try_start(self, target, pc, arg, &again);
		RACE_POINT(start_decided);
		if (!again)
			return r;
		(void)mp_status(target);
	}
}

struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_result r;

	atomic_store_relaxed(&self->vm->suspend_flag_, 1U);
	r = try_suspend(self, pc, arg);
	if (r.action != MP_SLEEP)
		atomic_store_relaxed(&self->vm->suspend_flag_, 0U);
	return r;
}

void end_system_suspend(struct mp_vcpu *self)
{
	atomic_store_relaxed(&self->vm->suspend_flag_, 0U);
	if (self->vm->suspender_ == self)
		set_phase(self->vm, MP_RUN, NULL);
}
