/* SPDX-License-Identifier: MIT */
/* sbi.c - the table of extensions and the way a call takes through it. SBI 3.0 chapters 3 and 4. */
#include "sbi/sbi.h"

#include "lib/ensure.h"
#include "lib/log.h"
#include "vm/vm.h"

static const struct sbi_ext *const rows[] = {
	&sbi_base, &sbi_time, &sbi_ipi, &sbi_rfence, &sbi_hsm, &sbi_srst, &sbi_susp, &sbi_dbcn, &sbi_putchar, &sbi_getchar, &sbi_shutdown,
};

/*
 * The rows again, by hash, so that every call costs the same; an empty slot has no functions. SLOTS and the multiplier were
 * chosen so that no two rows share a slot, which sbi_init() checks: whoever adds a row learns at the first boot if another
 * pair is needed.
 */
#define SLOTS 32
#define HASH(id) ((uint32_t)((uint32_t)(id) * HASH_MULTIPLIER) >> 27)
#define HASH_MULTIPLIER 0x04004000U

static struct sbi_ext table[SLOTS];

void sbi_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		ENSURE(!table[HASH(rows[i]->id)].name);
		table[HASH(rows[i]->id)] = *rows[i];
	}
}

const struct sbi_ext *sbi_find(uint64_t id)
{
	const struct sbi_ext *e = &table[HASH(id)];

	/* The id is a signed 32-bit number, sign-extended or not. */
	return e->name && e->id == (uint32_t)id ? e : NULL;
}

struct vcpu *sbi_vcpu(const struct vcpu *v, uint64_t hartid)
{
	return hartid < v->vm->nr_vcpus ? &v->vm->vcpus[hartid] : NULL;
}

bool sbi_hart_set(const struct vcpu *v, uint64_t mask, uint64_t base, uint64_t *set)
{
	unsigned n = v->vm->nr_vcpus;
	uint64_t all = ~0UL >> (64 - n); /* 1 <= n <= 64 */

	*set = all;
	if (base == ~0UL)
		return true;
	*set = 0;
	if (!mask)
		return true;
	if (base >= n)
		return false;
	*set = mask << base;
	return *set >> base == mask && !(*set & ~all);
}

/* No function of a row: a call from before there were any, or one that we do not have. */
static NOINLINE struct sbi_ret other_call(struct vcpu *v, const struct guest_frame *f)
{
	const struct sbi_ext *e = sbi_find(f->a[7]);

	if (e && e->legacy)
		return (struct sbi_ret){ e->legacy(v, f->a).error, f->a[1] };
	log_debug("sbi: no extension 0x%lx function %lu", f->a[7], f->a[6]);
	/* A legacy call keeps a1, also one that we do not have. */
	return (struct sbi_ret){ SBI_NOT_SUPPORTED, f->a[7] <= SBI_LEGACY_LAST ? f->a[1] : 0 };
}

__attribute__((section(".text.hot"))) struct sbi_ret sbi_call(struct guest_frame *f)
{
	const struct sbi_ext *e = &table[HASH(f->a[7])];
	struct vcpu *v = f->vcpu;
	uint32_t fid = (uint32_t)f->a[6];

	v->exits[EXIT_ECALL]++;
	if (e->id == (uint32_t)f->a[7] && fid < e->nr_functions)
		return e->functions[fid](v, f->a);
	return other_call(v, f);
}
