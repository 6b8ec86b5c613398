/* SPDX-License-Identifier: MIT */
/*
 * handover.c - a boot hart that cannot run guests starts another one, and ends. Contract is in
 * smp.h.
 *
 * Optional room: handover, 25 lines.
 */
#include "conf/machine.h"
#include "lib/atomic.h"
#include "lib/log.h"
#include "riscv/fw.h"
#include "riscv/mmu.h"
#include "riscv/smp.h"

extern char handover[]; /* takeover.S */

/* For the hart that boots in our place: our id and the device tree. Not in bss, which it clears. */
static uint64_t handover_from[2] __attribute__((section(".data")));

void smp_hand_over(const struct machine *m, uint64_t self, paddr_t fdt)
{
	handover_from[0] = self;
	handover_from[1] = fdt;
	atomic_fence();
	for (unsigned i = 0; i < m->hart_count; i++) {
		if (m->hart[i].skip)
			continue;
		log_notice("hart %lu booted but cannot run guests; going on with hart %lu", self,
			   m->hart[i].id);
		if (fw_hart_start(m->hart[i].id, mmu_phys(handover), mmu_phys(handover_from)) == 0)
			fw_hart_stop();
	}
}
