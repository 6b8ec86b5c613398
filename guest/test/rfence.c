/* SPDX-License-Identifier: MIT */
/*
 * rfence.c - RFENCE, SBI 3.0 chapter 8: answers, and whether the fences
 * really fence, with a page table that changes under a running hart.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

static struct aspace space;
static u64 pages[2][512] ALIGNED(4096);

TEST(rfence_self, "fences to oneself, to all and to nobody succeed")
{
	u64 self = main_hart->id;

	CHECK_ERR(sbi_fence_i(1, self), SBI_SUCCESS);
	CHECK_ERR(sbi_fence_i(0, 0), SBI_SUCCESS);
	CHECK_ERR(sbi_fence_i(0, ~0ul), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma(1, self, 0, 0), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma(0, 0, 0, ~0ul), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma(0, ~0ul, 0, ~0ul), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma(1, self, WINDOW_VA, 4096), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma(1, self, WINDOW_VA, 64ul << 20), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma_asid(1, self, 0, 0, 0), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma_asid(1, self, 0, ~0ul, 7), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma_asid(0, ~0ul, WINDOW_VA, 8192, 7),
		  SBI_SUCCESS);
}

TEST(rfence_stopped, "a fence to a STOPPED hart succeeds and starts nothing")
{
	NEED_HARTS(2);
	test_known_bad(sbi_is_opensbi(1, 6) ?
		       "new OpenSBI refuses masks with stopped harts only" :
		       NULL);
	for_each_other(h) {
		CHECK_ERR(sbi_fence_i(1, h->id), SBI_SUCCESS);
		CHECK_ERR(sbi_sfence_vma(1, h->id, 0, ~0ul), SBI_SUCCESS);
		CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
	}
}

TEST(rfence_invalid_hart, "a hart that does not exist: INVALID_PARAM")
{
	u64 absent = absent_hart_id();

	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI ignores absent harts in a mask" : NULL);
	CHECK_ERR(sbi_fence_i(1, absent), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_sfence_vma(1, absent, 0, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_sfence_vma_asid(1, absent, 0, 0, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_fence_i(4, ~0ul - 1), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_fence_i(~0ul, 0), SBI_INVALID_PARAM);
}

TEST(rfence_hypervisor, "functions 3 to 6 are NOT_SUPPORTED without H")
{
	for (u64 fid = 3; fid <= 6; fid++) {
		long e = sbi_call(EID_RFENCE, fid, 1, main_hart->id, 0, 0, 0,
				  0).error;

		if (e != SBI_NOT_SUPPORTED &&
		    !(e == SBI_SUCCESS && machine.has_h))
			FAIL_TEST("function %lu answers %s", fid,
				  sbi_error_name(e));
	}
}

TEST(rfence_range_end, "a range may end at the top of the address space, not wrap")
{
	u64 self = main_hart->id;

	CHECK_ERR(sbi_sfence_vma(1, self, -4096ul, 4096), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma_asid(1, self, -8192ul, 8192, 1), SBI_SUCCESS);
	CHECK_ERR(sbi_sfence_vma(1, self, ~0ul, 0), SBI_SUCCESS);
	if (sbi_is_opensbi(0, 0))
		return;		/* it does not look at the range */
	CHECK_ERR(sbi_sfence_vma(1, self, -4096ul, 8192), SBI_INVALID_ADDRESS);
	CHECK_ERR(sbi_sfence_vma(1, self, 4096, -4096ul + 1), SBI_INVALID_ADDRESS);
}

TEST(rfence_bad_fid, "functions above 6 are NOT_SUPPORTED")
{
	CHECK_ERR(sbi_call0(EID_RFENCE, 7), SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call0(EID_RFENCE, ~0ul), SBI_NOT_SUPPORTED);
}

/*
 * Window page 0 moves between two pages; page contents grow with every
 * move. A reader that has seen generation g must not read less than g.
 */
struct remap {
	u64 generation;
	u32 over, readers;
	u16 asid;
};

static void reader(void *arg)
{
	struct remap *m = arg;

	paging_on(&space, m->asid);
	sfence_vma_all();
	add_fetch(&m->readers, 1);
	while (!load_acquire(&m->over)) {
		u64 g = load_acquire(&m->generation);
		u64 v = *window(0);

		if (v < g)
			FAIL_TEST("hart %lu read %lu after the fence of %lu",
				  hart_self()->id, v, g);
		__asm__ volatile(".4byte 0x0100000f");
		if (load_acquire(&hart_abort_flag))
			break;
	}
	paging_off();
}

typedef struct sbi_ret (*fence_fn)(u64 mask, u64 base);

static void remap_under_readers(fence_fn fence, u16 asid)
{
	static struct remap m;
	struct budget b = budget(300, 1000);

	NEED_HARTS(2);
	m = (struct remap){ .asid = asid };
	aspace_init(&space);
	pages[0][0] = pages[1][0] = 0;
	aspace_map(&space, 0, (u64)pages[0], PTE_RW);
	for_each_other(h)
		hart_run(h, reader, &m);
	CHECK_WAIT(load_acquire(&m.readers) == hart_count - 1);
	for (u64 g = 1; budget_left(&b); g++) {
		pages[g & 1][0] = g;
		fence_all();
		aspace_map(&space, 0, (u64)pages[g & 1], PTE_RW);
		fence_all();
		if (g & 1 || hart_count > 60) {
			CHECK_ERR(fence(0, ~0ul), SBI_SUCCESS);
		} else {
			for_each_other(h)
				CHECK_ERR(fence(1, h->id), SBI_SUCCESS);
		}
		store_release(&m.generation, g);
	}
	store_release(&m.over, 1);
	harts_join();
}

static struct sbi_ret fence_zero(u64 mask, u64 base)
{
	return sbi_sfence_vma(mask, base, 0, 0);
}

static struct sbi_ret fence_whole(u64 mask, u64 base)
{
	return sbi_sfence_vma(mask, base, 0, ~0ul);
}

static struct sbi_ret fence_page(u64 mask, u64 base)
{
	return sbi_sfence_vma(mask, base, WINDOW_VA, 4096);
}

static struct sbi_ret fence_asid(u64 mask, u64 base)
{
	return sbi_sfence_vma_asid(mask, base, WINDOW_VA, 8192, 5);
}

static struct sbi_ret fence_asid_whole(u64 mask, u64 base)
{
	return sbi_sfence_vma_asid(mask, base, 0, ~0ul, 5);
}

TEST(rfence_remap_zero, "size 0 at 0 fences everything, done on return")
{
	remap_under_readers(fence_zero, 0);
}

TEST(rfence_remap_whole, "size -1 fences everything, done on return")
{
	remap_under_readers(fence_whole, 0);
}

TEST(rfence_remap_page, "a fence of one page is done on return")
{
	remap_under_readers(fence_page, 0);
}

TEST(rfence_remap_asid, "a fence of a range of one ASID is done on return")
{
	remap_under_readers(fence_asid, 5);
}

TEST(rfence_remap_asid_whole, "a fence of one ASID is done on return")
{
	remap_under_readers(fence_asid_whole, 5);
}

static void read_window(void *arg)
{
	paging_on(&space, 0);
	*(u64 *)arg = *window(0);
	csr_write(satp, 0);
}

TEST(rfence_start_is_clean, "a hart starts without stale translations")
{
	u64 got = 0;
	struct hart *h = other_hart(0);

	NEED_HARTS(2);
	test_known_bad(sbi_is_opensbi(1, 6) ?
		       "new OpenSBI refuses masks with stopped harts only" :
		       NULL);
	aspace_init(&space);
	for (u64 g = 1; g <= scaled(50); g++) {
		pages[g & 1][0] = g;
		aspace_map(&space, 0, (u64)pages[g & 1], PTE_RW);
		CHECK_ERR(sbi_sfence_vma(1, h->id, 0, ~0ul), SBI_SUCCESS);
		hart_run(h, read_window, &got);
		CHECK(hart_wait_stopped(h, PATIENCE_MS));
		CHECK_EQ(load_acquire(&got), g);
	}
}

/* Code that is patched: "li a0, imm; ret". */
static u32 code[2] ALIGNED(8);

static u64 run_code(void)
{
	return ((u64 (*)(void))(uintptr_t)code)();
}

struct patch {
	u64 generation;	/* what the code returns since its last patch */
	u32 over, acks;
};

/* Run the code all the time; acknowledge each generation. */
static void caller(void *arg)
{
	struct patch *p = arg;
	u64 mine = 0, g;

	__asm__ volatile("fence.i");
	add_fetch(&p->acks, 1);
	for (; !load_acquire(&p->over); cpu_relax()) {
		run_code();
		g = load_acquire(&p->generation);
		if (g == mine)
			continue;
		mine = g;
		/*
		 * Old code is a missed fence if our own FENCE.I helps. If it
		 * does not, an emulator kept a stale translation (QEMU may
		 * when code is patched while it is being translated).
		 */
		if (run_code() != g) {
			__asm__ volatile("fence.i");
			if (run_code() == g)
				FAIL_TEST("old code after fence %lu", g);
		}
		add_fetch(&p->acks, 1);
	}
}

TEST(rfence_fence_i, "after a remote fence.i the other hart runs new code")
{
	static struct patch p;
	struct budget b = budget(300, 1000);
	u32 others = (u32)hart_count - 1;

	NEED_HARTS(2);
	p = (struct patch){ 0 };
	code[0] = 0x00000513;
	code[1] = 0x00008067;
	fence_all();
	for_each_other(h)
		hart_run(h, caller, &p);
	CHECK_WAIT(load_acquire(&p.acks) == others);
	for (u64 g = 1; g < 2000 && budget_left(&b); g++) {
		*(volatile u32 *)code = 0x00000513 | (u32)g << 20;
		fence_all();
		CHECK_ERR(sbi_fence_i(0, ~0ul), SBI_SUCCESS);
		store_release(&p.generation, g);
		CHECK_WAIT(load_acquire(&p.acks) == others * (g + 1));
	}
	store_release(&p.over, 1);
	harts_join();
}
