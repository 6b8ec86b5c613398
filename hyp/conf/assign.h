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

#define ASSIGN_DEVICES 32 /* of all VMs */
#define ASSIGN_REGS 4 /* of one device */
#define ASSIGN_SOURCES 8 /* of one device */
#define ASSIGN_SOURCE_MAX 95 /* the largest number of an interrupt; that of the guest's PLIC */

struct assigned {
	const struct vm_config *vm; /* whose it is */
	const uint8_t *node; /* in the host's tree */
	const char *name;
	bool all; /* it was not asked for by name */
	bool dma; /* it may write to memory by itself */
	bool virtio; /* it is a virtio,mmio */
	unsigned nr_regs, nr_sources;
	struct range reg[ASSIGN_REGS];
	uint32_t source[ASSIGN_SOURCES]; /* at the host's PLIC, and at the guest's */
};

struct assignment {
	unsigned count;
	struct assigned device[ASSIGN_DEVICES];
	struct range plic; /* the host's; good if there is a device */
};

extern struct assignment assignment;

/*
 * Find the devices that the VMs ask for, by `devices=` or in their configurations, and fill in
 * assignment; also decides where each VM's memory is to be (config->direct). Boot only. False:
 * fail_text names the device and says what is wrong.
 */
bool assign_devices(const struct machine *m, struct vm_config *configs, unsigned n);

/* The S-mode context at the host's PLIC of the hart with that id; -1: it has none. Boot only. */
int assign_context(uint64_t hart_id);

struct tree_out;
/* Write the nodes of @vm's devices, as children of the root (2 address, 2 size cells). */
void assign_nodes(struct tree_out *o, const struct vm_config *vm);

/* Is there an emulated device in [base, base + size)? dev/pass.c defines
 * it, in tests the test. */
bool device_in(gpaddr_t base, uint64_t size);
/* Is @source the interrupt of an emulated device? The same. */
bool device_has_source(unsigned source);

#endif
