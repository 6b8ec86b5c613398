/* SPDX-License-Identifier: MIT */
/*
 * unlocked.h - what wrong variants without vm->lock have in common: mp_hart_start() as in
 * hyp/mp/mp.c, but for the lock. (none.c and half.c, which students repair, have it in full.)
 */
#include "mp/mp_table.h"
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
