/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what the device tree says about the machine we run on.
 * Filled once by the boot hart, constant afterwards.
 */
#ifndef GUEST_LIB_MACHINE_H
#define GUEST_LIB_MACHINE_H

#include "types.h"

#define MAX_HARTS 64

struct machine {
	u32 hart_count;
	u64 hart_id[MAX_HARTS];	/* in device-tree order; may have holes */
	u64 ram_base, ram_size;	/* bytes; the range that holds this image */
	u64 firmware_base;	/* memory reserved for the firmware, or 0 */
	u64 timebase;		/* ticks of the time CSR per second */
	bool has_h;		/* the harts we see have the H extension */
	const char *bootargs;	/* never NULL */
	const void *fdt;
};

extern struct machine machine;

/* Read @fdt. False when a part we cannot do without is missing. */
bool machine_init(const void *fdt);

/* Does the tree name this extension ("f", "svadu")? */
bool machine_has(const char *name);
/* A number of the first cpu node, 0 when it is not there. */
u64 machine_cpu_number(const char *property);

/* A hart id that does not exist here. */
u64 absent_hart_id(void);

/*
 * A physical address that must not be used as an entry point or buffer:
 * the firmware's own memory when the tree names it, else above all RAM.
 */
u64 bad_address(void);

/* An address with nothing behind it: well above RAM. */
u64 hole_address(void);

/* The value after "@key=" in bootargs and its length; NULL when absent. */
const char *boot_option(const char *key, size_t *len);
/* The same as a number (decimal or 0x...), @fallback when absent. */
u64 boot_number(const char *key, u64 fallback);

#endif
