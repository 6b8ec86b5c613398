/* SPDX-License-Identifier: MIT */
/* test-with: hyp/dev/decode.c */
/*
 * decode_test.c - every compressed instruction and every load and store, against the tables of the
 * unprivileged specification: as it lies in memory, and as a hart describes it in htinst.
 */
#include "dev/decode.h"

#include <stdio.h>
#include <string.h>

/*
 * What an instruction with (insn & mask) == match is. Fields are written as the specification's
 * tables write them: reg and base by their lowest bit and width (three bits: x8 - x15; none: sp);
 * the immediate bit by bit, highest bit of the instruction first.
 */
struct row {
	const char *name;
	uint32_t mask, match;
	uint32_t full; /* the instruction that it expands to: opcode and funct3 */
	uint8_t reg, reg_bits, base, base_bits;
	/* "from-to:lowest": these bits of the instruction are the immediate's from its lowest on */
	const char *immediate;
	uint32_t never; /* reserved if these bits are all 0; 0: nothing is */
};

#define I_TYPE 7, 5, 15, 5, "31-20:0", 0
#define S_TYPE 20, 5, 15, 5, "31-25:5 11-7:0", 0
#define CL(imm) 2, 3, 7, 3, imm, 0
static const struct row rows[] = {
	{ "lb", 0x707f, 0x0003, 0x0003, I_TYPE },
	{ "lh", 0x707f, 0x1003, 0x1003, I_TYPE },
	{ "lw", 0x707f, 0x2003, 0x2003, I_TYPE },
	{ "ld", 0x707f, 0x3003, 0x3003, I_TYPE },
	{ "lbu", 0x707f, 0x4003, 0x4003, I_TYPE },
	{ "lhu", 0x707f, 0x5003, 0x5003, I_TYPE },
	{ "lwu", 0x707f, 0x6003, 0x6003, I_TYPE },
	{ "sb", 0x707f, 0x0023, 0x0023, S_TYPE },
	{ "sh", 0x707f, 0x1023, 0x1023, S_TYPE },
	{ "sw", 0x707f, 0x2023, 0x2023, S_TYPE },
	{ "sd", 0x707f, 0x3023, 0x3023, S_TYPE },
	{ "c.lw", 0xe003, 0x4000, 0x2003, CL("12-10:3 6-6:2 5-5:6") },
	{ "c.ld", 0xe003, 0x6000, 0x3003, CL("12-10:3 6-5:6") },
	{ "c.sw", 0xe003, 0xc000, 0x2023, CL("12-10:3 6-6:2 5-5:6") },
	{ "c.sd", 0xe003, 0xe000, 0x3023, CL("12-10:3 6-5:6") },
	{ "c.lwsp", 0xe003, 0x4002, 0x2003, 7, 5, 0, 0, "12-12:5 6-4:2 3-2:6", 0xf80 },
	{ "c.ldsp", 0xe003, 0x6002, 0x3003, 7, 5, 0, 0, "12-12:5 6-5:3 4-2:6", 0xf80 },
	{ "c.swsp", 0xe003, 0xc002, 0x2023, 2, 5, 0, 0, "12-9:2 8-7:6", 0 },
	{ "c.sdsp", 0xe003, 0xe002, 0x3023, 2, 5, 0, 0, "12-10:3 9-7:6", 0 },
	{ "c.lbu", 0xfc03, 0x8000, 0x4003, CL("6-6:0 5-5:1") },
	{ "c.lhu", 0xfc43, 0x8400, 0x5003, CL("5-5:1") },
	{ "c.lh", 0xfc43, 0x8440, 0x1003, CL("5-5:1") },
	{ "c.sb", 0xfc03, 0x8800, 0x0023, CL("6-6:0 5-5:1") },
	{ "c.sh", 0xfc43, 0x8c00, 0x1023, CL("5-5:1") },
};

/*
 * Others that may access memory, now or in an extension: floating point, vectors, atomics, cache
 * blocks, pushes and pops, custom.
 */
static const struct {
	uint32_t mask, match;
} others[] = {
	{ 0x707f, 0x7003 }, { 0x707f, 0x4023 }, { 0x707f, 0x5023 }, { 0x707f, 0x6023 },
	{ 0x707f, 0x7023 }, { 0x7f, 0x07 }, { 0x7f, 0x27 }, { 0x7f, 0x2f }, { 0x7f, 0x0f },
	{ 0x7f, 0x0b }, { 0x7f, 0x2b }, { 0x7f, 0x5b }, { 0x7f, 0x7b }, { 0x1f, 0x1f },
	{ 0x7f, 0x5f }, { 0x7f, 0x6b }, { 0x7f, 0x77 },
	{ 0xe003, 0x2000 }, { 0xe003, 0x2002 }, { 0xe003, 0xa000 }, { 0xe003, 0xa002 },
	{ 0xe003, 0x8000 }, { 0xe003, 0x4002 }, { 0xe003, 0x6002 },
};

static int failures;

static void verdict(const char *name, const char *wrong, uint64_t insn)
{
	if (wrong)
		printf("FAIL %s: %s of %#lx\n", name, wrong, (unsigned long)insn);
	else
		printf("PASS %s\n", name);
	failures += wrong != NULL;
}

static uint32_t bits(uint32_t insn, unsigned high, unsigned low)
{
	return (uint32_t)((uint64_t)insn >> low) & (uint32_t)((2UL << (high - low)) - 1);
}

static const struct row *find(uint32_t insn)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if ((insn & rows[i].mask) == rows[i].match)
			return rows[i].never && !(insn & rows[i].never) ? NULL : &rows[i];
	return NULL;
}

static bool may_access(uint32_t insn)
{
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
		if ((insn & others[i].mask) == others[i].match)
			return true;
	return find(insn);
}

static unsigned field(uint32_t insn, unsigned at, unsigned n)
{
	return !n ? 2 : bits(insn, at + n - 1, at) + (n == 3 ? 8 : 0);
}

static int64_t immediate(const struct row *r, uint32_t insn)
{
	unsigned from, to, low;
	int64_t value = 0;
	int n;

	for (const char *s = r->immediate; sscanf(s, "%u-%u:%u%n", &from, &to, &low, &n) == 3;
	     s += n)
		value |= (int64_t)bits(insn, from, to) << low;
	/* Only the full ones are signed. */
	return r->base == 15 && value > 2047 ? value - 4096 : value;
}

/*
 * The specification's transformed instruction: the expanded one without its immediate, the offset
 * for rs1; bit 1 says how long it was.
 */
static uint64_t transformed(const struct row *r, uint32_t insn, unsigned offset)
{
	uint32_t reg = field(insn, r->reg, r->reg_bits), store = r->full & 0x20;

	return (r->full | offset << 15 | reg << (store ? 20 : 7)) & ~(r->base == 15 ? 0U : 2U);
}

static const char *differs(const struct access *a, const struct row *r, uint32_t insn)
{
	unsigned funct3 = bits(r->full, 14, 12);

	if (a->size != 1U << (funct3 & 3) || !a->memory)
		return "size";
	if (a->store != !!(r->full & 0x20))
		return "direction";
	if (!a->store && a->sign != !(funct3 & 4))
		return "sign";
	if (a->reg != field(insn, r->reg, r->reg_bits))
		return "register";
	return a->length != ((insn & 3) == 3 ? 4 : 2) ? "length" : NULL;
}

static const char *check(uint32_t insn)
{
	const struct row *r = find(insn);
	struct access a = decode(insn);
	struct access_address where;
	const char *wrong;

	if (a.memory != may_access(insn))
		return "may it access memory?";
	if (!r)
		return a.size ? "size" : NULL;
	wrong = differs(&a, r, insn);
	if (wrong)
		return wrong;
	where = decode_address(insn);
	if (where.base != field(insn, r->base, r->base_bits))
		return "base";
	return where.offset != immediate(r, insn) ? "immediate" : NULL;
}

static const char *check_htinst(uint32_t insn)
{
	const struct row *r = find(insn);

	for (unsigned offset = 0; r && offset < 8; offset++) {
		uint64_t htinst = transformed(r, insn, offset);
		struct access a = decode_htinst(htinst);
		const char *wrong = differs(&a, r, insn);

		if (wrong || !htinst_describes(htinst) || htinst_offset(htinst) != offset)
			return wrong ? wrong : "offset";
	}
	return NULL;
}

static void test_compressed(void)
{
	const char *wrong = NULL, *wrong_htinst = NULL;
	uint32_t insn, high = 0x5a5a0000;

	for (insn = 0; insn < 0x10000 && !wrong && !wrong_htinst; insn++) {
		if ((insn & 3) == 3)
			continue;
		wrong = check(insn);
		wrong = wrong ? wrong : check(insn | high); /* what follows does not matter */
		wrong_htinst = check_htinst(insn);
	}
	verdict("every_compressed_instruction", wrong, insn - 1);
	verdict("every_compressed_instruction_in_htinst", wrong_htinst, insn - 1);
}

/*
 * All of the 2^25 instructions of a major opcode: what does not vary with the immediate is looked
 * at more seldom.
 */
static void test_opcode(const char *name, uint32_t op)
{
	const char *wrong = NULL;
	uint64_t i;

	for (i = 0; i < 1UL << 25 && !wrong; i++) {
		uint32_t insn = (uint32_t)i << 7 | op;
		struct access_address where = decode_address(insn);
		uint32_t imm = bits(insn, 31, 25) << 5;

		imm |= op == 0x03 ? bits(insn, 24, 20) : bits(insn, 11, 7);
		if (where.base != bits(insn, 19, 15) ||
		    where.offset != (int64_t)(imm ^ 2048) - 2048)
			wrong = "address";
		else if (i < 1 << 13 || i % 509 == 0)
			wrong = check(insn);
		if (!wrong && i % 509 == 0)
			wrong = check_htinst(insn);
	}
	verdict(name, wrong, (i - 1) << 7 | op);
}

/*
 * The other major opcodes, with every funct3, and with all of funct7 and rs2 for those that look
 * there.
 */
static void test_others(void)
{
	const char *wrong = NULL;
	uint32_t insn = 0;

	for (uint32_t i = 0; i < 1 << 20 && !wrong; i++) {
		insn = (i & 31) << 2 | 3 | (i >> 5 & 7) << 12 | (i >> 8) << 20;
		wrong = check(insn);
		if (!wrong && (insn & 0x7f) == 0x2f && decode(insn).store != (insn >> 27 != 2))
			wrong = "direction";
		if (!wrong && ((insn & 0x7f) == 0x27 || (insn & 0x7f) == 0x07) &&
		    decode(insn).store != ((insn & 0x7f) == 0x27))
			wrong = "direction";
	}
	verdict("every_other_opcode", wrong, insn);
	if (htinst_describes(0) || htinst_describes(0x3000) || htinst_describes(0x3020))
		verdict("no_instruction_in_htinst", "htinst", 0);
	else
		verdict("no_instruction_in_htinst", NULL, 0);
}

int main(void)
{
	test_compressed();
	test_opcode("every_load", 0x03);
	test_opcode("every_store", 0x23);
	test_others();
	return failures != 0;
}
