/* SPDX-License-Identifier: MIT */
/* entropy_absent.c - without the room entropy: guests get no rng-seed. */
#include "vm/entropy.h"

void entropy_gather(void)
{
}

void entropy_for_vm(struct vm *vm UNUSED)
{
}

bool entropy_enough(void)
{
	return false;
}

void entropy_take(struct vm *vm UNUSED, uint64_t seed[4] UNUSED)
{
}
