/* SPDX-License-Identifier: MIT */
/*
 * entropy.c - seeds for the guests' random numbers. Contracts are in entropy.h.
 *
 * What the machine knows and nobody else goes into one pool, once, at boot. Every VM has a secret
 * of its own from there, and from that a seed at each of its boots (lib/seed.h).
 *
 * Optional room: entropy, 60 lines.
 */
#include "vm/entropy.h"

#include "lib/log.h"
#include "lib/seed.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "vm/host.h"
#include "vm/vm.h"

#define ENOUGH 16 /* bytes that nobody can guess */

static struct seed pool; /* boot only */
static struct seed secrets[MAX_VMS];
static bool enough;

/* 256 bits of the Zkr entropy source, which are worth 128. False: it gives none. */
static bool read_zkr(uint16_t bits[16])
{
	uint64_t v = 0;

	for (unsigned n = 0, tries = 0; n < 16; tries++) {
		if (tries == 1000 || !csr_try_swap(CSR_SEED, v) || SEED_OPST(v) == SEED_DEAD)
			return false;
		if (SEED_OPST(v) == SEED_ES16)
			bits[n++] = (uint16_t)v;
	}
	return true;
}

void entropy_gather(void)
{
	const struct machine *m = &host_machine;
	uint16_t bits[16];
	size_t known = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(m->seed); i++) {
		seed_add(&pool, m->seed[i].data, m->seed[i].size);
		known += m->seed[i].size;
	}
	if (m->isa & ISA_BIT(ISA_ZKR) && read_zkr(bits)) {
		seed_add(&pool, bits, sizeof(bits));
		known += sizeof(bits) / 2;
	}
	enough = known >= ENOUGH;
	if (!enough)
		log_notice("no source of random numbers (rng-seed in the device tree, or Zkr): "
			   "guests get no rng-seed");
}

void entropy_for_vm(struct vm *vm)
{
	uint8_t number = (uint8_t)vm->index;

	/* The same secret so far; but its first seed comes from a block with another input. */
	vm->secret = &secrets[vm->index];
	*vm->secret = pool;
	seed_add(vm->secret, &number, sizeof(number));
	if (vm->index + 1 == nr_vms)
		pool = (struct seed){ 0 };
}

bool entropy_enough(void)
{
	return enough;
}

void entropy_take(struct vm *vm, uint64_t seed[4])
{
	uint64_t jitter = time_now();

	if (common_caps.counters)
		jitter += csr_read(cycle) << 32;
	seed_add(vm->secret, &jitter, sizeof(jitter));
	seed_take(vm->secret, seed);
}
