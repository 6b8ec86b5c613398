/* SPDX-License-Identifier: MIT */
/*
 * mmio.c - an emulated device answers every load and store a compiler
 * emits, in every register. The place used is the divisor latch of the
 * ns16550a at its usual address: one byte that keeps what is written to it;
 * the emulation answers wider accesses with that byte.
 */
#include "../lib/test.h"

#define UART 0x10000000ul
#define LCR 3
#define DLAB 0x80

static volatile u8 *const uart = (volatile u8 *)UART;

/* Another implementation may have no UART there, or none that is emulated. */
#define NEED_EMULATED_UART() do {					\
	if (sbi_impl_id().value != 0x444d)					\
		SKIP("no emulated device known here");			\
} while (0)

/*
 * a0: the address; the register under test is kept in a1. No interrupt may come in between: it may
 * be sp or tp.
 */
#define ASM(text, result)						\
	register u64 a0_ __asm__("a0") = UART;				\
	register u64 a2_ __asm__("a2") = 0;				\
	__asm__ volatile(text : "+r"(a2_) : "r"(a0_) : "a1", "memory");	\
	result = a2_

/* The assembler would shorten these. */
#define LONG(insn) ".option push\n.option norvc\n" insn "\n.option pop"

#define LOAD(insn) ({ u64 r_; { ASM(insn, r_); } r_; })
#define LOAD_SP(insn) ({						\
	u64 r_; {							\
		ASM("mv a1, sp\n mv sp, a0\n" insn " a2, 0(sp)\n mv sp, a1", r_); } \
	r_; })
#define STORE(insn, val) do {						\
	u64 r_;								\
	{ ASM("li a2, " #val "\n" insn, r_); }		\
	(void)r_;							\
	CHECK_EQ(uart[0], (val) & 0xff);				\
} while (0)
#define STORE_SP(insn, val) do {					\
	u64 r_;								\
	{ ASM("li a2, " #val "\n mv a1, sp\n mv sp, a0\n" insn		\
	      " a2, 0(sp)\n mv sp, a1", r_); }				\
	(void)r_;							\
	CHECK_EQ(uart[0], (val) & 0xff);				\
} while (0)
/* Through register @reg: load it, store it. */
#define THROUGH(reg) do {						\
	u64 r_;								\
	uart[0] = 0x85;							\
	{ ASM("mv a1, " reg "\n lb " reg ", 0(a0)\n mv a2, " reg	\
	      "\n mv " reg ", a1", r_); }				\
	CHECK_EQ(r_, -123);						\
	{ ASM("mv a1, " reg "\n li " reg ", 0x5a\n sb " reg		\
	      ", 0(a0)\n mv " reg ", a1", r_); }			\
	CHECK_EQ(uart[0], 0x5a);					\
} while (0)

static u8 begin(void)
{
	u8 lcr = uart[LCR];

	irq_off();
	uart[LCR] = DLAB;
	uart[0] = 0x85;
	return lcr;
}

TEST(mmio_loads, "every load from a device extends as it should")
{
	u8 lcr;

	NEED_EMULATED_UART();
	lcr = begin();
	CHECK_EQ(LOAD(LONG("lb a2, 0(a0)")), -123);
	CHECK_EQ(LOAD(LONG("lbu a2, 0(a0)")), 0x85);
	CHECK_EQ(LOAD(LONG("lh a2, 0(a0)")), 0x85);
	CHECK_EQ(LOAD(LONG("lhu a2, 0(a0)")), 0x85);
	CHECK_EQ(LOAD(LONG("lw a2, 0(a0)")), 0x85);
	CHECK_EQ(LOAD(LONG("lwu a2, 0(a0)")), 0x85);
	CHECK_EQ(LOAD(LONG("ld a2, 0(a0)")), 0x85);
	CHECK_EQ(LOAD("c.lw a2, 0(a0)"), 0x85);
	CHECK_EQ(LOAD("c.ld a2, 0(a0)"), 0x85);
	CHECK_EQ(LOAD_SP("c.lwsp"), 0x85);
	CHECK_EQ(LOAD_SP("c.ldsp"), 0x85);
	uart[LCR] = lcr;
}

TEST(mmio_stores, "every store to a device arrives")
{
	u8 lcr;

	NEED_EMULATED_UART();
	lcr = begin();
	STORE(LONG("sb a2, 0(a0)"), 0x111);
	STORE(LONG("sh a2, 0(a0)"), 0x112);
	STORE(LONG("sw a2, 0(a0)"), 0x113);
	STORE(LONG("sd a2, 0(a0)"), 0x114);
	STORE("c.sw a2, 0(a0)", 0x115);
	STORE("c.sd a2, 0(a0)", 0x116);
	STORE_SP("c.swsp", 0x117);
	STORE_SP("c.sdsp", 0x118);
	uart[LCR] = lcr;
}

/* Zcb, which the assembler does not know: with a2 and a0 as above. */
#define C_LBU	".2byte 0x8110"
#define C_LBU_3	".2byte 0x8170"	/* c.lbu a2, 3(a0) */
#define C_LHU	".2byte 0x8510"
#define C_LH	".2byte 0x8550"
#define C_SB	".2byte 0x8910"
#define C_SH	".2byte 0x8d10"

static void load_with_zcb(void *ram)
{
	register u64 a0_ __asm__("a0") = (u64)ram;
	register u64 a2_ __asm__("a2");

	__asm__ volatile(C_LBU : "=r"(a2_) : "r"(a0_) : "memory");
}

TEST(mmio_zcb, "compressed loads and stores of bytes and halves reach a device")
{
	struct trap_info info;
	u8 lcr, byte = 0;

	NEED_EMULATED_UART();
	if (trap_catch(load_with_zcb, &byte, &info))
		SKIP("no Zcb");
	lcr = begin();
	CHECK_EQ(LOAD(C_LBU), 0x85);
	CHECK_EQ(LOAD(C_LBU_3), DLAB);
	CHECK_EQ(LOAD(C_LHU), 0x85);
	CHECK_EQ(LOAD(C_LH), 0x85);
	STORE(C_SB, 0x119);
	STORE(C_SH, 0x11a);
	uart[LCR] = lcr;
}

TEST(mmio_registers, "an access to a device may name any register")
{
	u8 lcr;

	NEED_EMULATED_UART();
	lcr = begin();
	THROUGH("ra"); THROUGH("sp"); THROUGH("gp"); THROUGH("tp");
	THROUGH("t0"); THROUGH("t1"); THROUGH("t2"); THROUGH("t3");
	THROUGH("t4"); THROUGH("t5"); THROUGH("t6"); THROUGH("s0");
	THROUGH("s1"); THROUGH("s2"); THROUGH("s3"); THROUGH("s4");
	THROUGH("s5"); THROUGH("s6"); THROUGH("s7"); THROUGH("s8");
	THROUGH("s9"); THROUGH("s10"); THROUGH("s11"); THROUGH("a3");
	THROUGH("a4"); THROUGH("a5"); THROUGH("a6"); THROUGH("a7");
	__asm__ volatile("lb zero, 0(%0)\n sb zero, 0(%0)" : : "r"(uart) : "memory");
	CHECK_EQ(uart[0], 0);
	uart[LCR] = lcr;
}

TEST(mmio_gap, "behind the registers of the serial port there is nothing")
{
	u8 lcr;

	NEED_EMULATED_UART();
	lcr = begin();
	for (unsigned at = 8; at < 0x100; at++) {
		uart[at] = 0x5a;
		CHECK_EQ(uart[at], 0);
	}
	CHECK_EQ(uart[0], 0x85);
	uart[LCR] = lcr;
}
