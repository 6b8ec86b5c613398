/* SPDX-License-Identifier: MIT */
/* rfence_absent.c - without the room rfence: nobody asks another vCPU for fences. */
#include "vm/fence.h"

void fence_attend(struct vcpu *v UNUSED)
{
}

void fence_wake_waiters(struct vcpu *v UNUSED)
{
}

struct vcpu *fence_leave(void)
{
	return NULL;
}

void fence_return(struct vcpu *v UNUSED)
{
}
