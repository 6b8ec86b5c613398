/* SPDX-License-Identifier: MIT */
/*
 * guard_half.c - LOCKING=half, WRONG on purpose: SYSTEM_SUSPEND takes vm->lock, HART_START does not.
 *
 * A lock that one side takes excludes nobody.
 */
#include "mp/guard.h"

const bool guard_is_sound = false;

void guard_start_enter(struct mp_vm *vm)
{
	(void)vm;
}

void guard_start_leave(struct mp_vm *vm)
{
	(void)vm;
}
