/* SPDX-License-Identifier: MIT */
/*
 * options.h - the hypervisor's own command line: the host's bootargs up to `--`; what follows
 * belongs to the guest.
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include "lib/types.h"

#define OPTIONS_MAX_VCPUS 64
#define OPTIONS_MEM_UNIT (2 * MIB) /* a VM's memory is a multiple of this */
#define OPTIONS_MEM_MIN (4 * MIB)
/* Sv39x4 has 2 TiB of guest physical addresses, RAM starts at 2 GiB. */
#define OPTIONS_MEM_MAX (1024 * GIB)

/* fake-absent=: report as absent what is there, to test the paths of lesser machines. */
enum {
	FAKE_SSTC = 1 << 0,
	FAKE_HENVCFG = 1 << 1,
	FAKE_SENVCFG = 1 << 2,
	FAKE_HSTATEEN = 1 << 3,
	FAKE_VMID = 1 << 4,
	FAKE_FPU = 1 << 5,
	FAKE_DBCN = 1 << 6,
	FAKE_IMSIC = 1 << 7,
	/* What a hart may leave 0 at a trap. */
	FAKE_HTINST = 1 << 8,
	FAKE_HTVAL = 1 << 9,
	FAKE_STVAL = 1 << 10,
	FAKE_V = 1 << 11,
	FAKE_TOLD = FAKE_HTINST | FAKE_HTVAL | FAKE_STVAL,
};

struct options {
	unsigned vcpus; /* per VM, 1..OPTIONS_MAX_VCPUS */
	uint64_t mem; /* bytes per VM */
	unsigned log; /* enum log_level */
	unsigned wake_after_ms; /* 0: never */
	/*
	 * 1: a guest that asks for a warm reboot has failed. Linux asks for a cold reboot, never
	 * with a reason; with reboot=panic_warm a panic asks for a warm one instead. That is how a
	 * panic can be told from a reboot.
	 */
	unsigned warm_fails;
	unsigned exit_test; /* 1: give the exit status to QEMU's test device */
	unsigned fake_absent; /* FAKE_* */
	unsigned host_counters; /* 1: guests read the harts' own cycle and instret */
	unsigned slice_ms;
	unsigned harts; /* use at most so many; 0: all */
	const char *guest_bootargs; /* points into the string behind `--`; "" when there is none */
};

/* What holds where nothing is said. */
#define OPTIONS_DEFAULT                                                                   \
	((struct options){ .vcpus = 4, .mem = 128 * MIB, .log = LOG_NOTICE, .slice_ms = 10, \
			   .guest_bootargs = "" })

/*
 * Fill @o with the defaults, then with what @bootargs says; the last one of a repeated option wins,
 * affinity= adds up. False: fail_text names the wrong options, their values and what would be
 * right; @o then holds all the others (so that the caller knows whether to tell the test device).
 */
bool options_parse(const char *bootargs, struct options *o);

#endif
