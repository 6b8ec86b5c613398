/* SPDX-License-Identifier: MIT */
/*
 * susp.c - SUSP: suspend the whole VM. SBI 3.0 chapter 13. The check that cannot race is
 * mp_system_suspend().
 */
#include "lib/atomic.h"
#include "lib/log.h"
#include "riscv/csr.h"
#include "sbi/sbi.h"
#include "vm/keeper.h"
#include "vm/life.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define SUSPEND_TO_RAM 0U

static struct sbi_ret system_suspend(struct vcpu *v, const uint64_t *a)
{
	uint64_t pc = a[1], arg = a[2];
	long error;

	if ((uint32_t)a[0] != SUSPEND_TO_RAM)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (!vm_entry_valid(v->vm, pc))
		return SBI_ERR(SBI_INVALID_ADDRESS);
	/*
	 * Before the suspend can be seen: the keeper counts wake-after from here. A call that is
	 * denied leaves a time nobody reads.
	 */
	atomic_store_relaxed(&v->vm->suspended_at, time_now());
	error = vcpu_act(v, mp_system_suspend(&v->mp, pc, arg));
	if (error)
		return SBI_ERR(error);
	log_info("suspended; resumes at 0x%lx", pc);
	keeper_notify(v->vm); /* it looks after the wake-up key and time */
	vcpu_wait(v, true);
	mp_resume(&v->mp, &pc, &arg);
	vcpu_checkpoint(v);
	log_info("resumed");
	vcpu_set_entry(v, pc, arg);
	/* a0 and a1 as a resumed hart finds them */
	return (struct sbi_ret){ .error = v->mp.index, .value = arg };
}

SBI_EXTENSION(0x53555350, system_suspend);
