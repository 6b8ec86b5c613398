/* SPDX-License-Identifier: MIT */
/*
 * hsm.c - HSM: start, stop, suspend a hart, and ask. SBI 3.0 chapter 9. The decisions are made in
 * mp/.
 */
#include "sbi/sbi.h"
#include "vm/irq.h"
#include "vm/life.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define SUSPEND_RETENTIVE 0x00000000U
#define SUSPEND_NON_RETENTIVE 0x80000000U

static struct sbi_ret hart_start(struct vcpu *v, const uint64_t *a)
{
	struct vcpu *target = sbi_vcpu(v, a[0]);

	if (!target)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (!vm_entry_valid(v->vm, a[1]))
		return SBI_ERR(SBI_INVALID_ADDRESS);
	return SBI_ERR(vcpu_act(v, mp_hart_start(&v->mp, &target->mp, a[1], a[2])));
}

static struct sbi_ret hart_stop(struct vcpu *v, const uint64_t *a UNUSED)
{
	vcpu_stop(v);
}

static struct sbi_ret hart_get_status(struct vcpu *v, const uint64_t *a)
{
	struct vcpu *target = sbi_vcpu(v, a[0]);

	if (!target)
		return SBI_ERR(SBI_INVALID_PARAM);
	/*
	 * Who asks waits for a change, and a vCPU that waits for a hart cannot make one: let it go
	 * first. Linux asks once whether a CPU has stopped that was about to, and complains if not.
	 */
	if (target->thread.state == THREAD_READY) /* a hint */
		sched_yield();
	return SBI_OK(mp_status(&target->mp));
}

static NOINLINE struct sbi_ret suspend(struct vcpu *v, uint32_t type, uint64_t pc, uint64_t arg)
{
	if (type != SUSPEND_RETENTIVE && type != SUSPEND_NON_RETENTIVE)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (type == SUSPEND_NON_RETENTIVE && !vm_entry_valid(v->vm, pc))
		return SBI_ERR(SBI_INVALID_ADDRESS);
	mp_hart_suspend(&v->mp, pc, arg);
	vcpu_wait(v, false);
	mp_resume(&v->mp, &pc, &arg);
	vcpu_checkpoint(v);
	if (type == SUSPEND_RETENTIVE)
		return SBI_OK(0);
	vcpu_set_entry(v, pc, arg);
	/* a0 and a1 as a resumed hart finds them */
	return (struct sbi_ret){ .error = v->mp.index, .value = arg };
}

/*
 * Retentive: like WFI, but others can see it. Non-retentive: goes on at the resume address. An
 * interrupt that is pending and enabled ends it, whatever sstatus.SIE says, also one that was there
 * before.
 */
static struct sbi_ret hart_suspend(struct vcpu *v, const uint64_t *a)
{
	if ((uint32_t)a[0] == SUSPEND_RETENTIVE && irq_pending(v))
		return SBI_OK(0); /* it would be awake before anybody could look */
	return suspend(v, (uint32_t)a[0], a[1], a[2]);
}

SBI_EXTENSION(0x48534d, hart_start, hart_stop, hart_get_status, hart_suspend);
