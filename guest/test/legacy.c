/* SPDX-License-Identifier: MIT */
/*
 * legacy.c - legacy calls (SBI 3.0 chapter 5), each if there is one: what
 * an old kernel relies on. Its sets of harts lie in memory, at virtual
 * addresses.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

#define CLEAR_IPI	3
#define SEND_IPI	4
#define FENCE_I		5
#define SFENCE_VMA	6
#define SFENCE_ASID	7

static struct aspace space;

static void need(u64 eid)
{
	if (!sbi_probe(eid))
		SKIP("no legacy call %lu", eid);
}

TEST(legacy_putchar, "legacy putchar answers 0")
{
	static const char text[] = "legacy putchar says hello\n";

	for (const char *s = text; *s; s++)
		CHECK_EQ(sbi_call1(EID_LEGACY_PUTCHAR, 0, *s).error, 0);
}

TEST(legacy_getchar, "legacy getchar answers a byte or -1")
{
	for (int i = 0; i < 10; i++) {
		long c = sbi_call0(EID_LEGACY_GETCHAR, 0).error;

		/* -2: allowed to be absent altogether */
		CHECK(c >= -2 && c <= 255);
	}
}

TEST(legacy_timer, "set_timer is TIME's: pending in the past, not in the future")
{
	need(EID_LEGACY_SET_TIMER);
	irq_off();
	CHECK_EQ(sbi_call1(EID_LEGACY_SET_TIMER, 0, now()).error, 0);
	CHECK_WAIT(timer_is_pending());
	CHECK_EQ(sbi_call1(EID_LEGACY_SET_TIMER, 77, after_ms(60000)).error, 0);
	CHECK(!timer_is_pending());
}

/* Wait, count one soft interrupt, stop. */
static void take_one(void *arg)
{
	csr_write(sie, SIP_SSIP);
	irq_on();
	add_fetch((u32 *)arg, 1);
	while (!load_acquire(&hart_self()->soft_count))
		cpu_relax();
}

TEST(legacy_ipi, "send_ipi reaches the harts of the set in memory, and clear_ipi takes one back")
{
	u64 set = hart_bit(main_hart) | 1ul << 63;
	struct sbi_ret r;
	u32 ready = 0;

	need(SEND_IPI);
	irq_off();
	r = sbi_call(SEND_IPI, 9, (u64)&set, 0x5a5a, 0, 0, 0, 0);
	CHECK_EQ(r.error, 0);
	CHECK_EQ(r.value, 0x5a5a);	/* a1 stays */
	CHECK_WAIT(csr_read(sip) & SIP_SSIP);
	CHECK(sbi_call0(CLEAR_IPI, 0).error >= 0);
	CHECK(!(csr_read(sip) & SIP_SSIP));
	CHECK_EQ(sbi_call0(CLEAR_IPI, 0).error, 0);
	for_each_other(h) {
		hart_run(h, take_one, &ready);
		CHECK_WAIT(load_acquire(&ready) == 1);
		set = hart_bit(h);
		CHECK_EQ(sbi_call1(SEND_IPI, 0, (u64)&set).error, 0);
		CHECK(hart_wait_stopped(h, PATIENCE_MS));
		CHECK_EQ(h->soft_count, 1);
		ready = 0;
	}
	CHECK(!(csr_read(sip) & SIP_SSIP));
	CHECK_EQ(sbi_call1(SEND_IPI, 0, 0).error, 0);	/* NULL: all */
	CHECK_WAIT(csr_read(sip) & SIP_SSIP);
	csr_clear(sip, SIP_SSIP);
}

/* Reads the page until it has the new number. */
static void until_two(void *arg)
{
	paging_on(&space, 1);
	sfence_vma_all();
	while (*window(0) == 1)
		add_fetch((u32 *)arg, 1);
	paging_off();
}

TEST(legacy_fences, "the fences reach other harts: a page that is replaced is seen")
{
	static u64 pages[2][512] ALIGNED(4096);
	u64 all = ~0ul;
	u32 reads = 0;

	need(SFENCE_VMA);
	CHECK_EQ(sbi_call1(FENCE_I, 0, (u64)&all).error, 0);
	CHECK_EQ(sbi_call(SFENCE_ASID, 0, (u64)&all, WINDOW_VA, 4096, 1, 0, 0).error, 0);
	NEED_HARTS(2);
	pages[0][0] = 1;
	pages[1][0] = 2;
	aspace_init(&space);
	aspace_map(&space, 0, (u64)pages[0], PTE_RW);
	hart_run(other_hart(0), until_two, &reads);
	CHECK_WAIT(load_acquire(&reads) > 1000);
	aspace_map(&space, 0, (u64)pages[1], PTE_RW);
	fence_all();
	CHECK_EQ(sbi_call(SFENCE_VMA, 0, (u64)&all, WINDOW_VA, 4096, 0, 0, 0).error, 0);
	CHECK(hart_wait_stopped(other_hart(0), PATIENCE_MS));
}

static void send_ipi(void *arg)
{
	register u64 a0 __asm__("a0") = (u64)arg;
	register u64 a7 __asm__("a7") = SEND_IPI;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "a1", "memory");
}

static u16 insn_at(u64 pc)
{
	return *(u16 *)pc;
}

TEST(legacy_set_is_translated, "a set is read as the kernel would, and a fault is the ecall's")
{
	static u64 page[512] ALIGNED(4096);
	struct trap_info trap;

	need(SEND_IPI);
	irq_off();
	page[5] = hart_bit(main_hart);
	aspace_init(&space);
	aspace_map(&space, 7, (u64)page, PTE_RW);
	paging_on(&space, 1);
	sfence_vma_all();
	CHECK(!trap_catch(send_ipi, (void *)(window(7) + 5), &trap));
	CHECK(csr_read(sip) & SIP_SSIP);
	CHECK(trap_catch(send_ipi, (void *)window(8), &trap));
	paging_off();
	CHECK_EQ(trap.cause, EXC_LOAD_PAGE);
	CHECK_EQ(trap.value, (u64)window(8));
	CHECK_EQ(insn_at(trap.pc), 0x73);
	CHECK_EQ(trap.x[10], (u64)window(8));
	CHECK_EQ(trap.x[17], SEND_IPI);
	CHECK(trap_catch(send_ipi, (void *)(1ul << 45), &trap));
	CHECK_EQ(trap.cause, EXC_LOAD_ACCESS);
	CHECK_EQ(insn_at(trap.pc), 0x73);
	csr_clear(sip, SIP_SSIP);
}

TEST(legacy_probe, "legacy putchar, getchar and shutdown probe alike")
{
	bool there = sbi_probe(EID_LEGACY_PUTCHAR);

	CHECK_EQ(sbi_probe(EID_LEGACY_GETCHAR), there);
	CHECK_EQ(sbi_probe(EID_LEGACY_SHUTDOWN), there);
}

TEST(legacy_rest, "legacy calls that probe denies are NOT_SUPPORTED")
{
	static const u64 eids[] = { 0, 3, 4, 5, 6, 7 };

	for (u32 i = 0; i < ARRAY_SIZE(eids); i++)
		if (!sbi_probe(eids[i]))
			CHECK_ERR(sbi_call1(eids[i], 0, ~0ul),
				  SBI_NOT_SUPPORTED);
}

TEST_MANUAL(legacy_shutdown, "legacy shutdown ends the run (no verdict)")
{
	print("PASS legacy_shutdown when nothing follows\n");
	sbi_call0(EID_LEGACY_SHUTDOWN, 0);
	FAIL_TEST("legacy shutdown returned");
}
