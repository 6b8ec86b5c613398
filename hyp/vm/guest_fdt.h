/* SPDX-License-Identifier: MIT */
/*
 * guest_fdt.h - the device tree a guest is started with: written from scratch, or the guest's own one completed.
 */
#ifndef VM_GUEST_FDT_H
#define VM_GUEST_FDT_H

#include "lib/machine.h"
#include "vm/payload.h"

struct guest_fdt {
	const struct vm_config *vm;
	const struct machine *host; /* what its vCPUs have of it: mmu, block sizes, timebase */
	uint64_t isa; /* ISA_BIT()s to offer: see isa_offer() */
	uint64_t seed[4]; /* of the guest's random numbers */
	char err[160]; /* what is wrong */
};

/*
 * Write the tree to @buf (@size bytes). Returns how many bytes it has, or 0 and the reason in @g. The same @g gives the same bytes.
 *
 * If the VM has a tree of its own, it is that, completed: its CPUs and timebase must be those of the VM; /memory is replaced, and what
 * /chosen says about bootargs (kept when the VM has none), initrd and rng-seed. Devices are not added: the tree says what it wants.
 */
size_t guest_fdt_write(void *buf, size_t size, struct guest_fdt *g);

#endif
