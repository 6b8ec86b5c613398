/* SPDX-License-Identifier: MIT */
/*
 * decode.c - loads and stores of integers, compressed or not. Contracts are in decode.h.
 * Unprivileged specification 2.6, 5.3 (RV64I), 28 (C) and 29.3 (Zcb).
 *
 * Optional room: devices, 65 lines.
 */
#include "dev/decode.h"

#define BITS(insn, at, count) ((insn) >> (at) & ((1U << (count)) - 1))
#define C_FUNCT3(insn) BITS(insn, 13, 3)

/* Zcb, bits 10 - 12: 0 c.lbu, 1 c.lhu and (bit 6) c.lh, 2 c.sb, 3 c.sh; the rest is reserved. */
static void decode_zcb(uint32_t insn, struct access *a)
{
	unsigned kind = BITS(insn, 10, 3);

	if (kind > 3 || (kind == 3 && BITS(insn, 6, 1)))
		return;
	a->store = kind & 2;
	a->size = kind & 1 ? 2 : 1;
	a->sign = kind & 1 && BITS(insn, 6, 1);
}

/*
 * Quadrant 0 has an address register and names x8 - x15; quadrant 2 goes by sp and names all
 * registers. By funct3: 2 c.lw, 3 c.ld, 6 c.sw, 7 c.sd; 1, 5 c.fld, c.fsd (in quadrant 2 also
 * Zcmp); 4 in quadrant 0: Zcb.
 */
static struct access decode_compressed(uint32_t insn)
{
	unsigned funct3 = C_FUNCT3(insn);
	bool by_sp = insn & 2;
	struct access a = { .length = 2, .sign = true };

	if (insn & 1 || !funct3 || (funct3 == 4 && by_sp))
		return a;
	a.memory = true;
	a.store = funct3 & 4;
	a.reg = !by_sp ? 8 + BITS(insn, 2, 3) : a.store ? BITS(insn, 2, 5) : BITS(insn, 7, 5);
	if (funct3 == 4)
		decode_zcb(insn, &a);
	else if (funct3 & 2 && (a.store || a.reg)) /* a load by sp to x0 is reserved */
		a.size = funct3 & 1 ? 8 : 4;
	return a;
}

struct access decode(uint32_t insn)
{
	return (insn & 3) == 3 ? decode_full(insn) : decode_compressed(insn);
}

static unsigned compressed_offset(uint32_t insn)
{
	bool wide = C_FUNCT3(insn) & 1; /* 8 bytes */

	if (C_FUNCT3(insn) == 4)
		return BITS(insn, 5, 1) << 1 | (BITS(insn, 10, 1) ? 0 : BITS(insn, 6, 1));
	if (!(insn & 2) && wide)
		return BITS(insn, 10, 3) << 3 | BITS(insn, 5, 2) << 6;
	if (!(insn & 2))
		return BITS(insn, 10, 3) << 3 | BITS(insn, 6, 1) << 2 | BITS(insn, 5, 1) << 6;
	if (C_FUNCT3(insn) & 4 && wide)
		return BITS(insn, 10, 3) << 3 | BITS(insn, 7, 3) << 6;
	if (C_FUNCT3(insn) & 4)
		return BITS(insn, 9, 4) << 2 | BITS(insn, 7, 2) << 6;
	if (wide)
		return BITS(insn, 12, 1) << 5 | BITS(insn, 5, 2) << 3 | BITS(insn, 2, 3) << 6;
	return BITS(insn, 12, 1) << 5 | BITS(insn, 4, 3) << 2 | BITS(insn, 2, 2) << 6;
}

struct access_address decode_address(uint32_t insn)
{
	int32_t offset = (int32_t)insn >> 20;
	unsigned base = BITS(insn, 15, 5);

	if ((insn & 3) != 3) {
		offset = (int32_t)compressed_offset(insn);
		base = insn & 2 ? 2 : 8 + BITS(insn, 7, 3);
	} else if ((insn & 0x7f) == OP_STORE) {
		/* Where a load has the lower bits, a store has the register. */
		offset = (offset & ~31) | (int32_t)BITS(insn, 7, 5);
	}
	return (struct access_address){ base, offset };
}
