/* SPDX-License-Identifier: MIT */
/* base.c - BASE: who is this, and what can it do. SBI 3.0 chapter 4. */
#include "sbi/sbi.h"

#define ANSWER(name, value)                                                     \
	static struct sbi_ret name(struct vcpu *v UNUSED, const uint64_t *a UNUSED) \
	{                                                                           \
		return SBI_OK(value);                                                   \
	}

ANSWER(spec_version, SBI_SPEC_VERSION)
ANSWER(impl_id, SBI_IMPL_ID)
ANSWER(impl_version, SBI_IMPL_VERSION)
/*
 * mvendorid, marchid, mimpid: 0 is legal for all, and keeps a guest from applying errata of a hart
 * it may leave.
 */
ANSWER(machine_id, 0)

static struct sbi_ret probe(struct vcpu *v UNUSED, const uint64_t *a)
{
	return SBI_OK(sbi_has(a[0]));
}

SBI_EXTENSION(0x10, spec_version, impl_id, impl_version, probe, machine_id, machine_id, machine_id);
