/* SPDX-License-Identifier: MIT */
/* smp.h - bring the other harts up, and let them go. */
#ifndef RISCV_SMP_H
#define RISCV_SMP_H

#include "conf/isa.h"
#include "lib/types.h"
#include "riscv/hart.h"

/* Give harts[@index] its identity and fault stack. False: no memory. Boot hart only. */
bool hart_init(unsigned index, uint64_t id);

/*
 * Start the real hart that harts[@index] describes, on the stack that ends at @stack_top, and wait
 * until it has probed itself with @isa, what it claims. NULL: it is there, waiting for smp_go().
 * Else why not. Boot hart only. One that the firmware has started and that does not come up is the
 * end of the machine.
 */
const char *smp_start(unsigned index, uint64_t stack_top, isa_set isa, unsigned fake_absent);

/*
 * Start a hart of @m that can run guests at the image's very beginning, as if the firmware had
 * booted it, with the device tree at @fdt, and end this one, whose id is @self. Returns if the
 * firmware can start none. For a boot hart that cannot; before any other hart is started.
 */
struct machine;
void smp_hand_over(const struct machine *m, uint64_t self, paddr_t fdt);

/* All is set up: let every waiting hart call secondary_go(). */
void smp_go(void);

/* main.c: what a hart does then. */
NORETURN void secondary_go(void);

#endif
