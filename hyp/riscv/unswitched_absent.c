/* SPDX-License-Identifier: MIT */
/*
 * unswitched_absent.c - without the room unswitched: for harts that have no CSRs but those that are
 * switched. What else there is one VM can read of another.
 */
#include "riscv/unswitched.h"

bool unswitched_prepare(unsigned n UNUSED)
{
	return true;
}

void unswitched_probe(void)
{
}

void unswitched_reset(bool other_vm UNUSED)
{
}
