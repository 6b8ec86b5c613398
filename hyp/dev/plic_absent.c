/* SPDX-License-Identifier: MIT */
/* plic_absent.c - without the room plic: a guest has no interrupt controller. */
#include "dev/intc.h"

void intc_line(struct vm *vm UNUSED, unsigned source UNUSED, bool level UNUSED)
{
}

void intc_wire(struct tree_out *o UNUSED, unsigned source UNUSED)
{
}
