/* SPDX-License-Identifier: MIT */
/*
 * slots.c - the eight places for virtio,mmio devices of QEMU's virt, all of them empty: kernels
 * that know them by heart look here, without asking the tree, and must find that there is nothing.
 * Virtio specification 1.2, section 4.2.2.
 *
 * Optional room: virt, 35 lines. Needs plic.
 */
#include "dev/device.h"

#define BASE 0x10001000UL
#define SLOT 0x1000UL /* from one to the next */

enum { MAGIC = 0, VERSION = 4, VENDOR = 0xc }; /* the others are 0, the device's id, too */

static uint64_t slot_read(struct vcpu *v UNUSED, uint64_t offset, unsigned size UNUSED)
{
	switch (offset % SLOT) {
	case MAGIC:
		return 0x74726976; /* "virt" */
	case VERSION:
		return 1; /* as QEMU's, unless it is told otherwise */
	case VENDOR:
		return 0x554d4551; /* "QEMU": some kernels want to see that */
	default:
		return 0;
	}
}

static void slot_write(struct vcpu *v UNUSED, uint64_t offset UNUSED, unsigned size UNUSED,
		       uint64_t value UNUSED)
{
}

static void slot_reset(struct vm *vm UNUSED)
{
}

/* Who reads the tree need not look at them. */
static void slot_node(struct tree_out *o UNUSED, const struct vm_config *vm UNUSED)
{
}

static const struct device slots = {
	.base = BASE,
	.size = 8 * SLOT,
	.sizes = 1 | 2 | 4,
	.yields = true,
	.read = slot_read,
	.write = slot_write,
	.reset = slot_reset,
	.node = slot_node,
};

ROW(device, slots);
