/* SPDX-License-Identifier: MIT */
/* ipi.c - IPI: a software interrupt for a set of harts. SBI 3.0 chapter 7. */
#include "riscv/csr.h"
#include "sbi/sbi.h"
#include "vm/irq.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * To a stopped vCPU the interrupt is posted all the same: its next start clears it (H28, H32), and
 * one that is starting gets it (I13). So no state is read, and there is none to race with.
 */
static struct sbi_ret send_ipi(struct vcpu *v, const uint64_t *a)
{
	uint64_t set, several;

	if (!sbi_hart_set(v, a[0], a[1], &set))
		return SBI_ERR(SBI_INVALID_PARAM);
	if (set & 1UL << v->mp.index) {
		csr_set(hvip, HVIP_VSSIP); /* to oneself: we are here */
		set &= ~(1UL << v->mp.index);
	}
	if (!set)
		return SBI_OK(0);
	several = set & (set - 1);
	if (several)
		hart_kicks_gather();
	for (struct vcpu *to = v->vm->vcpus; set; to++, set >>= 1)
		if (set & 1)
			irq_post(to, HVIP_VSSIP);
	if (several)
		hart_kicks_send();
	return SBI_OK(0);
}

SBI_EXTENSION(0x735049, send_ipi);
