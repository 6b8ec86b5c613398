/* SPDX-License-Identifier: MIT */
/* caps.h - what a hart can do, found by trying. */
#ifndef RISCV_CAPS_H
#define RISCV_CAPS_H

#include "lib/types.h"
#include "riscv/hart.h"

/*
 * Probe the calling hart into @caps. @isa: the ISA_BIT()s its device-tree node claims. @fake_absent: FAKE_* of lib/options.h,
 * reported as absent without being touched again. Needs the trap vector; interrupts off.
 */
void caps_probe(struct caps *caps, uint64_t isa, unsigned fake_absent);

/* What every hart in harts[] has: the only thing a vCPU that may run on any of them can rely on. */
void caps_common(struct caps *common);

/* One "cap:" line for the log. */
void caps_describe(const struct caps *c, char *buf, size_t size);

/* Set the CSRs of the calling hart that are the same for every guest. @common decides what guests get. */
void caps_apply(const struct caps *common);

/* The capabilities all harts share, constant once guests run: paths that depend on one look here. */
extern struct caps common_caps;

#endif
