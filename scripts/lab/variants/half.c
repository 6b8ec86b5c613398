/* SPDX-License-Identifier: MIT */
/*
 * half.c - LOCKING=half, WRONG on purpose: SYSTEM_SUSPEND takes vm->lock, HART_START does not.
 *
 * A lock that one side takes excludes nobody.
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
		RACE_POINT(start_entered);
		r = try_start(self, target, pc, arg, &again);
		RACE_POINT(start_decided);
		if (!again)
			return r;
		(void)mp_status(target);
	}
}
