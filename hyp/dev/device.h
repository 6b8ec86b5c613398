/* SPDX-License-Identifier: MIT */
/*
 * device.h - emulated devices: one file and one row of the table in device.c each.
 */
#ifndef DEV_DEVICE_H
#define DEV_DEVICE_H

#include "lib/types.h"
#include "vm/guest_fdt.h"

struct vcpu;

struct device {
	gpaddr_t base; /* outside guest RAM */
	uint64_t size; /* bytes, at least 8 */
	/* An access of @size (1, 2, 4 or 8) bytes at @offset, all inside the device. Called by @v's thread; may sleep. */
	uint64_t (*read)(struct vcpu *v, uint64_t offset, unsigned size);
	void (*write)(struct vcpu *v, uint64_t offset, unsigned size, uint64_t value);
	struct guest_fdt_device node; /* how the guest learns of it */
};

/* The device at @gpa, or NULL. */
const struct device *device_at(gpaddr_t gpa);

#define MAX_DEVICES 8

/* Fill in the nodes of all devices for the guest's tree, and say how many. */
unsigned device_nodes(const struct guest_fdt_device *nodes[MAX_DEVICES]);

#endif
