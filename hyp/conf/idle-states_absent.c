/* SPDX-License-Identifier: MIT */
/* idle-states_absent.c - without the room idle-states: a kernel waits by WFI. */
#include "conf/guest_fdt.h"

void guest_fdt_idle_states(struct tree_out *o UNUSED)
{
}

void guest_fdt_cpu_idle(struct tree_out *o UNUSED)
{
}
