/* SPDX-License-Identifier: MIT */
/*
 * guest_fdt.h - the device tree a guest is started with: written from scratch, or the guest's own one completed.
 */
#ifndef VM_GUEST_FDT_H
#define VM_GUEST_FDT_H

#include "lib/types.h"

struct tree_out;

struct guest_fdt {
	unsigned vcpus; /* hart ids 0..vcpus-1 */
	uint64_t isa; /* ISA_BIT()s to offer: see isa_offer() */
	unsigned mmu; /* 39, 48 or 57 */
	uint32_t cbom_block, cboz_block; /* bytes; written when zicbom, zicboz are in isa */
	uint64_t timebase; /* Hz */
	gpaddr_t ram_base;
	uint64_t ram_size;
	gpaddr_t ramdisk;
	uint64_t ramdisk_size; /* 0: none */
	const char *bootargs; /* never NULL */
	const void *rng_seed; /* NULL: none */
	size_t rng_seed_size;
	const char *stdout_path; /* value for /chosen/stdout-path, like "/serial@10000000", or NULL */
	/* Write the nodes of the emulated devices, as children of the root (2 address, 2 size cells); NULL: there are none. */
	void (*devices)(struct tree_out *o);
};

/*
 * Write the tree to @buf (@size bytes). Returns how many bytes it has, or 0 and the reason in @err.
 * The same @g gives the same bytes.
 */
size_t guest_fdt_build(void *buf, size_t size, const struct guest_fdt *g, char *err, size_t errlen);

/*
 * Copy the guest's own tree @own (@own_size bytes, any alignment) instead: check that its CPUs and timebase are those
 * of the VM, and set /memory and what /chosen says about bootargs (kept when g->bootargs is empty), initrd and rng-seed.
 * Devices are not added: the tree says what it wants. Returns like guest_fdt_build().
 */
size_t guest_fdt_adopt(void *buf, size_t size, const void *own, size_t own_size, const struct guest_fdt *g, char *err,
		       size_t errlen);

#endif
