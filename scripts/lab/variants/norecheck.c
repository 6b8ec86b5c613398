/* SPDX-License-Identifier: MIT */
/*
 * norecheck.c - LOCKING=norecheck, WRONG on purpose: nobody looks at the phase again once he has
 * vm->lock.
 *
 * Who waited for the mutex while a reset went through starts a vCPU of a VM that is ending.
 * Serialised, and still wrong.
 */
#include "mp/step.h"

bool is_sound(void)
{
	return false;
}

bool phase_is_final(const struct mp_vm *vm)
{
	(void)vm;
	return false;
}
