/* SPDX-License-Identifier: MIT */
/*
 * fp.h - fill and check the floating-point registers. C code of the guests
 * uses none, so what is filled stays until checked.
 */
#ifndef GUEST_LIB_FP_H
#define GUEST_LIB_FP_H

#include "types.h"

/* f[n] = seed + n for all 32, frm = seed % 5. sstatus.FS must be on. */
void fp_fill(u64 seed);
/* How many registers (and frm) are not as fp_fill(seed) left them. */
u64 fp_check(u64 seed);

#endif
