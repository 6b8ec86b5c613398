/* SPDX-License-Identifier: MIT */
/* sbi.c - the table of extensions and the way a call takes through it. SBI 3.0 chapters 3 and 4. */
#include "sbi/sbi.h"

#include "lib/log.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * One row per extension, in a place that one multiplication finds, so that every call costs the
 * same. The multiplier was chosen so that no two share a place: whoever adds a row is told by the
 * compiler if it needs another one. An empty place has no functions.
 */
#define HASH(id) ((uint32_t)((uint32_t)(id) * 0x08088000U) >> 28)
#define EXTENSION(id, functions) [HASH(id)] = { id, ARRAY_SIZE(functions), functions }
#define LEGACY(id, function) [HASH(id)] = { id, 0, function }

static const struct row {
	uint32_t id; /* a7 */
	/* a6 below this is a function; 0: a legacy call, where a6 is ignored and a1 stays */
	uint32_t nr_functions;
	const sbi_fn *functions;
} rows[16] = {
	EXTENSION(0x10, sbi_base),
	EXTENSION(0x54494d45, sbi_time),
	EXTENSION(0x735049, sbi_ipi),
	EXTENSION(0x52464e43, sbi_rfence),
	EXTENSION(0x48534d, sbi_hsm),
	EXTENSION(0x53525354, sbi_srst),
	EXTENSION(0x53555350, sbi_susp),
	EXTENSION(0x4442434e, sbi_dbcn),
	LEGACY(1, sbi_putchar),
	LEGACY(2, sbi_getchar),
	LEGACY(8, sbi_shutdown),
};

/* The row of @id, or NULL. The id is a signed 32-bit number, sign-extended or not. */
static const struct row *find(uint64_t id)
{
	const struct row *r = &rows[HASH(id)];

	return r->functions && r->id == (uint32_t)id ? r : NULL;
}

bool sbi_has(uint64_t id)
{
	return find(id) != NULL;
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
	const struct row *r = find(f->a[7]);

	if (r && !r->nr_functions)
		return (struct sbi_ret){ r->functions[0](v, f->a).error, f->a[1] };
	log_debug("sbi: no extension 0x%lx function %lu", f->a[7], f->a[6]);
	/* A legacy call keeps a1, also one that we do not have. */
	return (struct sbi_ret){ SBI_NOT_SUPPORTED, f->a[7] <= SBI_LEGACY_LAST ? f->a[1] : 0 };
}

__attribute__((section(".text.hot"))) struct sbi_ret sbi_call(struct guest_frame *f)
{
	const struct row *r = &rows[HASH(f->a[7])];
	struct vcpu *v = f->vcpu;
	uint32_t fid = (uint32_t)f->a[6];

	v->exits[EXIT_ECALL]++;
	if (r->id == (uint32_t)f->a[7] && fid < r->nr_functions)
		return r->functions[fid](v, f->a);
	return other_call(v, f);
}
