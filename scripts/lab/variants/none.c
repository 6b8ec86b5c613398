/* SPDX-License-Identifier: MIT */
/*
 * none.c - LOCKING=none, WRONG on purpose: START and SUSP take each vCPU's spinlock and nothing
 * else.
 *
 * The scan sees every vCPU stopped, but not at one moment: v1 was stopped when it looked there,
 * then v2 started v1 and stopped, then it looked at v2. guest/race provokes it, mp/mp_none_test.c
 * replays it step by step. clang -Wthread-safety rejects this file: that is the point.
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

struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	return try_suspend(self, pc, arg);
}
