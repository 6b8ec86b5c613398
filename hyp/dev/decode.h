/* SPDX-License-Identifier: MIT */
/*
 * decode.h - what a load or store says: as the guest's memory holds it, and as a hart describes it
 * in htinst.
 *
 * Pure: any 32 bits are an answerable question. RV64 with C and Zcb.
 *
 * Optional room: devices, 50 lines.
 */
#ifndef DEV_DECODE_H
#define DEV_DECODE_H

#include "lib/types.h"

struct access {
	unsigned length; /* of the instruction, bytes */
	/*
	 * Of the access, bytes. 0: no load or store of an integer, and devices take nothing else.
	 */
	unsigned size;
	bool memory; /* it may access memory; always true where size is not 0 */
	bool store; /* it writes memory; right for all standard instructions that access memory */
	bool sign; /* the load extends the sign */
	unsigned reg; /* x0 - x31: from or to */
};

/* Where a load or store begins: x[base] + offset, modulo 2^64. */
struct access_address {
	unsigned base;
	int64_t offset;
};

#define OP_LOAD 0x03
#define OP_STORE 0x23
#define OP_STORE_FP 0x27
#define OP_AMO 0x2f
#define FUNCT5_LR 2

/*
 * The major opcodes, by bits 2 - 6, that never access memory: OP-IMM, AUIPC, OP-IMM-32; OP, LUI,
 * OP-32; the four of FMA, OP-FP, OP-V; BRANCH, JALR, JAL, SYSTEM. All others may, now or one day.
 */
#define NO_MEMORY (7U << 4 | 7U << 12 | 0x3fU << 16 | 3U << 24 | 3U << 27)

/* An instruction of 32 bits. Here, as it is in the way of every access to a device. */
static inline struct access decode_full(uint32_t insn)
{
	unsigned op = insn & 0x7f, funct3 = insn >> 12 & 7;
	struct access a = { .length = 4, .sign = funct3 < 4 };

	a.memory = !(NO_MEMORY >> (op >> 2) & 1);
	a.reg = op == OP_STORE ? insn >> 20 & 31 : insn >> 7 & 31;
	a.store = op == OP_STORE || op == OP_STORE_FP || (op == OP_AMO && insn >> 27 != FUNCT5_LR);
	if (op == OP_LOAD ? funct3 < 7 : op == OP_STORE && funct3 < 4)
		a.size = 1U << (funct3 & 3);
	return a;
}

/* The instruction @insn; of a compressed one only the lower 16 bits count. */
struct access decode(uint32_t insn);

/* Where @insn, of which decode() says that its size is not 0, accesses memory. */
struct access_address decode_address(uint32_t insn);

/*
 * Does @htinst describe the instruction (privileged specification 22.6.3)? Else it is 0, or the
 * pseudo-instruction of a failed walk.
 */
static inline bool htinst_describes(uint64_t htinst)
{
	return htinst & 1;
}

/*
 * How many bytes behind the first one of the access the address in stval is. Not 0: the access is
 * misaligned.
 */
static inline unsigned htinst_offset(uint64_t htinst)
{
	return htinst >> 15 & 31;
}

/* The instruction that @htinst describes. It has no address: stval has. */
static inline struct access decode_htinst(uint64_t htinst)
{
	/* Bit 1, which every instruction of 32 bits has, is 0 if this one was compressed. */
	struct access a = decode_full((uint32_t)htinst | 2);

	a.length = htinst & 2 ? 4 : 2;
	return a;
}

#endif
