/* SPDX-License-Identifier: MIT */
/*
 * unswitched_absent.c - without the room unswitched: for harts that have no CSRs but those that are
 * switched. What else there is one VM can read of another.
 */
#include "riscv/unswitched.h"

#include "lib/log.h"

/* There are several VMs. */
bool unswitched_prepare(unsigned n UNUSED)
{
	log_notice("this build is WITHOUT=unswitched: CSRs that it does not know are shared by all "
		   "VMs");
	return true;
}

void unswitched_probe(void)
{
}

void unswitched_reset(bool other_vm UNUSED)
{
}
