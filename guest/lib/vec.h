/* SPDX-License-Identifier: MIT */
/*
 * vec.h - fill and check the vector registers. C code of the guests uses
 * none, so what is filled stays until checked. sstatus.VS must be on.
 */
#ifndef GUEST_LIB_VEC_H
#define GUEST_LIB_VEC_H

#include "types.h"

#define CSR_VSTART	0x008
#define CSR_VCSR	0x00f
#define CSR_VL		0xc20
#define CSR_VTYPE	0xc21
#define CSR_VLENB	0xc22
#define SSTATUS_VS	(3ul << 9)

#define VEC_ROOM	4096	/* bytes of v0-v31 with VLEN = 1024 */

struct vec_csrs {
	u64 vstart, vcsr, vl, vtype;
};

/* v0-v31 to @room, the rest to @csrs; changes none of them. */
void vec_store(u8 *room, struct vec_csrs *csrs);
/* The other way. */
void vec_load(const u8 *room, const struct vec_csrs *csrs);

/*
 * Does @room, of VEC_ROOM bytes, hold them all? If not, nobody here can
 * look at them.
 */
bool vec_fits(void);
/* Every byte and every register something that depends on @seed. */
void vec_fill(u8 *room, u64 seed);
/* What is not as vec_fill(@seed) left it: 0 nothing, n the byte n - 1. */
u64 vec_check(u8 *room, u64 seed);
/* How many bytes and registers are not as at a start. */
u64 vec_junk(u8 *room);

#endif
