/* SPDX-License-Identifier: MIT */
/*
 * counters.c - cycle and instret, which may be emulated: every register
 * and every form of the instruction that reads one, and who may.
 */
#include "../lib/test.h"

static u8 stack[4096] ALIGNED(16);
static struct trap_info trap;

/* Read @csr by way of x-register @r, which keeps its value. */
#define READ_BY(csr, r, out, keep) ({					\
	register u64 out_ __asm__(#out);				\
	register u64 keep_ __asm__(#keep);				\
	__asm__ volatile("mv %1, " #r "\ncsrr " #r ", " #csr "\n"	\
			 "mv %0, " #r "\nmv " #r ", %1"			\
			 : "=&r"(out_), "=&r"(keep_) : : "memory");	\
	out_;								\
})

#define CHECK_BY(r, out, keep) do {					\
	u64 c0_ = csr_read(cycle), i0_ = csr_read(instret);		\
	u64 c_ = READ_BY(cycle, r, out, keep);				\
	u64 i_ = READ_BY(instret, r, out, keep);			\
									\
	CHECK(c_ >= c0_);						\
	CHECK(csr_read(cycle) >= c_);					\
	CHECK(i_ > i0_);						\
	CHECK(csr_read(instret) > i_);					\
} while (0)

TEST(counters_every_register, "cycle and instret can be read into each x1-x31")
{
	CHECK_BY(ra, a6, a7);
	CHECK_BY(sp, a6, a7);
	CHECK_BY(gp, a6, a7);
	CHECK_BY(tp, a6, a7);
	CHECK_BY(t0, a6, a7);
	CHECK_BY(t1, a6, a7);
	CHECK_BY(t2, a6, a7);
	CHECK_BY(s0, a6, a7);
	CHECK_BY(s1, a6, a7);
	CHECK_BY(a0, a6, a7);
	CHECK_BY(a1, a6, a7);
	CHECK_BY(a2, a6, a7);
	CHECK_BY(a3, a6, a7);
	CHECK_BY(a4, a6, a7);
	CHECK_BY(a5, a6, a7);
	CHECK_BY(a6, a4, a5);
	CHECK_BY(a7, a4, a5);
	CHECK_BY(s2, a6, a7);
	CHECK_BY(s3, a6, a7);
	CHECK_BY(s4, a6, a7);
	CHECK_BY(s5, a6, a7);
	CHECK_BY(s6, a6, a7);
	CHECK_BY(s7, a6, a7);
	CHECK_BY(s8, a6, a7);
	CHECK_BY(s9, a6, a7);
	CHECK_BY(s10, a6, a7);
	CHECK_BY(s11, a6, a7);
	CHECK_BY(t3, a6, a7);
	CHECK_BY(t4, a6, a7);
	CHECK_BY(t5, a6, a7);
	CHECK_BY(t6, a6, a7);
}

#define FORM(text) ({							\
	u64 v_;								\
	__asm__ volatile(text : "=r"(v_) : : "memory");			\
	v_;								\
})

static void set_a_bit(void *arg)
{
	(void)arg;
	__asm__ volatile("csrsi instret, 1");
}

static void clear_by_register(void *arg)
{
	__asm__ volatile("csrrc a0, cycle, %0" : : "r"(arg) : "a0");
}

static void write_it(void *arg)
{
	(void)arg;
	__asm__ volatile("csrw cycle, zero");
}

TEST(counters_forms, "every form that reads a counter does, none writes one")
{
	static void (*const writes[])(void *) = {
		set_a_bit, clear_by_register, write_it,
	};
	u64 before = csr_read(instret);
	u64 a = FORM("csrrs %0, instret, zero");
	u64 b = FORM("csrrc %0, instret, zero");
	u64 c = FORM("csrrsi %0, instret, 0");
	u64 d = FORM("csrrci %0, instret, 0");

	__asm__ volatile("csrr zero, instret\ncsrr zero, cycle");
	CHECK(before < a && a < b && b < c && c < d);
	CHECK(d < csr_read(instret));
	test_known_bad(sbi_is_opensbi(0, 0) && !sbi_is_opensbi(1, 5) ?
		       "old OpenSBI emulates the write" : NULL);
	for (u32 i = 0; i < ARRAY_SIZE(writes); i++) {
		CHECK(trap_catch(writes[i], NULL, &trap));
		CHECK_EQ(trap.cause, EXC_ILLEGAL);
	}
}

static void u_cycle(void *arg)
{
	u64 v = csr_read(cycle);

	(void)arg;
	__asm__ volatile("mv a0, %0\necall" : : "r"(v) : "a0");
}

static void u_instret(void *arg)
{
	u64 v = csr_read(instret);

	(void)arg;
	__asm__ volatile("mv a0, %0\necall" : : "r"(v) : "a0");
}

/* Is it what U-mode finds, with that scounteren? */
static bool user_reads(void (*fn)(void *), u64 scounteren)
{
	csr_write(scounteren, scounteren);
	user_run(fn, NULL, stack + sizeof(stack), &trap);
	return trap.cause == EXC_ECALL_U;
}

TEST(counters_user, "scounteren decides which counters U-mode may read")
{
	u64 old = csr_read(scounteren), before;

	csr_write(scounteren, 7);
	if (csr_read(scounteren) != 7)
		SKIP("scounteren has not all of CY, TM, IR");
	before = csr_read(cycle);
	CHECK(user_reads(u_cycle, 1));
	CHECK(trap.x[10] >= before);
	before = csr_read(instret);
	CHECK(user_reads(u_instret, 4));
	CHECK(trap.x[10] > before);
	CHECK(!user_reads(u_cycle, 6));
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	CHECK(!user_reads(u_instret, 3));
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	csr_write(scounteren, old);
}
