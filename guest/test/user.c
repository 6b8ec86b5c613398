/* SPDX-License-Identifier: MIT */
/*
 * user.c - U-mode below the guest: its traps go to the guest and only
 * there.
 */
#include "../lib/test.h"

static u8 stack[4096] ALIGNED(16);
static struct trap_info trap;

static void run(void (*fn)(void *), u64 arg)
{
	user_run(fn, (void *)arg, stack + sizeof(stack), &trap);
}

static void u_ecall(void *arg)
{
	__asm__ volatile("mv a0, %0\n\tli a7, 0x10\n\tli a6, 0\n\tecall"
			 : : "r"(arg) : "a0", "a6", "a7", "memory");
}

TEST(user_ecall, "an ecall from U-mode is the guest's own system call")
{
	for (u64 n = 0; n < 100; n++) {
		run(u_ecall, n + 0x1000);
		CHECK_EQ(trap.cause, EXC_ECALL_U);
		CHECK_EQ(trap.x[10], n + 0x1000);
		CHECK_EQ(trap.x[17], EID_BASE);
	}
}

static void u_read_sstatus(void *arg)
{
	(void)arg;
	csr_read(sstatus);
}

static void u_sfence(void *arg)
{
	(void)arg;
	__asm__ volatile("sfence.vma");
}

static void u_sret(void *arg)
{
	(void)arg;
	__asm__ volatile("sret");
}

TEST(user_privilege, "supervisor instructions in U-mode are illegal")
{
	run(u_read_sstatus, 0);
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	run(u_sfence, 0);
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	run(u_sret, 0);
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
}

static void u_wfi(void *arg)
{
	wfi();
	u_ecall(arg);
}

TEST(user_wfi, "WFI in U-mode ends or is illegal; it hangs nothing")
{
	sbi_set_timer(after_ms(10));
	run(u_wfi, 3);
	CHECK(trap.cause == EXC_ECALL_U || trap.cause == EXC_ILLEGAL);
}

static void u_load(void *arg)
{
	(void)*(volatile u64 *)arg;
}

TEST(user_fault, "a wild load in U-mode faults into the guest")
{
	run(u_load, bad_address());
	CHECK_EQ(trap.cause, EXC_LOAD_ACCESS);
	CHECK_EQ(trap.value, bad_address());
}

static void u_time(void *arg)
{
	u64 t = csr_read(time);

	(void)arg;
	u_ecall((void *)t);
}

/* What a program does that asks for the time. Writes no scounteren. */
static void read_time_as_user(void *arg)
{
	(void)arg;
	run(u_time, 0);
	CHECK_EQ(trap.cause, EXC_ECALL_U);
	CHECK(trap.x[10] <= now());
}

static void shut_clock(void *arg)
{
	(void)arg;
	csr_write(scounteren, 0);
}

TEST(user_clock, "U-mode may read the time before scounteren was written")
{
	read_time_as_user(NULL);
	for_each_other(h) {
		hart_run(h, read_time_as_user, NULL);
		/* Nor does a start keep what the life before had written. */
		hart_run(h, shut_clock, NULL);
		hart_run(h, read_time_as_user, NULL);
		harts_join();
	}
}

TEST(user_time, "scounteren decides whether U-mode may read the time")
{
	u64 old = csr_read(scounteren);

	csr_write(scounteren, 2);
	if (!(csr_read(scounteren) & 2))
		SKIP("scounteren.TM cannot be set");
	run(u_time, 0);
	CHECK_EQ(trap.cause, EXC_ECALL_U);
	CHECK(trap.x[10] <= now());
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "old OpenSBI emulates the read" : NULL);
	csr_write(scounteren, 0);
	run(u_time, 0);
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	csr_write(scounteren, old);
}

static void u_spin(void *arg)
{
	while (!load_acquire((u32 *)arg))
		;
	u_ecall(NULL);
}

static u32 tick;

static void on_tick(struct trap_frame *f)
{
	(void)f;
	sbi_set_timer(~0ul);
	store_release(&tick, 1);
}

TEST(user_preempted, "the timer interrupts U-mode, which then goes on")
{
	tick = 0;
	irq_handler_set(IRQ_TIMER, on_tick);
	sbi_set_timer(after_ms(10));
	run(u_spin, (u64)&tick);
	CHECK_EQ(trap.cause, EXC_ECALL_U);
}
