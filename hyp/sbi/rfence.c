/* SPDX-License-Identifier: MIT */
/*
 * rfence.c - RFENCE: make other harts see new instructions or page tables. SBI 3.0 chapter 8.
 *
 * Whatever range or ASID is asked for, the target forgets all its own translations: always right,
 * and one short message. The hypervisor's HFENCE functions (3-6) are for harts with the H
 * extension, which guests do not have.
 *
 * Optional room: rfence, 20 lines.
 */
#include "sbi/sbi.h"
#include "vm/fence.h"

static struct sbi_ret fence(struct vcpu *v, const uint64_t *a)
{
	uint64_t set;

	if (!sbi_hart_set(v, a[0], a[1], &set))
		return SBI_ERR(SBI_INVALID_PARAM);
	if (set)
		fence_vcpus(v, set);
	return SBI_OK(0);
}

/* (0, 0) and size -1 are the whole space; any other range must not wrap around. */
static struct sbi_ret sfence_vma(struct vcpu *v, const uint64_t *a)
{
	uint64_t start = a[2], size = a[3];

	if (size && size != ~0UL && start + (size - 1) < start)
		return SBI_ERR(SBI_INVALID_ADDRESS);
	return fence(v, a);
}

SBI_EXTENSION(0x52464e43, fence, sfence_vma, sfence_vma);
