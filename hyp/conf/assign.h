/* SPDX-License-Identifier: MIT */
/*
 * assign.h - which devices of the host belong to which VM. A device is given by its place in the
 * host's tree; its registers are at the same addresses for the guest.
 *
 * All of it is decided once, at boot, before VMs are made. Everything that cannot be done is
 * refused there, and said by name.
 */
#ifndef CONF_ASSIGN_H
#define CONF_ASSIGN_H

#include "conf/machine.h"
#include "conf/payload.h"
#include "lib/rows.h"

#define ASSIGN_DEVICES 32 /* of all VMs */
#define ASSIGN_REGS 8 /* of one device */
#define ASSIGN_SOURCES 8 /* of one device */
#define ASSIGN_SOURCE_MAX 95 /* the largest number of an interrupt; that of the guest's PLIC */

struct assign_kind;

struct assigned {
	const struct vm_config *vm; /* whose it is */
	const uint8_t *node; /* in the host's tree */
	const char *name;
	bool all; /* it was not asked for by name */
	bool dma; /* it may write to memory by itself */
	bool virtio; /* it is a virtio,mmio */
	const struct assign_kind *kind; /* or NULL */
	unsigned nr_own, nr_regs, nr_sources; /* its kind may have added to its own registers */
	struct range reg[ASSIGN_REGS];
	uint32_t source[ASSIGN_SOURCES]; /* at the host's PLIC, and at the guest's */
};

struct assignment {
	unsigned count;
	struct assigned device[ASSIGN_DEVICES];
	struct range plic; /* the host's; good if there is a device */
	uint64_t plic_phandle;
	unsigned plic_address_cells; /* of whom is wired to it */
};

struct place;
struct tree;
struct tree_out;

/* Devices of which more has to be known; a row each. */
struct assign_kind {
	const char *compatible;
	const char *knows; /* a property that would name other devices, and that it understands */
	const char *writes; /* properties that it writes, each with its 0, */
	size_t writes_size; /* of so many bytes */
	/* Add to @d what the node at @p says beyond its own registers. False: fail_text. */
	bool (*take)(const struct place *p, struct assigned *d);
	/* Write these properties of @d, whose node is in @host. */
	void (*put)(struct tree_out *o, const struct tree *host, const struct assigned *d);
	/* It writes to no memory after this. No vCPU of its VM runs; may sleep. */
	void (*silence)(const struct assigned *d);
};

ROWS(assign_kind, struct assign_kind);

/* @d interrupts by @source of the controller @to, a phandle. False: fail_text. */
bool assign_source(struct assigned *d, uint64_t to, uint64_t source);

extern struct assignment assignment;

/*
 * Find the devices that the VMs ask for, by `devices=` or in their configurations, and fill in
 * assignment; also decides where each VM's memory is to be (config->direct). Boot only. False:
 * fail_text names the device and says what is wrong.
 */
bool assign_devices(const struct machine *m, struct vm_config *configs, unsigned n);

/* The S-mode context at the host's PLIC of the hart with that id; -1: it has none. Boot only. */
int assign_context(uint64_t hart_id);

/* Write the nodes of @vm's devices, as children of the root (2 address, 2 size cells). */
void assign_nodes(struct tree_out *o, const struct vm_config *vm);

/* Is there an emulated device in [base, base + size)? dev/pass.c defines
 * it, in tests the test. */
bool device_in(gpaddr_t base, uint64_t size);
/* Is @source the interrupt of an emulated device? The same. */
bool device_has_source(unsigned source);

#endif
