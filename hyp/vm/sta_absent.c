/* SPDX-License-Identifier: MIT */
/* sta_absent.c - without the room sta: nobody can ask for it. */
#include "vm/vcpu.h"

void steal_show(struct vcpu *v UNUSED)
{
}
