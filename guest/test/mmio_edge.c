/* SPDX-License-Identifier: MIT */
/*
 * mmio_edge.c - accesses that only begin or only end in a device: its page
 * has pages of RAM on both sides. All bytes are right, or it traps.
 */
#include "../lib/paging.h"
#include "../lib/str.h"
#include "../lib/test.h"

#define UART 0x10000000ul
#define LCR 3
#define DLAB 0x80

/* Window pages: RAM, the device, RAM, the device again. */
enum { BEFORE, DEVICE, BEHIND, AGAIN };
#define PAGE 4096

static volatile u8 *const uart = (volatile u8 *)UART;
static struct aspace space;
static u8 before[PAGE] ALIGNED(4096), behind[PAGE] ALIGNED(4096);

struct attempt {
	u64 addr, value;
};

#define LOAD(name)							\
	static void do_##name(void *arg)				\
	{								\
		struct attempt *a = arg;				\
									\
		__asm__ volatile(#name " %0, 0(%1)"			\
				 : "=r"(a->value) : "r"(a->addr) : "memory"); \
	}
#define STORE(name)							\
	static void do_##name(void *arg)				\
	{								\
		const struct attempt *a = arg;				\
									\
		__asm__ volatile(#name " %0, 0(%1)"			\
				 : : "r"(a->value), "r"(a->addr) : "memory"); \
	}

LOAD(lh) LOAD(lhu) LOAD(lw) LOAD(lwu) LOAD(ld)
STORE(sh) STORE(sw) STORE(sd)

static const struct kind {
	const char *name;
	void (*fn)(void *);
	u32 size;
	bool store;
} kinds[] = {
	{ "lh", do_lh, 2, false }, { "lhu", do_lhu, 2, false },
	{ "lw", do_lw, 4, false }, { "lwu", do_lwu, 4, false },
	{ "ld", do_ld, 8, false }, { "sh", do_sh, 2, true },
	{ "sw", do_sw, 4, true }, { "sd", do_sd, 8, true },
};

/* QEMU's own serial port answers some of the bytes of a wide access with 0. */
static void need_uart(void)
{
	if (sbi_impl_id().value != 0x444d)
		SKIP("no emulated device known here");
}

static void map_all(void)
{
	aspace_init(&space);
	aspace_map(&space, BEFORE, (u64)before, PTE_RW);
	aspace_map(&space, DEVICE, UART, PTE_RW);
	aspace_map(&space, BEHIND, (u64)behind, PTE_RW);
	aspace_map(&space, AGAIN, UART, PTE_RW);
}

/* With DLAB set the first two registers are memory, too. */
static u8 begin(void)
{
	u8 lcr = uart[LCR];

	for (u32 i = 0; i < PAGE; i++)
		before[i] = behind[i] = (u8)(0xc0 | i);
	irq_off();
	uart[LCR] = lcr | DLAB;
	uart[0] = 0x31;
	uart[1] = 0x32;
	paging_on(&space, 0);
	sfence_vma_all();
	return lcr;
}

static void end(u8 lcr)
{
	uart[LCR] = lcr;
	paging_off();
	irq_on();
}

/* Where byte @va is kept, if it is in RAM or one of the first two registers. */
static volatile u8 *byte_at(u64 va)
{
	u64 at = va % PAGE;

	switch ((va - WINDOW_VA) / PAGE) {
	case BEFORE:
		return &before[at];
	case BEHIND:
		return &behind[at];
	}
	return at < 2 ? &uart[at] : NULL;
}

#define WRONG(...) do { end(3); FAIL_TEST(__VA_ARGS__); } while (0)

/* One access that is not all in RAM. */
static void try(const struct kind *k, u64 va)
{
	struct attempt a = { .addr = va, .value = 0x7766554433221100ul };
	struct trap_info trap;
	u8 was[8];
	bool trapped;

	for (u32 i = 0; i < k->size; i++)
		was[i] = byte_at(va + i) ? *byte_at(va + i) : 0;
	trapped = trap_catch(k->fn, &a, &trap);
	if (trapped && trap.cause != (k->store ? EXC_STORE_ACCESS : EXC_LOAD_ACCESS) &&
	    trap.cause != (k->store ? EXC_STORE_MISALIGNED : EXC_LOAD_MISALIGNED))
		WRONG("%s at %lx: cause %lu", k->name, va, trap.cause);
	if (trapped && trap.value - va >= k->size)
		WRONG("%s at %lx: stval %lx", k->name, va, trap.value);
	for (u32 i = 0; i < k->size; i++) {
		volatile u8 *p = byte_at(va + i);
		u8 wanted = k->store && !trapped ? (u8)(i * 0x11) : was[i];
		u8 moved = k->store || trapped ? 0 : (u8)(a.value >> 8 * i);

		if (!p)
			continue;
		if (*p != wanted)
			WRONG("%s at %lx: byte %u is %x, not %x", k->name, va, i, *p, wanted);
		if (!k->store && !trapped && moved != wanted)
			WRONG("%s at %lx: loads byte %u as %x, not %x", k->name, va, i,
			      moved, wanted);
		*p = was[i];
	}
}

/* Every access across the border between two pages. */
static void across(u32 second)
{
	u8 lcr;

	need_uart();
	map_all();
	lcr = begin();
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		for (u32 n = 1; n < kinds[i].size; n++)
			try(&kinds[i], (u64)window(second) - n);
	end(lcr);
}

TEST(mmio_ends_in_device,
     "an access from RAM into a device has both halves right, or traps")
{
	across(DEVICE);
}

TEST(mmio_begins_in_device,
     "an access from a device's page into RAM has both halves right, or traps")
{
	across(BEHIND);
}

TEST(mmio_from_ram_again, "the same with the device mapped a second time")
{
	across(AGAIN);
}

TEST(mmio_misaligned, "a misaligned access inside a device is right, or traps")
{
	u8 lcr;

	need_uart();
	map_all();
	lcr = begin();
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!kinds[i].store)
			for (u32 n = 1; n < kinds[i].size; n++)
				try(&kinds[i], (u64)window(DEVICE) + n);
	end(lcr);
}

/* The last page of the address space before the first one. */
TEST(mmio_wraps_around,
     "an access around the end of the address space into a device is right, or traps")
{
	static u64 top[2][512] ALIGNED(4096);
	struct attempt a = { .value = 0x7766554433221100ul };
	struct trap_info trap;
	u8 lcr, was;

	need_uart();
	map_all();
	/* Page 0 of the address space is the device, the last one is RAM. */
	memset(top, 0, sizeof(top));
	space.root[511] = (u64)top[0] >> 12 << 10 | PTE_V;
	top[0][511] = (u64)top[1] >> 12 << 10 | PTE_V;
	top[1][511] = (u64)before >> 12 << 10 | PTE_RW;
	memcpy(space.level1, (u64[1]){ (u64)space.level0 >> 12 << 10 | PTE_V }, 8);
	aspace_map(&space, 0, UART, PTE_RW);
	space.root[0] = (u64)space.level1 >> 12 << 10 | PTE_V;
	space.level1[128] = UART >> 12 << 10 | PTE_RW;	/* where it is, too */
	lcr = begin();
	was = before[PAGE - 1];
	a.addr = ~0ul;
	if (!trap_catch(do_lhu, &a, &trap) && a.value != (was | 0x31ul << 8))
		WRONG("lhu loads %lx", a.value);
	if (trap_catch(do_sh, &a, &trap)) {
		if (trap.value + 1 > 1)
			WRONG("stval is %lx", trap.value);
		if (uart[0] != 0x31 || before[PAGE - 1] != was)
			WRONG("sh traps with half its work done");
	} else if (before[PAGE - 1] != (u8)a.value || uart[0] != (u8)(a.value >> 8)) {
		WRONG("sh writes %x and %x", before[PAGE - 1], uart[0]);
	}
	end(lcr);
}
