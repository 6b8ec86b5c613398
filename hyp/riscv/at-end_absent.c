/* SPDX-License-Identifier: MIT */
/* at-end_absent.c - without the room at-end: the machine is powered off. */
#include "riscv/fw.h"
#include "riscv/machine_stop.h"

const char *machine_end_name(void)
{
	return "powering off";
}

void machine_end(void)
{
	fw_reset(FW_SHUTDOWN);
}
