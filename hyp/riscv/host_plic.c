/* SPDX-License-Identifier: MIT */
/*
 * host_plic.c - the host's PLIC. Contracts are in host_plic.h.
 *
 * Optional room: pass-through, 110 lines.
 */
#include "riscv/host_plic.h"

#include "lock/spinlock.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "riscv/plic_regs.h"

#define SOURCES 96
#define NOWHERE 0xff /* a hart's index, of a source that is masked */

static volatile uint8_t *registers;
static unsigned contexts[MAX_HARTS]; /* of harts, by index: their number and 1; 0: it has none */

/* A word of enable bits is shared by sources of several VMs. */
static struct spinlock lock;
static uint8_t routed[SOURCES]; /* guarded by lock: the index of a hart, or NOWHERE */

static volatile uint32_t *at(uint64_t offset)
{
	return (volatile uint32_t *)(registers + offset);
}

static volatile uint32_t *claim_of(unsigned index)
{
	return at(PLIC_CONTEXT + PLIC_CONTEXT_SIZE * (contexts[index] - 1UL) + PLIC_CLAIM);
}

static void enable(unsigned source, unsigned index, bool on) MUST_HOLD(lock)
{
	volatile uint32_t *word =
		at(PLIC_ENABLE + PLIC_ENABLE_SIZE * (contexts[index] - 1UL) + source / 32 * 4);
	uint32_t bit = 1U << source % 32;

	*word = on ? *word | bit : *word & ~bit;
}

bool host_plic_map(paddr_t base, uint64_t size)
{
	paddr_t first = ALIGN_DOWN(base, LARGE_SIZE);

	registers = (volatile uint8_t *)(VA_PLIC + (base - first));
	spin_init(&lock, RANK_INTC);
	for (unsigned i = 0; i < SOURCES; i++)
		routed[i] = NOWHERE;
	return mmu_map(VA_PLIC, first, ALIGN_UP(base - first + size, LARGE_SIZE), MAP_RW);
}

void host_plic_add_hart(unsigned index, unsigned context, unsigned sources)
{
	contexts[index] = context + 1;
	for (unsigned word = 0; word <= sources / 32; word++)
		*at(PLIC_ENABLE + PLIC_ENABLE_SIZE * (uint64_t)context + 4UL * word) = 0;
	*at(PLIC_CONTEXT + PLIC_CONTEXT_SIZE * (uint64_t)context + PLIC_THRESHOLD) = 0;
}

/* Who has one: @index, or the first. */
static unsigned able_hart(unsigned index)
{
	for (unsigned i = 0; i < nr_harts && !contexts[index]; i++)
		index = contexts[i] ? i : index;
	return index;
}

static void mask(unsigned source) MUST_HOLD(lock)
{
	if (routed[source] != NOWHERE)
		enable(source, routed[source], false);
	routed[source] = NOWHERE;
}

static void route(unsigned source, unsigned index) MUST_HOLD(lock)
{
	if (routed[source] == index)
		return;
	mask(source);
	*at(4UL * source) = 1; /* its priority */
	routed[source] = (uint8_t)index;
	enable(source, index, true);
}

void host_plic_route(unsigned source, unsigned index)
{
	index = able_hart(index);
	spin_lock(&lock);
	route(source, index);
	spin_unlock(&lock);
}

void host_plic_mask(unsigned source)
{
	spin_lock(&lock);
	mask(source);
	spin_unlock(&lock);
}

unsigned host_plic_claim(void)
{
	unsigned index = this_hart()->index;
	unsigned source = contexts[index] ? *claim_of(index) : 0;

	/* The device is asked, and memory that it has written is read, after this. */
	__asm__ volatile("fence i, iorw" : : : "memory");
	return source < SOURCES ? source : 0;
}

static void complete(unsigned source) MUST_HOLD(lock)
{
	if (routed[source] != NOWHERE)
		*claim_of(routed[source]) = source;
}

void host_plic_complete(unsigned source)
{
	/* What the guest has told the device gets there before this. A trap is no fence. */
	__asm__ volatile("fence iorw, o" : : : "memory");
	spin_lock(&lock);
	complete(source);
	spin_unlock(&lock);
}

void host_plic_give_back(unsigned source, unsigned index)
{
	index = able_hart(index);
	spin_lock(&lock);
	/* One that is routed again meanwhile stays so. */
	if (routed[source] == NOWHERE) {
		route(source, index);
		complete(source);
		mask(source);
	} else {
		complete(source);
	}
	spin_unlock(&lock);
}
