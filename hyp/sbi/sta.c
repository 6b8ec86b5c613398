/* SPDX-License-Identifier: MIT */
/*
 * sta.c - STA: where in its memory a vCPU sees how long it waited for a hart. SBI 3.0 chapter 16.
 *
 * Optional room: sta, 20 lines.
 */
#include "sbi/sbi.h"
#include "vm/steal.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static struct sbi_ret set_shmem(struct vcpu *v, const uint64_t *a)
{
	uint64_t low = a[0], high = a[1];
	uint32_t flags = (uint32_t)a[2];

	if (flags)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (low == ~0UL && high == ~0UL) {
		steal_show_at(v, 0);
		return SBI_OK(0);
	}
	if (low % STEAL_SIZE)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (high || !low || !vm_ram_contains(v->vm, low, STEAL_SIZE))
		return SBI_ERR(SBI_INVALID_ADDRESS);
	steal_show_at(v, low);
	return SBI_OK(0);
}

SBI_EXTENSION(0x535441, set_shmem);
