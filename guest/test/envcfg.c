/* SPDX-License-Identifier: MIT */
/*
 * envcfg.c - what menvcfg allows a kernel, and henvcfg a guest: accessed and
 * dirty bits by hardware, page-based memory types, cache block operations.
 * The device tree says what must work, and the firmware below leaves it on.
 */
#include "../lib/paging.h"
#include "../lib/test.h"

#define PTE_PBMT_NC	(1ul << 61)
#define PTE_PBMT_IO	(2ul << 61)
#define SENVCFG_CBO	(1ul << 7 | 1ul << 6 | 1ul << 4)

static struct aspace space;
static bool tell;	/* print what was seen */
static u64 page[512] ALIGNED(4096);
static u8 stack[4096] ALIGNED(16);
static struct trap_info trap;

static void do_load(void *p)
{
	(void)*(volatile u64 *)p;
}

static void do_store(void *p)
{
	*(volatile u64 *)p = 0x57;
}

static void do_jump(void *p)
{
	((void (*)(void))p)();
}

static volatile u64 *map(u64 flags)
{
	aspace_map(&space, 0, (u64)page, flags);
	sfence_vma_all();
	return &space.level0[0];
}

/*
 * One access to a page whose entry has @has of A and D, where the access
 * needs @needs of them. It works and the hart sets the bits, or it is a page
 * fault of that @cause and the entry stays as it was.
 */
static void check_bits(void (*fn)(void *), u64 perms, u64 has, u64 needs,
		       u64 cause)
{
	volatile u64 *pte = map(PTE_V | perms | has);
	u64 before = *pte;
	bool trapped = trap_catch(fn, (void *)window(0), &trap);

	if (tell)
		print("pte: flags %lx %s\n", before & 0xff,
		      trapped ? "fault" : "work");
	if (trapped) {
		CHECK_EQ(trap.cause, cause);
		CHECK_EQ(trap.value, (u64)window(0));
		CHECK_EQ(*pte, before);
	} else {
		CHECK_EQ(*pte, before | needs);
	}
	if (machine_has("svade") && !trapped)
		FAIL_TEST("svade, and entry %lx needs no bits", before);
	if (machine_has("svadu") && !machine_has("svade") && trapped)
		FAIL_TEST("svadu, and entry %lx is fault %lu", before, cause);
}

static void check_all_bits(void)
{
	page[0] = 0x00008067;	/* ret */
	__asm__ volatile("fence.i" : : : "memory");
	aspace_init(&space);
	paging_on(&space, 0);
	check_bits(do_load, PTE_R, 0, PTE_A, EXC_LOAD_PAGE);
	check_bits(do_load, PTE_R | PTE_W, 0, PTE_A, EXC_LOAD_PAGE);
	check_bits(do_jump, PTE_X, 0, PTE_A, EXC_FETCH_PAGE);
	check_bits(do_store, PTE_R | PTE_W, 0, PTE_A | PTE_D, EXC_STORE_PAGE);
	check_bits(do_store, PTE_R | PTE_W, PTE_A, PTE_A | PTE_D,
		   EXC_STORE_PAGE);
	paging_off();
}

TEST(pte_accessed_dirty, "pages without A and D: as the tree says, on any hart")
{
	check_all_bits();
}

TEST_MANUAL(pte_print, "... and printed, to compare machines")
{
	tell = true;
	check_all_bits();
}

TEST(pte_memory_type, "with Svpbmt a page may be non-cacheable or for I/O")
{
	if (!machine_has("svpbmt"))
		SKIP("no Svpbmt");
	aspace_init(&space);
	paging_on(&space, 0);
	for (u64 type = 0; type <= PTE_PBMT_IO; type += PTE_PBMT_NC) {
		map(PTE_RW | type);
		page[0] = 0;
		CHECK(!trap_catch(do_store, (void *)window(0), &trap));
		CHECK_EQ(*window(0), 0x57);
	}
	paging_off();
}

/* Old assemblers do not know the names: "cbo.X 0(a0)". */
static void cbo_inval(void *p)
{
	__asm__ volatile("mv a0, %0\n.4byte 0x0005200f" : : "r"(p) : "a0",
			 "memory");
}

static void cbo_clean(void *p)
{
	__asm__ volatile("mv a0, %0\n.4byte 0x0015200f" : : "r"(p) : "a0",
			 "memory");
}

static void cbo_flush(void *p)
{
	__asm__ volatile("mv a0, %0\n.4byte 0x0025200f" : : "r"(p) : "a0",
			 "memory");
}

static void cbo_zero(void *p)
{
	__asm__ volatile("mv a0, %0\n.4byte 0x0045200f" : : "r"(p) : "a0",
			 "memory");
}

static void check_zeroed(u64 block)
{
	for (u64 i = 0; i < 2 * block / 8; i++)
		CHECK_EQ(page[i], i < block / 8 ? 0 : i + 1);
}

static void fill_page(void)
{
	for (u64 i = 0; i < ARRAY_SIZE(page); i++)
		page[i] = i + 1;
}

TEST(cbo_in_kernel, "cache block operations the tree names work in S-mode")
{
	u64 block = machine_cpu_number("riscv,cboz-block-size");

	if (!machine_has("zicbom") && !machine_has("zicboz"))
		SKIP("neither Zicbom nor Zicboz");
	fill_page();
	if (machine_has("zicbom")) {
		CHECK(machine_cpu_number("riscv,cbom-block-size"));
		CHECK(!trap_catch(cbo_clean, page, &trap));
		CHECK(!trap_catch(cbo_flush, page, &trap));
		CHECK(!trap_catch(cbo_inval, page, &trap));
		CHECK_EQ(page[0], 1);
	}
	if (machine_has("zicboz")) {
		CHECK(block >= 8 && block <= sizeof(page) / 2);
		CHECK(!trap_catch(cbo_zero, page, &trap));
		check_zeroed(block);
	}
}

static void u_zero(void *p)
{
	cbo_zero(p);
	__asm__ volatile("ecall");
}

TEST(cbo_in_user, "senvcfg decides whether U-mode may zero a block")
{
	if (!machine_has("zicboz"))
		SKIP("no Zicboz");
	fill_page();
	csr_clear(CSR_SENVCFG, SENVCFG_CBO);
	user_run(u_zero, page, stack + sizeof(stack), &trap);
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	CHECK_EQ(page[0], 1);
	csr_set(CSR_SENVCFG, SENVCFG_CBO);
	user_run(u_zero, page, stack + sizeof(stack), &trap);
	csr_clear(CSR_SENVCFG, SENVCFG_CBO);
	CHECK_EQ(trap.cause, EXC_ECALL_U);
	check_zeroed(machine_cpu_number("riscv,cboz-block-size"));
}
