/* SPDX-License-Identifier: MIT */
/* smp.c - starting real harts through the firmware's HSM, one at a time. */
#include "riscv/smp.h"

#include "lib/atomic.h"
#include "lib/log.h"
#include "port/port.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/fw.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/mmu.h"

extern char secondary_start[]; /* boot.S */
void secondary_main(void);

enum { COMING, READY, NO_H };

#define PATIENCE_SECONDS 10

/* What the hart that is being started needs; boot.S knows the first three. */
struct hart_start {
	uint64_t satp, stack_top;
	struct hart *hart;
	isa_set isa;
	unsigned fake_absent;
} hart_start;

static uint32_t go; /* atomic */

bool hart_init(unsigned index, uint64_t id)
{
	/* The boot hart needs one before there is a pool. */
	static char first[FAULT_STACK_SIZE] __attribute__((aligned(16))) NOINIT;
	char *stack = index ? page_alloc(FAULT_STACK_SIZE / PAGE_SIZE, 1) : first;

	harts[index] = (struct hart){ .id = id,
				      .index = index,
				      .fault_sp = (uint64_t)stack + FAULT_STACK_SIZE };
	return stack != NULL;
}

const char *smp_start(unsigned index, uint64_t stack_top, isa_set isa, unsigned fake_absent)
{
	struct hart *h = &harts[index];
	uint64_t until = time_now() + PATIENCE_SECONDS * timebase;

	atomic_store_relaxed(&h->online, COMING);
	hart_start = (struct hart_start){ mmu_satp(), stack_top, h, isa, fake_absent };
	/* before the other hart reads it; the firmware's own ordering is not ours to rely on */
	atomic_fence();
	if (fw_hart_start(h->id, mmu_phys(secondary_start), mmu_phys(&hart_start)))
		return "the firmware cannot start it";
	while (atomic_load_acquire(&h->online) == COMING)
		if (time_now() > until) {
			/* It still may, on what we gave it: so it cannot be left alone. */
			log_error("hart %lu: the firmware has started it, and it does not come up; "
				  "harts=%u does without it",
				  h->id, index);
			machine_stop(1);
		}
	return h->online == READY ? NULL : "it has no H extension";
}

/* A new hart's first C code, on its idle thread's stack. */
void secondary_main(void)
{
	struct hart *h = this_hart();

	caps_probe(&h->caps, hart_start.isa, hart_start.fake_absent);
	/*
	 * Release: pairs with smp_start(), which then reads the capabilities and reuses hart_start.
	 */
	atomic_store_release(&h->online, h->caps.h ? READY : NO_H);
	if (!h->caps.h)
		fw_hart_stop();
	csr_write(sie, SIP_SSIP);
	while (!atomic_load_acquire(&go))
		__asm__ volatile("wfi");
	csr_clear(sip, SIP_SSIP);
	/* The boot hart has mapped more since. */
	__asm__ volatile("sfence.vma" : : : "memory");
	secondary_go();
}

void smp_go(void)
{
	atomic_store_release(&go, 1);
	for (unsigned i = 1; i < nr_harts; i++)
		fw_send_ipi(1, harts[i].id);
}
