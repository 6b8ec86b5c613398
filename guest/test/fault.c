/* SPDX-License-Identifier: MIT */
/*
 * fault.c - what the guest does wrong comes back to the guest, as the
 * exception the hardware would raise, and nothing else happens.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

static struct aspace space;
static u64 page[512] ALIGNED(4096);
static struct trap_info trap;

static void do_load(void *p)
{
	(void)*(volatile u64 *)p;
}

static void do_store(void *p)
{
	*(volatile u64 *)p = 1;
}

static void do_amo(void *p)
{
	add_fetch((u64 *)p, 1);
}

static void do_jump(void *p)
{
	((void (*)(void))p)();
}

static void expect(void (*fn)(void *), u64 arg, u64 cause, bool check_value)
{
	if (!trap_catch(fn, (void *)arg, &trap))
		FAIL_TEST("no exception at %lx", arg);
	if (trap.cause != cause)
		FAIL_TEST("address %lx: cause %lu, not %lu", arg, trap.cause,
			  cause);
	if (check_value && trap.value != arg)
		FAIL_TEST("address %lx: stval is %lx", arg, trap.value);
}

/* Some machines answer a load from nowhere; ask one that surely faults. */
static u64 wild(void)
{
	return bad_address();
}

TEST(fault_load, "a load from nowhere is a load access fault with its address")
{
	expect(do_load, wild(), EXC_LOAD_ACCESS, true);
	expect(do_load, wild() + 0x1238, EXC_LOAD_ACCESS, true);
}

TEST(fault_store, "a store to nowhere is a store access fault")
{
	expect(do_store, wild(), EXC_STORE_ACCESS, true);
	/* QEMU with a single hart faults in the load half of an AMO. */
	CHECK(trap_catch(do_amo, (void *)wild(), &trap));
	CHECK(trap.cause == EXC_STORE_ACCESS || trap.cause == EXC_LOAD_ACCESS);
}

TEST(fault_jump, "a jump to nowhere is a fetch access fault at that address")
{
	expect(do_jump, wild(), EXC_FETCH_ACCESS, true);
	CHECK_EQ(trap.pc, wild());
}

TEST(fault_far, "addresses beyond any memory fault as well")
{
	static const u64 far[] = { 1ul << 41, 1ul << 50, 1ul << 55 };

	for (u32 i = 0; i < ARRAY_SIZE(far); i++) {
		expect(do_load, far[i], EXC_LOAD_ACCESS, true);
		expect(do_store, far[i], EXC_STORE_ACCESS, true);
		expect(do_jump, far[i], EXC_FETCH_ACCESS, true);
	}
}

TEST(fault_goes_on, "a thousand faults do no harm")
{
	for (u64 n = scaled(1000); n; n--)
		expect(do_load, wild() + 8 * (n % 512), EXC_LOAD_ACCESS, true);
}

static void check_paged(void)
{
	u64 va = (u64)window(3);

	paging_on(&space, 0);
	sfence_vma_all();
	expect(do_load, va, EXC_LOAD_PAGE, true);
	expect(do_store, va + 8, EXC_STORE_PAGE, true);
	expect(do_jump, va, EXC_FETCH_PAGE, true);
	/* page 0: read only; page 1: to nowhere */
	expect(do_store, (u64)window(0) + 16, EXC_STORE_PAGE, true);
	expect(do_jump, (u64)window(0), EXC_FETCH_PAGE, true);
	expect(do_load, (u64)window(1) + 24, EXC_LOAD_ACCESS, true);
	expect(do_store, (u64)window(1) + 32, EXC_STORE_ACCESS, true);
	CHECK_EQ(*window(0), 0x77);
	paging_off();
}

TEST(fault_paged, "with paging on, stval is the virtual address")
{
	aspace_init(&space);
	page[0] = 0x77;
	aspace_map(&space, 0, (u64)page, PTE_V | PTE_R | PTE_A | PTE_D);
	aspace_map(&space, 1, wild(), PTE_RW | PTE_X);
	check_paged();
}

TEST(fault_page_table, "a page table that is nowhere is an access fault")
{
	aspace_init(&space);
	space.level1[0] = wild() >> 12 << 10 | PTE_V;
	paging_on(&space, 0);
	sfence_vma_all();
	expect(do_load, (u64)window(0), EXC_LOAD_ACCESS, true);
	expect(do_store, (u64)window(0), EXC_STORE_ACCESS, true);
	expect(do_jump, (u64)window(0), EXC_FETCH_ACCESS, true);
	paging_off();
}

/* One instruction that must not work, in a function of its own. */
#define BAD_INSN(name, text) \
	static void name(void *arg) \
	{ \
		(void)arg; \
		__asm__ volatile(text : : : "a0", "t0", "memory"); \
	}

BAD_INSN(insn_zero, ".4byte 0")
BAD_INSN(insn_ones, ".4byte 0xffffffff")
BAD_INSN(read_mstatus, "csrr t0, mstatus")
BAD_INSN(write_mscratch, "csrw mscratch, t0")
BAD_INSN(read_mhartid, "csrr t0, mhartid")
BAD_INSN(write_time, "csrw 0xc01, t0")
BAD_INSN(read_no_csr, "csrr t0, 0x5ff")
BAD_INSN(do_mret, "mret")
BAD_INSN(read_hstatus, "csrr t0, 0x600")
BAD_INSN(read_hgatp, "csrr t0, 0x680")
BAD_INSN(write_hvip, "csrw 0x645, t0")
BAD_INSN(read_vsstatus, "csrr t0, 0x200")
BAD_INSN(write_vsatp, "csrw 0x280, t0")
BAD_INSN(do_hlv, ".4byte 0x6c054573")
BAD_INSN(do_hfence_gvma, ".4byte 0x62000073")
BAD_INSN(do_hfence_vvma, ".4byte 0x22000073")

static void expect_illegal(void (*const *fns)(void *), u32 n)
{
	for (u32 i = 0; i < n; i++) {
		if (!trap_catch(fns[i], page, &trap))
			FAIL_TEST("instruction %u of the list works", i);
		if (trap.cause != EXC_ILLEGAL)
			FAIL_TEST("instruction %u: cause %lu", i, trap.cause);
	}
}

TEST(illegal_opcode, "undefined instructions are illegal")
{
	static void (*const fns[])(void *) = { insn_zero, insn_ones };

	expect_illegal(fns, ARRAY_SIZE(fns));
}

TEST(illegal_machine_csr, "machine CSRs and MRET are illegal")
{
	static void (*const fns[])(void *) = {
		read_mstatus, write_mscratch, read_mhartid, write_time,
		read_no_csr, do_mret,
	};

	expect_illegal(fns, ARRAY_SIZE(fns));
}

TEST(illegal_hypervisor, "without H its CSRs and instructions are illegal")
{
	static void (*const fns[])(void *) = {
		read_hstatus, read_hgatp, write_hvip, read_vsstatus,
		write_vsatp, do_hlv, do_hfence_gvma, do_hfence_vvma,
	};

	if (machine.has_h)
		SKIP("this machine has the H extension");
	expect_illegal(fns, ARRAY_SIZE(fns));
}

/* The interrupt is pending: WFI has nothing to wait for. */
BAD_INSN(wfi_then_hlv, "wfi\n.4byte 0x6c054573")

static u32 spun_enough;

static void spin(void *arg)
{
	(void)arg;
	while (!load_acquire(&spun_enough))
		;
}

TEST(illegal_after_wfi, "what is illegal stays so behind a WFI")
{
	u64 end = after_ms(scaled(300));

	if (machine.has_h)
		SKIP("this machine has the H extension");
	store_release(&spun_enough, 0);
	for_each_other(h)
		hart_run(h, spin, NULL);
	irq_off();
	sbi_set_timer(0);
	csr_set(sie, SIP_STIP);
	while (now() < end)
		if (!trap_catch(wfi_then_hlv, NULL, &trap) || trap.cause != EXC_ILLEGAL)
			break;
	sbi_set_timer(~0ul);
	store_release(&spun_enough, 1);
	irq_on();
	harts_join();
	CHECK(now() >= end);
}

BAD_INSN(do_ebreak, ".4byte 0x00100073")

TEST(fault_breakpoint, "EBREAK is a breakpoint exception")
{
	CHECK(trap_catch(do_ebreak, NULL, &trap));
	CHECK_EQ(trap.cause, EXC_BREAKPOINT);
}

static void misaligned(void *arg)
{
	u8 *p = arg;
	u64 v;

	__asm__ volatile("ld %0, 1(%1)" : "=r"(v) : "r"(p) : "memory");
	if (v != 0x0807060504030201ul)
		FAIL_TEST("misaligned load gives %lx", v);
	__asm__ volatile("sd %0, 3(%1)" : : "r"(~v), "r"(p) : "memory");
	__asm__ volatile("ld %0, 3(%1)" : "=r"(v) : "r"(p) : "memory");
	CHECK_EQ(~v, 0x0807060504030201ul);
}

TEST(misaligned_access, "misaligned access works, or traps as misaligned")
{
	u8 *bytes = (u8 *)page;

	for (u32 i = 0; i < 16; i++)
		bytes[i] = (u8)i;
	if (trap_catch(misaligned, bytes, &trap))
		CHECK(trap.cause == EXC_LOAD_MISALIGNED ||
		      trap.cause == EXC_STORE_MISALIGNED);
}
