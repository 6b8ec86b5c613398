/* SPDX-License-Identifier: MIT */
/* caps.h - what a hart can do, found by trying. */
#ifndef RISCV_CAPS_H
#define RISCV_CAPS_H

#include "conf/isa.h"
#include "lib/types.h"
#include "riscv/hart.h"

/*
 * Probe the calling hart into @caps. @isa: what its device-tree node claims.
 * @fake_absent: FAKE_* of conf/options.h, reported as absent without being touched again. If the
 * hart's interrupt file does not work, its imsic becomes NULL. Needs the trap vector; interrupts
 * off.
 */
void caps_probe(struct caps *caps, isa_set isa, unsigned fake_absent);

/* Fill in common_caps when all harts in harts[] have been probed, and log it. */
void caps_find_common(void);

/*
 * Set the CSRs of the calling hart that are the same for every guest; common_caps decides what
 * guests get. @host_counters: they read the hart's own cycle and instret.
 */
void caps_apply(bool host_counters);

/*
 * What every hart has: the only thing a vCPU that may run on any of them can rely on. Constant once
 * guests run.
 */
extern struct caps common_caps;

#endif
