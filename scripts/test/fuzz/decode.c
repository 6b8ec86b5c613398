/* SPDX-License-Identifier: MIT */
/* fuzz-with: hyp/dev/decode.c */
/*
 * decode.c - the two forms of an instruction against each other: as it lies in memory and as a hart
 * describes it in htinst. From what decode() says of any bits, write the full-length instruction
 * and its description; both must decode to the same.
 */
#include "dev/decode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
	if (!what)
		abort();
}

static bool same(struct access a, struct access b)
{
	return a.size == b.size && a.store == b.store && (a.store || a.sign == b.sign) &&
	       a.reg == b.reg && a.memory == b.memory;
}

/*
 * The full-length load or store that does what @a at @where says; without an address if @where is
 * NULL.
 */
static uint32_t write_full(struct access a, const struct access_address *where, unsigned rs1)
{
	uint32_t funct3 = (uint32_t)__builtin_ctz(a.size) | (a.store || a.sign ? 0 : 4);
	uint32_t imm = where ? (uint32_t)where->offset & 0xfff : 0;

	if (a.store)
		return 0x23 | (imm & 31) << 7 | funct3 << 12 | rs1 << 15 | a.reg << 20 |
		       imm >> 5 << 25;
	return 0x03 | a.reg << 7 | funct3 << 12 | rs1 << 15 | imm << 20;
}

/* Whatever there is in htinst: the answer makes sense. */
static void check_any(uint64_t htinst)
{
	struct access a = decode_htinst(htinst);

	require(a.reg < 32 && a.size <= 8 && !(a.size & (a.size - 1)) &&
		(a.length == 2 || a.length == 4));
	require(!a.size || a.memory);
	require(htinst_offset(htinst) < 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access_address where, again;
	struct access a, full, described;
	uint64_t in = 0;
	uint32_t insn, htinst;

	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	check_any(in);
	insn = (uint32_t)in;
	a = decode(insn);
	require(a.reg < 32 && a.length == ((insn & 3) == 3 ? 4 : 2) && (!a.size || a.memory));
	if (!a.size)
		return 0;
	where = decode_address(insn);
	require(where.base < 32 && where.offset >= -2048 && where.offset < 2048);
	insn = write_full(a, &where, where.base);
	full = decode(insn);
	again = decode_address(insn);
	require(same(a, full) && full.length == 4 && again.base == where.base &&
		again.offset == where.offset);
	htinst = write_full(a, NULL, in >> 32 & 31);
	if (a.length == 2)
		htinst &= ~2U;
	described = decode_htinst(htinst);
	require(htinst_describes(htinst) && same(a, described) && described.length == a.length);
	require(htinst_offset(htinst) == (in >> 32 & 31));
	return 0;
}
