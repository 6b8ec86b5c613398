/* SPDX-License-Identifier: MIT */
/*
 * reader.h - the host's device tree while it is read: machine.c's own, and host_devices.c's.
 *
 * Optional room: machine, 30 lines.
 */
#ifndef CONF_READER_H
#define CONF_READER_H

#include "conf/machine.h"
#include "conf/tree.h"

struct reader {
	struct tree t;
	tree_node cpus, chosen, reserved; /* NULL: there is none */
	tree_node memory[MACHINE_MAX_BANKS];
	unsigned memory_count;
	tree_node bus; /* whose children's reg was looked at last */
	unsigned ac, sc; /* the cells of an address and a size there */
	unsigned devices_left; /* how many more are looked at */
	tree_node imsics, imsics_bus; /* the supervisor-level interrupt files, and its parent */
	uint64_t file_at; /* which of them is looked for: its place behind the first, in bytes */
	paddr_t file; /* and where it is, or 0 */
	const char *names; /* the riscv,isa-extensions that was read last, and what it says */
	size_t names_len;
	isa_set isa;
	struct machine *m;
};

/* A node without status is enabled. */
bool reader_enabled(const struct reader *r, tree_node node);

/* Call @take for every entry of reg of @node, a child of @parent. A node without reg has none. */
bool reader_each_reg(struct reader *r, tree_node parent, tree_node node,
		     bool (*take)(struct reader *r, tree_node node, paddr_t base, uint64_t size));

/*
 * So that an absurd tree takes no absurd time, no more devices are looked at. No name that
 * reader_device() looks for is shorter; most of the others are.
 */
#define MAX_DEVICES 64
#define DEVICE_NAME_SIZE sizeof("riscv,imsics")

/*
 * A device that we use: QEMU's exit device and clock, or the supervisor-level interrupt files. Only
 * taken from the root or from a bus there that maps addresses one to one.
 */
void reader_device(struct reader *r, tree_node bus, tree_node node,
		   const struct tree_item *compatible);

/* The supervisor-level interrupt file of the hart whose node is @cpu, or 0. */
paddr_t reader_file(struct reader *r, tree_node cpu);

#endif
