/* SPDX-License-Identifier: MIT */
/*
 * flagged.h - what the variants with a flag instead of vm->lock have in common: a start that looks
 * at it. They differ in who clears it.
 */
#include "lib/atomic.h"
#include "unlocked.h"

/*
 * Atomic: the whole defence of these variants. All VMs have the same one: the laboratory has one
 * VM, and the protocol no place for it.
 */
uint32_t suspend_flag;

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
		r = result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	/* ordered by the target's lock against the scan: flag.c */
	else if (atomic_load_relaxed(&suspend_flag))
		r = result(MP_ERR_DENIED, MP_NOTHING, NULL);
	else
		claim(t, pc, arg);
	spin_unlock(&t->lock);
	return r;
}
