/* SPDX-License-Identifier: MIT */
/* host.c - the machine that all VMs share, and its end. Contracts are in host.h. */
#include "vm/host.h"

#include "lib/atomic.h"
#include "lib/log.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/machine_stop.h"
#include "sched/trace.h"
#include "vm/vm.h"

struct machine host_machine NOINIT; /* filled in by machine_read() */
struct options host_options;

static uint32_t vms_ended, vms_failed; /* atomic */

isa_set host_guest_isa(void)
{
	unsigned offer = (common_caps.fpu ? ISA_OFFER_FPU : 0) |
			 (common_caps.vlenb ? ISA_OFFER_V : 0) |
			 (common_caps.senvcfg ? ISA_OFFER_SENVCFG : 0) |
			 (host_machine.cbop_block ? ISA_OFFER_CBOP : 0) |
			 (common_caps.guest_sstc ? ISA_OFFER_SSTC : 0) |
			 (common_caps.henvcfg_bits & HENVCFG_PBMTE ? ISA_OFFER_PBMT : 0) |
			 (common_caps.henvcfg_bits & HENVCFG_ADUE ? ISA_OFFER_ADUE : ISA_OFFER_ADE);

	/* Both names: a hart begins without, and FWFT turns it on. */
	if (common_caps.fwft & HENVCFG_ADUE && host_machine.isa & ISA_BIT(ISA_SVADE))
		offer |= ISA_OFFER_ADUE;
	if ((common_caps.henvcfg_bits & (HENVCFG_CBIE_FLUSH | HENVCFG_CBCFE)) ==
		    (HENVCFG_CBIE_FLUSH | HENVCFG_CBCFE) &&
	    host_machine.cbom_block)
		offer |= ISA_OFFER_CBOM;
	if (common_caps.henvcfg_bits & HENVCFG_CBZE && host_machine.cboz_block)
		offer |= ISA_OFFER_CBOZ;
	return isa_offer(host_machine.isa, offer);
}

void host_vm_ended(bool failed)
{
	if (failed)
		atomic_fetch_add(&vms_failed, 1);
	if (atomic_fetch_add(&vms_ended, 1) + 1 < nr_vms)
		return;
	log_notice("all VMs have ended%s; %s", vms_failed ? ", not all well" : "",
		   machine_end_name());
	replay_end();
	trace_dump();
	machine_stop(vms_failed ? 1 : 0);
}
