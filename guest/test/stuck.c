/* SPDX-License-Identifier: MIT */
/*
 * stuck.c - a trap handler that traps itself, at its first instruction. The
 * hart comes back there until another one mends it; the others go on. Those
 * that nobody can mend end the machine: they run by name only.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

static struct aspace space;
static u32 page[1024] ALIGNED(4096);
static u32 arrived;

/*
 * The handler that mends. In a page of its own: what a hart executes is never written, as QEMU 7.2
 * can miss a write to what it translates at the same moment.
 */
static const u32 handler[1024] ALIGNED(4096) = {
	0x14149073, /* csrw sepc, s1 */
	0x10200073, /* sret */
};

/* Trap with @to in stvec; comes back if that does csrw sepc, s1; sret. */
static void trap_to(u64 to)
{
	register u64 s1_ __asm__("s1");

	__asm__ volatile("csrr t0, stvec\n"
			 "la %0, 1f\n"
			 "csrw stvec, %1\n"
			 "ebreak\n"
			 ".balign 4\n"
			 "1: csrw stvec, t0"
			 : "=&r"(s1_) : "r"(to) : "t0", "memory");
}

static void fall(void *arg)
{
	irq_off();
	paging_on(&space, 0);
	sfence_vma_all();
	trap_to((u64)arg);
	paging_off();
	store_release(&arrived, 1);
}

/* What @pte makes of the handler is mended after @ms. */
static void mended_after(u64 pa, u64 flags, u64 ms)
{
	struct hart *h = other_hart(0);

	aspace_init(&space);
	aspace_map(&space, 0, pa, flags);
	store_release(&arrived, 0);
	hart_run(h, fall, (void *)window(0));
	delay_ms(ms);
	CHECK_EQ(load_acquire(&arrived), 0);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STARTED);
	aspace_map(&space, 0, (u64)handler,
		   PTE_V | PTE_R | PTE_X | PTE_A);
	CHECK_ERR(sbi_sfence_vma(hart_bit(h), 0, 0, ~0ul), SBI_SUCCESS);
	CHECK_WAIT(load_acquire(&arrived));
	harts_join();
}

TEST(stuck_is_mended,
     "a hart whose trap handler is not mapped goes on once another one has mapped it")
{
	NEED_HARTS(2);
	mended_after(0, 0, 1500);
	mended_after((u64)page, PTE_RW, 100);
	mended_after(bad_address(), PTE_RW | PTE_X, 200);
	mended_after((u64)page, PTE_RW | PTE_X, 100); /* zeros */
}

TEST_MANUAL(stuck_unmapped, "the only hart, its trap handler not mapped")
{
	aspace_init(&space);
	fall((void *)window(3));
}

TEST_MANUAL(stuck_not_executable, "the only hart, its trap handler in a page of data")
{
	aspace_init(&space);
	aspace_map(&space, 3, (u64)page, PTE_RW);
	fall((void *)window(3));
}

TEST_MANUAL(stuck_zeros, "the only hart, its trap handler nothing but zeros")
{
	irq_off();
	trap_to((u64)page);
}

TEST_MANUAL(stuck_nowhere, "the only hart, its trap handler where no memory is")
{
	irq_off();
	trap_to(bad_address());
}

TEST_MANUAL(stuck_together, "all harts, their trap handlers not mapped")
{
	aspace_init(&space);
	for_each_other(h)
		hart_run(h, fall, (void *)window(3));
	fall((void *)window(3));
}

/* The first to stop leaves nobody who could help. */
static void stop_later(void *arg)
{
	delay_ms((u64)arg);
}

TEST_MANUAL(stuck_then_stopped, "a hart is stuck when the last other one stops")
{
	NEED_HARTS(2);
	aspace_init(&space);
	hart_run(other_hart(0), stop_later, (void *)2500ul);
	fall((void *)window(3));
}
