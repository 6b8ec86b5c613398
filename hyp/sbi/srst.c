/* SPDX-License-Identifier: MIT */
/*
 * srst.c - SRST: shut the VM down or reboot it, and the legacy call for the former. SBI 3.0
 * chapters 10 and 5.
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

static struct sbi_ret shutdown(struct vcpu *v, const uint64_t *a UNUSED)
{
	return SBI_ERR(
		vcpu_act(v, mp_system_reset(&v->vm->mp, &v->mp, SRST_SHUTDOWN, SRST_NO_REASON)));
}

const sbi_fn sbi_srst[] = { system_reset };
const sbi_fn sbi_shutdown[] = { shutdown };
