/* SPDX-License-Identifier: MIT */
/*
 * flag.c - LOCKING=flag, WRONG on purpose: a "suspend in progress" flag that a start looks at.
 *
 * Sound for one suspend and no bystander: the flag is set before a target's lock is taken by the scan, and a start reads it
 * under the same lock, so either the scan sees the started target or the start sees the flag. But anybody who runs clears
 * it, and so does a second suspend that is denied; and a start may fail because of a suspend that then fails too, which no
 * order of the two calls explains. mp/mp_flag_test.c replays the three.
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
	else if (atomic_load_relaxed(&t->vm->suspend_flag_)) /* ordered by the target's lock against the scan; see above */
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

	atomic_store_relaxed(&self->vm->suspend_flag_, 1U); /* pairs with the load in try_start */
	r = try_suspend(self, pc, arg);
	if (r.action != MP_SLEEP)
		atomic_store_relaxed(&self->vm->suspend_flag_, 0U); /* ordered with nothing: one of the faults */
	return r;
}

/* Asked by whoever is about to run guest code, after a start or a suspend. */
void get_entry(const struct mp_vcpu *v, uint64_t *pc, uint64_t *arg)
{
	*pc = v->entry_pc_;
	*arg = v->entry_arg_;
	atomic_store_relaxed(&v->vm->suspend_flag_, 0U); /* not only the suspender: another fault */
}
