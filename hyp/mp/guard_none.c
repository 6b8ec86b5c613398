/* SPDX-License-Identifier: MIT */
/*
 * guard_none.c - LOCKING=none, WRONG on purpose: START and SUSP take each vCPU's spinlock and nothing else.
 *
 * The scan sees every vCPU stopped, but not at one moment: v1 was stopped when it looked there, then v2 started v1 and
 * stopped, then it looked at v2. guest/race provokes it, mp/mp_none_test.c replays it step by step. clang -Wthread-safety
 * rejects this file: that is the point.
 */
#include "mp/guard.h"

const bool guard_is_sound = false;

void guard_start_enter(struct mp_vm *vm UNUSED)
{
}

void guard_start_leave(struct mp_vm *vm UNUSED)
{
}

bool guard_start_refused(const struct mp_vm *vm UNUSED)
{
	return false;
}

void guard_suspend_enter(struct mp_vm *vm UNUSED)
{
}

void guard_suspend_leave(struct mp_vm *vm UNUSED, bool done UNUSED)
{
}

void guard_vcpu_runs(struct mp_vm *vm UNUSED)
{
}
