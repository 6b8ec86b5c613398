/* SPDX-License-Identifier: MIT */
/*
 * vector.h - the vector unit: v0-v31 and vstart, vcsr, vl, vtype, as the other registers of a vCPU
 * in the hart while it is loaded. Unprivileged specification, version 20250508, chapter "V".
 *
 * There is no trap at the first use: a guest takes the illegal instruction itself, as HEDELEG says.
 * So what a vCPU has is loaded with it, and saved if it has been written to.
 */
#ifndef RISCV_VECTOR_H
#define RISCV_VECTOR_H

#include "conf/isa.h"
#include "lib/types.h"

/* Of one vCPU; touched by its own thread, or by the hart that loads and saves it. */
struct vector;

/*
 * Bytes of one vector register of the calling hart (vlenb, a power of two), 0 if it has no vector
 * unit that guests can be given. @isa: what its device-tree node claims. Needs the trap vector.
 */
uint16_t vector_probe(isa_set isa);

/*
 * Memory for a vCPU's: *@state, NULL where guests have no vector unit (common_caps.vlenb is 0).
 * False: no memory. Boot only.
 */
bool vector_init(struct vector **state);

/* A start finds v0-v31, vstart, vcsr and vl zero, and vtype illegal. @v is on no hart. */
void vector_reset(struct vector *v);

/*
 * Out of the calling hart, whose sstatus is @sstatus. Returns sstatus with VS Clean, which is also
 * written. QEMU (7.2 to 11) does not mark VS when a guest writes only vcsr or vstart: they are
 * saved always. Nor does QEMU 7.2 when a load traps at element vstart, with those before loaded.
 */
uint64_t vector_save(struct vector *v, uint64_t sstatus);

/* Into the calling hart; leaves sstatus.VS Clean. */
void vector_load(const struct vector *v);

#endif
