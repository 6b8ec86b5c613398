/* SPDX-License-Identifier: MIT */
/*
 * device.h - emulated devices: one file each, and nothing else. It ends in ROW(device, ...).
 *
 * Optional room: devices, 20 lines.
 */
#ifndef DEV_DEVICE_H
#define DEV_DEVICE_H

#include "lib/rows.h"
#include "lib/types.h"

struct vcpu;
struct vm;
struct vm_config;
struct tree_out;

struct device {
	gpaddr_t base; /* outside guest RAM, a multiple of 8 */
	uint64_t size; /* bytes, a multiple of 8 */
	bool yields; /* a device of the machine that a VM has may take its place */
	unsigned sizes; /* of an access: the sum of those of 1, 2, 4 and 8 bytes that it answers */
	/*
	 * An aligned access of @size (one of sizes) bytes at @offset, all inside the device. Called
	 * by @v's thread; may sleep.
	 */
	uint64_t (*read)(struct vcpu *v, uint64_t offset, unsigned size);
	void (*write)(struct vcpu *v, uint64_t offset, unsigned size, uint64_t value);
	/* Before every boot of @vm: its state after reset; the first time also its memory. */
	void (*reset)(struct vm *vm);
	/*
	 * By @vm's keeper: look what has come from outside. True: look again in a moment. NULL:
	 * nothing does.
	 */
	bool (*watch)(struct vm *vm);
	/* Writes its node in the tree of @vm. */
	void (*node)(struct tree_out *o, const struct vm_config *vm);
	const char *stdout_path; /* of that node, if a guest is to talk there; else NULL */
};

ROWS(device, struct device);

/* The device at @gpa, or NULL. */
const struct device *device_at(gpaddr_t gpa);

#endif
