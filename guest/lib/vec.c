/* SPDX-License-Identifier: MIT */
/*
 * vec.c - patterns in the vector registers.
 */
#include "vec.h"
#include "csr.h"

#define VILL	(1ul << 63)

/* vsetvl with these gives just this vl: e16, m2 or e8, m1; VLEN >= 128. */
static struct vec_csrs pattern(u64 seed)
{
	return (struct vec_csrs){ .vstart = 1 + seed % 3, .vcsr = seed % 8,
				  .vl = 5 + seed % 7,
				  .vtype = seed % 2 ? 1 << 3 | 1 : 0 };
}

static u8 pattern_byte(u64 seed, u64 at)
{
	return (u8)((seed * 0x9e3779b97f4a7c15ul >> 24) + at * 7 + (at >> 8));
}

static u64 bytes(void)
{
	return 32 * csr_read(CSR_VLENB);
}

bool vec_fits(void)
{
	return bytes() <= VEC_ROOM;
}

void vec_fill(u8 *room, u64 seed)
{
	struct vec_csrs csrs = pattern(seed);

	for (u64 i = 0; i < bytes(); i++)
		room[i] = pattern_byte(seed, i);
	vec_load(room, &csrs);
}

u64 vec_check(u8 *room, u64 seed)
{
	struct vec_csrs want = pattern(seed), got;

	vec_store(room, &got);
	for (u64 i = 0; i < bytes(); i++)
		if (room[i] != pattern_byte(seed, i))
			return i + 1;
	return got.vstart != want.vstart ? VEC_ROOM + 1 :
	       got.vcsr != want.vcsr ? VEC_ROOM + 2 :
	       got.vl != want.vl ? VEC_ROOM + 3 :
	       got.vtype != want.vtype ? VEC_ROOM + 4 : 0;
}

u64 vec_junk(u8 *room)
{
	struct vec_csrs got;
	u64 n = 0;

	vec_store(room, &got);
	for (u64 i = 0; i < bytes(); i++)
		n += room[i] != 0;
	return n + (got.vstart != 0) + (got.vcsr != 0) + (got.vl != 0) +
	       (got.vtype != VILL);
}
