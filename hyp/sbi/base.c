/* SPDX-License-Identifier: MIT */
/* base.c - BASE: who is this, and what can it do. SBI 3.0 chapter 4. */
#include "sbi/sbi.h"

static struct sbi_ret spec_version(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_OK(SBI_SPEC_VERSION);
}

static struct sbi_ret impl_id(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_OK(SBI_IMPL_ID);
}

static struct sbi_ret impl_version(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_OK(SBI_IMPL_VERSION);
}

static struct sbi_ret probe(struct vcpu *v UNUSED, const uint64_t *a)
{
	return SBI_OK(sbi_find(a[0]) != NULL);
}

/* mvendorid, marchid, mimpid: 0 is legal for all, and keeps a guest from applying errata of a hart it may leave. */
static struct sbi_ret machine_id(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_OK(0);
}

static const sbi_fn functions[] = { spec_version, impl_id, impl_version, probe, machine_id, machine_id, machine_id };

const struct sbi_ext sbi_base = { .id = 0x10, .name = "BASE", .functions = functions, .nr_functions = ARRAY_SIZE(functions) };
