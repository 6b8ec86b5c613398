/* SPDX-License-Identifier: MIT */
/* fwft_absent.c - without the room fwft: henvcfg stays as it is. */
#include "riscv/envcfg.h"

void envcfg_ask_firmware(isa_set isa UNUSED)
{
}

uint64_t envcfg_changeable(isa_set isa UNUSED, uint64_t *start UNUSED)
{
	return 0;
}
