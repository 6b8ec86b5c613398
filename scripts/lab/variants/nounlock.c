/* SPDX-License-Identifier: MIT */
/*
 * nounlock.c - LOCKING=nounlock, WRONG on purpose: HART_START of a vCPU that is not stopped forgets
 * to give the target's lock back (as Bao did for 15 months).
 *
 * The next one who needs that lock waits for ever.
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
	spin_lock(&t->lock);
	if (mp_get(t) == MP_STOP_PENDING)
		*again = true;
	else if (mp_get(t) != MP_STOPPED)
		return result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	else
		claim(t, pc, arg);
	spin_unlock(&t->lock);
	return r;
}
