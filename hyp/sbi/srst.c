/* SPDX-License-Identifier: MIT */
/*
 * srst.c - SRST: shut the VM down or reboot it. SBI 3.0 chapter 10.
 */
#include "sbi/sbi.h"
#include "vm/life.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static struct sbi_ret system_reset(struct vcpu *v, const uint64_t *a)
{
	uint32_t type = (uint32_t)a[0], reason = (uint32_t)a[1];

	if (type > SRST_WARM_REBOOT || reason > SRST_FAILURE)
		return SBI_ERR(SBI_INVALID_PARAM);
	/* Whether we are first or somebody else was: this vCPU stops in here. */
	return SBI_ERR(vcpu_act(v, mp_system_reset(&v->vm->mp, &v->mp, type, reason)));
}

SBI_EXTENSION(0x53525354, system_reset);
