/* SPDX-License-Identifier: MIT */
/*
 * clobber.c - LOCKING=clobber, WRONG on purpose: HART_START writes the entry point before it knows
 * that it may (as OpenSBI does).
 *
 * The start of a suspended hart fails, and the hart resumes where the failed start said.
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
	set_entry(t, pc, arg);
	spin_lock(&t->lock);
	if (mp_get(t) == MP_STOP_PENDING)
		*again = true;
	else if (mp_get(t) != MP_STOPPED)
		r = result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	else
		claim(t, pc, arg);
	spin_unlock(&t->lock);
	return r;
}
