/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what the host's device tree says about the machine we run on.
 *
 * Read once by the boot hart, before anything is allocated; constant afterwards. The tree comes
 * from outside and may be wrong in any way: everything is checked, and a message says which node is
 * at fault. Strings in struct machine point into the tree, so it must stay mapped (the caller takes
 * it from the memory).
 */
#ifndef CONF_MACHINE_H
#define CONF_MACHINE_H

#include "conf/isa.h"
#include "lib/range.h"
#include "lib/types.h"

/* Limits. Harts and banks above them are left unused and counted in *_over. */
#define MACHINE_MAX_HARTS 128
#define MACHINE_MAX_BANKS 32
#define MACHINE_FDT_MAX (4 * MIB) /* QEMU 7.2 pads its tree to 1 MiB */

struct machine_hart {
	uint64_t id; /* hart id: any number, with holes; never an index */
	isa_set isa;
	const char *skip; /* why we cannot use it, or NULL */
	paddr_t imsic; /* its supervisor-level interrupt file, a page; 0: none that we could use */
};

struct machine {
	unsigned hart_count; /* all harts of the tree, skipped ones too */
	unsigned hart_usable; /* those without a reason to skip: never 0 after machine_read() */
	unsigned harts_over, banks_over; /* how many more the tree has than the limits allow */
	struct machine_hart hart[MACHINE_MAX_HARTS];

	/* Of all usable harts. */
	isa_set isa; /* what every one has */
	unsigned mmu; /* the smallest: 39, 48 or 57; 39 where the tree does not say */
	uint32_t cbom_block, cbop_block, cboz_block; /* bytes, 0 unless all agree */

	uint64_t timebase; /* Hz, never 0 */

	struct range_list memory; /* without what is reserved; boot takes more from it */

	bool has_initrd, has_test_dev;
	struct range initrd; /* completely in memory; not yet taken from it */
	paddr_t test_dev; /* the register of QEMU's sifive,test0 */
	paddr_t clock; /* the page of a google,goldfish-rtc; 0: none */
	struct {
		const void *data;
		size_t size;
	} seed[2]; /* what /chosen has of random numbers: rng-seed, kaslr-seed */
	const void *fdt; /* the tree itself */
	const char *bootargs; /* never NULL */
	const char *model; /* never NULL */
};

/*
 * Fill @m from @fdt. @size: how many bytes there may be read, at least 8. False: fail_text says
 * what is wrong. Of @m only bootargs and the test device are good then (as far as they could be
 * read), so that the caller can give up with an exit status.
 */
bool machine_read(const void *fdt, size_t size, struct machine *m);

/* Index of the hart with that id, or -1. */
int machine_hart_index(const struct machine *m, uint64_t id);

#endif
