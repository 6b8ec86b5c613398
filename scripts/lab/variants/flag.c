/* SPDX-License-Identifier: MIT */
/*
 * flag.c - LOCKING=flag, WRONG on purpose: a "suspend in progress" flag that a start looks at.
 *
 * Sound for one suspend and no bystander: the flag is set before a target's lock is taken by the
 * scan, and a start reads it under the same lock, so either the scan sees the started target or the
 * start sees the flag. But anybody who runs clears it, and so does a second suspend that is denied;
 * and a start may fail because of a suspend that then fails too, which no order of the two calls
 * explains. mp/mp_flag_test.c replays the three.
 */
#include "flagged.h"

struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_result r;

	atomic_store_relaxed(&suspend_flag, 1U); /* pairs with the load in try_start */
	r = try_suspend(self, pc, arg);
	if (r.action != MP_SLEEP)
		/* ordered with nothing: one of the faults */
		atomic_store_relaxed(&suspend_flag, 0U);
	return r;
}

/* Asked by whoever is about to run guest code, after a start or a suspend. */
void get_entry(const struct mp_vcpu *v, uint64_t *pc, uint64_t *arg)
{
	*pc = v->entry_pc_;
	*arg = v->entry_arg_;
	atomic_store_relaxed(&suspend_flag, 0U); /* not only the suspender: another fault */
}
