/* SPDX-License-Identifier: MIT */
/*
 * racy.c - LOCKING=racy, WRONG on purpose: HART_START looks at its target without the target's
 * lock, and without vm->lock (as Xvisor does).
 *
 * Two starters both see STOPPED, and both start it.
 */
#include "unlocked.h"

struct mp_result try_start(struct mp_vcpu *self, struct mp_vcpu *t, uint64_t pc, uint64_t arg,
			   bool *again)
{
	struct mp_result r = result(MP_OK, MP_LAUNCH, t);

	*again = false;
	if (phase(t->vm) != MP_RUN && !self)
		return result(MP_ERR_DENIED, MP_NOTHING, NULL);
	if (phase_is_final(t->vm))
		return result(MP_OK, MP_CHECKPOINT, NULL);
	if (mp_get(t) == MP_STOP_PENDING) {
		*again = true;
		return r;
	}
	if (mp_get(t) != MP_STOPPED)
		return result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	RACE_POINT(start_asked);
	set_entry(t, pc, arg);
	spin_lock(&t->lock); /* too late: the question was asked before */
	claim(t, pc, arg);
	spin_unlock(&t->lock);
	return r;
}
