/* SPDX-License-Identifier: MIT */
/*
 * guest_fdt.h - the device tree a guest is started with: written from scratch, or the guest's own
 * one completed.
 */
#ifndef CONF_GUEST_FDT_H
#define CONF_GUEST_FDT_H

#include "conf/machine.h"
#include "conf/payload.h"

#define GUEST_SEED_SIZE 32 /* bytes of rng-seed */

struct guest_fdt {
	const struct vm_config *vm;
	const struct machine *host; /* what its vCPUs have of it: mmu, block sizes, timebase */
	isa_set isa; /* to offer: see isa_offer() */
	bool has_seed; /* else the tree has none: a kernel would believe it */
	size_t seed_at; /* set: where in the tree rng-seed is, all zeros; 0: there is none */
};

/* The phandle of a hart's own interrupt controller. */
#define GUEST_FDT_HART_INTC(hart) ((hart) + 1)
/* That of the controller of devices' interrupts; those of idle states begin at 0x1000. */
#define GUEST_FDT_PLIC 0x2000

/*
 * Write the tree to @buf (@size bytes), in time that grows with what it has and no faster. Returns
 * how many bytes it has; 0: fail_text says why not. It is the same at every boot but for the seed,
 * which is to be put in then. For the boot hart.
 *
 * If the VM has a tree of its own, it is that, completed: its CPUs and timebase must be those of
 * the VM; /memory is replaced, and what /chosen says about bootargs (kept when the VM has none),
 * initrd and rng-seed. Devices are not added: the tree says what it wants.
 */
size_t guest_fdt_write(void *buf, size_t size, struct guest_fdt *g);

/*
 * The parts of it: @own completed; what /chosen says about this boot; the memory, where @ac and @sc
 * cells make an address and a size; the end, which returns like the whole.
 */
size_t guest_fdt_adopt(void *buf, size_t size, const struct blob *own, struct guest_fdt *g);
struct tree_out;
void guest_fdt_boot(struct tree_out *o, struct guest_fdt *g);
void guest_fdt_memory(struct tree_out *o, const struct guest_fdt *g, unsigned ac, unsigned sc);
size_t guest_fdt_finish(struct tree_out *o);
/* The states HART_SUSPEND offers, in /cpus; that a cpu has them, in its node. */
void guest_fdt_idle_states(struct tree_out *o);
void guest_fdt_cpu_idle(struct tree_out *o);

/*
 * What the tree says of emulated devices, which conf/ does not know. dev/device.c defines these
 * two, in tests the test.
 */
/* Write the nodes of all devices of @vm, as children of the root (2 address, 2 size cells). */
void device_nodes(struct tree_out *o, const struct vm_config *vm);
/* The path of the node where a guest talks, like "/serial@10000000"; NULL: there is none. */
const char *device_stdout(void);

#endif
