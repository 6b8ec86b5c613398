/* SPDX-License-Identifier: MIT */
/* stuck_absent.c - without the room stuck: a vCPU that cannot go on spins and says nothing. */
#include "vm/stuck.h"

void stuck_check(struct vcpu *self UNUSED)
{
}

void stuck_no_more(struct vcpu *self UNUSED)
{
}
