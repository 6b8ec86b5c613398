/* SPDX-License-Identifier: MIT */
/* handover_absent.c - without the room handover: the boot hart has to be one with H. */
#include "lib/log.h"
#include "riscv/smp.h"

void smp_hand_over(const struct machine *m UNUSED, uint64_t self, paddr_t fdt UNUSED)
{
	log_error("hart %lu booted and cannot run guests; this build is WITHOUT=handover", self);
}
