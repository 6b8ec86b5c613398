/* SPDX-License-Identifier: MIT */
/* sbi.c - the table of extensions and the way a call takes through it. SBI 3.0 chapters 3 and 4. */
#include "sbi/sbi.h"

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "lib/log.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * Where sbi_call() finds a row: by one multiplication, so that every call costs the same. Of two
 * rows that want one place the second goes to the next free one, and costs some instructions more.
 * The multiplier gives each extension that we have a place of its own. Written at boot, and by
 * sbi_replace(): like all data of the hypervisor, no guest can reach it. An empty place has no
 * functions.
 */
#define PLACES 32
#define HASH(id) ((uint32_t)((uint32_t)(id) * 0x08811000U) >> 27)

static struct sbi_extension places[PLACES];

/* The place @e, or an empty one. */
static bool ends_here(const struct sbi_extension *e, uint64_t id)
{
	return !e->functions || e->id == (uint32_t)id;
}

/* The first place has another one. There is always an empty one. */
static NOINLINE struct sbi_extension *further_place_of(uint64_t id)
{
	unsigned at = HASH(id);

	while (!ends_here(&places[at], id))
		at = (at + 1) % PLACES;
	return &places[at];
}

/*
 * The row of @id, or the empty place where it would be. The id is a signed 32-bit number,
 * sign-extended or not.
 */
static struct sbi_extension *place_of(uint64_t id)
{
	struct sbi_extension *e = &places[HASH(id)];

	return ends_here(e, id) ? e : further_place_of(id);
}

void sbi_init(void)
{
	unsigned n = 0;

	each_row(sbi, r) {
		struct sbi_extension *place = place_of((*r)->id);

		ENSURE(!place->functions && ++n < PLACES);
		*place = **r;
	}
}

const struct sbi_extension *sbi_find(uint64_t id)
{
	return place_of(id);
}

void sbi_replace(uint64_t id, const sbi_fn *functions)
{
	atomic_store_relaxed(&place_of(id)->functions, functions);
}

bool sbi_has(uint64_t id)
{
	return place_of(id)->functions != NULL;
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

static NOINLINE struct sbi_ret not_supported(const struct guest_frame *f)
{
	log_debug("sbi: no extension 0x%lx function %lu", f->a[7], f->a[6]);
	/* A legacy call keeps a1, also one that we do not have. */
	return (struct sbi_ret){ SBI_NOT_SUPPORTED, f->a[7] <= SBI_LEGACY_LAST ? f->a[1] : 0 };
}

/*
 * The first place has another extension, or no such function: an extension whose place another one
 * has, or a call from before there were any.
 */
static NOINLINE struct sbi_ret other_call(struct vcpu *v, const struct guest_frame *f)
{
	const struct sbi_extension *e = place_of(f->a[7]);

	if ((uint32_t)f->a[6] < e->nr_functions)
		return e->functions[(uint32_t)f->a[6]](v, f->a);
	if (e->functions && !e->nr_functions)
		return (struct sbi_ret){ e->functions[0](v, f->a).error, f->a[1] };
	return not_supported(f);
}

__attribute__((section(".text.hot"))) struct sbi_ret sbi_call(struct guest_frame *f)
{
	const struct sbi_extension *e = &places[HASH(f->a[7])];
	struct vcpu *v = f->vcpu;
	uint32_t fid = (uint32_t)f->a[6];

	v->exits[EXIT_ECALL]++;
	if (e->id == (uint32_t)f->a[7] && fid < e->nr_functions)
		return e->functions[fid](v, f->a);
	return e->functions ? other_call(v, f) : not_supported(f);
}
