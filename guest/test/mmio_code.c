/* SPDX-License-Identifier: MIT */
/*
 * mmio_code.c - the instruction that accesses a device: in a page that may
 * only be executed, in a user's page, over the border of two pages, in a
 * page that comes and goes, and replaced while it runs.
 */
#include "../lib/paging.h"
#include "../lib/str.h"
#include "../lib/test.h"

#define UART 0x10000000ul
#define SCRATCH 7	/* keeps what is written to it */
#define PAGE 4096

static volatile u8 *const uart = (volatile u8 *)UART;
static struct aspace space;
static u32 code[2][PAGE / 4] ALIGNED(4096);
static u8 stack[1024] ALIGNED(16);

#define INSN_READ 0x00754583u	/* lbu a1, 7(a0) */
/* addi a1, a0, 7: of the same upper half, so that no hart sees a mixture */
#define INSN_LIKE 0x00750593u
#define INSN_RET 0x00008067u
#define INSN_ECALL 0x00000073u
#define READS 16

#define PTE_XONLY (PTE_V | PTE_X | PTE_A)
#define PTE_CODE (PTE_XONLY | PTE_R)

static u64 read_by(u64 fn)
{
	register u64 a0_ __asm__("a0") = UART;
	register u64 a1_ __asm__("a1") = 0;

	__asm__ volatile("jalr %2" : "+r"(a1_) : "r"(a0_), "r"(fn) : "ra", "memory");
	return a1_;
}

/* *@arg: the address of code that reads the register; then what it read. */
static void read_there(void *arg)
{
	*(u64 *)arg = read_by(*(u64 *)arg);
}

static void find_uart(void *ok)
{
	uart[SCRATCH] = 0xa5;
	*(bool *)ok = uart[SCRATCH] == 0xa5;
	uart[SCRATCH] = 0x5a;
	*(bool *)ok &= uart[SCRATCH] == 0x5a;
}

/* Code that reads the register a few times, in window page 0 as @flags say. */
static void begin(u64 flags)
{
	struct trap_info info;
	bool ok = false;

	if (trap_catch(find_uart, &ok, &info) || !ok)
		SKIP("no serial port at %lx", UART);
	for (u32 i = 0; i < READS; i++)
		code[0][i] = INSN_READ;
	code[0][READS] = INSN_RET;
	__asm__ volatile("fence.i" : : : "memory");
	aspace_init(&space);
	aspace_map(&space, 0, (u64)code[0], flags);
}

static void read_once(u64 fn)
{
	struct trap_info trap;
	u64 value = fn;
	bool trapped;

	paging_on(&space, 0);
	sfence_vma_all();
	trapped = trap_catch(read_there, &value, &trap);
	paging_off();
	if (trapped)
		FAIL_TEST("cause %lu at %lx, stval %lx", trap.cause, trap.pc, trap.value);
	CHECK_EQ(value, 0x5a);
}

TEST(mmio_execute_only, "code that may only be executed reads a device")
{
	begin(PTE_XONLY);
	read_once((u64)window(0));
}

TEST(mmio_straddles, "an instruction over the border of two pages reads a device")
{
	u16 *end = (u16 *)&code[0][PAGE / 4] - 1;

	begin(PTE_XONLY);
	end[0] = (u16)INSN_READ;
	code[1][0] = INSN_READ >> 16 | (INSN_RET & 0xffff) << 16;
	code[1][1] = INSN_RET >> 16;
	__asm__ volatile("fence.i" : : : "memory");
	aspace_map(&space, 1, (u64)code[1], PTE_XONLY);
	read_once((u64)window(1) - 2);
}

TEST(mmio_user_code, "a user's program reads a device that is mapped for it")
{
	struct trap_info trap;

	begin(PTE_CODE | PTE_U);
	code[0][1] = INSN_ECALL;
	__asm__ volatile("fence.i" : : : "memory");
	space.root[0] |= PTE_U;
	paging_on(&space, 0);
	sfence_vma_all();
	user_run((void (*)(void *))window(0), (void *)UART, stack + sizeof(stack), &trap);
	paging_off();
	CHECK_EQ(trap.cause, EXC_ECALL_U);
	CHECK_EQ(trap.x[11], 0x5a);
}

static u32 over, reads;

/* Reads until told to stop; the only exception there may be is that the code is not there. */
static void reader(void *arg)
{
	struct trap_info trap;

	(void)arg;
	paging_on(&space, 0);
	sfence_vma_all();
	while (!load_acquire(&over) && !load_acquire(&hart_abort_flag)) {
		u64 value = (u64)window(0);

		__asm__ volatile("fence.i" : : : "memory");
		if (!trap_catch(read_there, &value, &trap)) {
			if (value != 0x5a && value != UART + SCRATCH)
				FAIL_TEST("reads %lx", value);
			add_fetch(&reads, 1);
		} else if (trap.cause != EXC_FETCH_PAGE || trap.value != trap.pc ||
			   trap.pc - (u64)window(0) > 4 * READS) {
			FAIL_TEST("cause %lu at %lx, stval %lx", trap.cause, trap.pc, trap.value);
		}
	}
	paging_off();
}

/* Other harts want to run, too: a hypervisor may now trap what waits. */
static void spinner(void *arg)
{
	(void)arg;
	while (!load_acquire(&over))
		cpu_relax();
}

static void run_while(void (*change)(u64 n), void (*run)(void *))
{
	struct budget b = budget(3000, 1500);

	store_release(&over, 0);
	store_release(&reads, 0);
	hart_run(other_hart(0), run, NULL);
	CHECK_WAIT(load_acquire(&reads));
	if (run != reader)
		for (u32 i = 1; other_hart(i); i++)
			hart_run(other_hart(i), spinner, NULL);
	for (u64 n = 0; budget_left(&b); n++) {
		change(n);
		for (u64 i = n * 7 % 100; i; i--)
			cpu_relax();
	}
	store_release(&over, 1);
	harts_join();
}

static void come_and_go(u64 n)
{
	u64 reader_ = hart_bit(other_hart(0));

	aspace_map(&space, 0, (u64)code[0], n % 2 ? PTE_CODE : 0);
	CHECK_ERR(sbi_sfence_vma(reader_, 0, WINDOW_VA, PAGE), SBI_SUCCESS);
}

TEST(mmio_code_comes_and_goes, 
     "code that is unmapped while it reads a device takes fetch page faults only")
{
	NEED_HARTS(2);
	begin(PTE_CODE);
	run_while(come_and_go, reader);
}

/* WFI, with an interrupt pending that is not taken: it ends at once. */
static void sleeper(void *arg)
{
	struct trap_info trap;

	(void)arg;
	irq_off();
	csr_set(sie, SIP_SSIP);
	csr_set(sip, SIP_SSIP);
	paging_on(&space, 0);
	sfence_vma_all();
	while (!load_acquire(&over) && !load_acquire(&hart_abort_flag)) {
		u64 fn = (u64)window(0);

		add_fetch(&reads, 1);
		if (trap_catch(read_there, &fn, &trap) && trap.cause != EXC_FETCH_PAGE)
			FAIL_TEST("cause %lu at %lx, stval %lx", trap.cause, trap.pc, trap.value);
	}
	csr_clear(sip, SIP_SSIP);
	paging_off();
	irq_on();
}

TEST(wfi_code_comes_and_goes,
     "code that is unmapped while it waits takes fetch page faults only")
{
	NEED_HARTS(2);
	begin(PTE_CODE);
	for (u32 i = 0; i < READS; i++)
		code[0][i] = 0x10500073;
	__asm__ volatile("fence.i" : : : "memory");
	run_while(come_and_go, sleeper);
}

static void replace(u64 n)
{
	for (u32 i = 0; i < READS; i++)
		*(volatile u32 *)&code[0][i] = n % 2 ? INSN_READ : INSN_LIKE;
	CHECK_ERR(sbi_fence_i(hart_bit(other_hart(0)), 0), SBI_SUCCESS);
}

TEST(mmio_code_is_replaced, 
     "a load from a device that is replaced meanwhile does what the old or the new does")
{
	NEED_HARTS(2);
	begin(PTE_CODE);
	run_while(replace, reader);
}
