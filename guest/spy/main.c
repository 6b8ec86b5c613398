/* SPDX-License-Identifier: MIT */
/*
 * main.c - a spy: two VMs run it (me=0, me=1), write what they can, and
 * look for what the other one has written. scripts/test/cases/spies.py starts
 * them. The first boot looks at its memory and reboots, the second does
 * the rest; each prints its seed.
 */
#include "libfdt.h"

#include "../lib/fp.h"
#include "../lib/survivor.h"
#include "../lib/test.h"
#include "../lib/vec.h"

#define PATTERN	0xa5c3a5c3a5c3a5c3ul	/* all over the host's memory */
#define MAX_PLACES	256
#define SISELECT	0x150

static u64 me;
static struct survivor note;

/* ---- One CSR by its number, from S-mode or U-mode --------------------- */

static u32 code[2] ALIGNED(8);
static u8 stack[4096] ALIGNED(16);

/* csrrw a0, @csr, a0, or csrr a0, @csr; then @end. */
static void make_code(u32 csr, bool write, u32 end)
{
	code[0] = csr << 20 | (write ? 10u << 15 | 1 << 12 : 2 << 12) |
		  10 << 7 | 0x73;
	code[1] = end;
	__asm__ volatile("fence.i" : : : "memory");
}

static void call_code(void *value)
{
	*(u64 *)value = ((u64 (*)(u64))code)(*(u64 *)value);
}

static bool access_csr(bool user, u32 csr, bool write, u64 *value)
{
	struct trap_info trap;

	make_code(csr, write, user ? 0x73 : 0x8067);	/* ecall, ret */
	if (!user)
		return !trap_catch(call_code, value, &trap);
	user_run((void (*)(void *))code, (void *)*value,
		 stack + sizeof(stack), &trap);
	*value = trap.x[10];
	return trap.cause == EXC_ECALL_U;
}

/* ---- Places where something can be left -------------------------------- */

static struct place {
	u16 csr, select;	/* select: of siselect; 0: none is needed */
	bool user;
	u64 first;		/* what was there */
	u64 value[2];		/* what each of us writes there, ... */
	u64 left[2];		/* ... and then finds; 0: cannot be told */
} places[MAX_PLACES];
static u32 place_count;

#define for_each_place(p)						\
	for (struct place *p = places; p < places + place_count; p++)

static bool access_place(const struct place *p, bool write, u64 *value)
{
	u64 select = p->select;

	return (!select || access_csr(false, SISELECT, true, &select)) &&
	       access_csr(p->user, p->csr, write, value);
}

static u64 read_place(const struct place *p)
{
	u64 v = 0;

	access_place(p, false, &v);
	return v;
}

static bool write_place(const struct place *p, u64 value)
{
	return access_place(p, true, &value);
}

/* A place where the two of us can leave different things, neither zero. */
static void add_place(u32 csr, u32 select, bool user)
{
	static const u64 pairs[][2] = {
		{ 0x5555555555555555, 0xaaaaaaaaaaaaaaaa }, { 1, 2 },
		{ 0x201, 0x202 }, { 0x31, 0x32 }, { ~0ul, 8 },
	};
	struct place p = { .csr = (u16)csr, .select = (u16)select,
			   .user = user };

	if (place_count == MAX_PLACES || !access_place(&p, false, &p.first))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (u32 n = 0; n < 2; n++) {
			p.value[n] = pairs[i][n];
			if (!write_place(&p, p.value[n]))
				return;
			p.left[n] = read_place(&p);
		}
		if (p.left[0] && p.left[1] && p.left[0] != p.left[1]) {
			places[place_count++] = p;
			return;
		}
	}
}

/* One register may be part of another: what is in all after writing all? */
static void settle(u32 who)
{
	for_each_place(p)
		write_place(p, p->value[who]);
	for_each_place(p)
		p->left[who] = read_place(p);
}

static void suspect(const struct place *p, u64 v, const char *when)
{
	u64 theirs = p->left[!me];

	if (theirs && theirs != p->left[me] && v == theirs)
		FAIL_TEST("CSR 0x%x (%u) %s the other's 0x%lx", p->csr,
			  p->select, when, v);
}

/* Not those that the library lives by. */
static bool keep_away(u32 csr)
{
	return csr == 0x100 || csr == 0x105 || csr == 0x140 || csr == 0x180;
}

static void watch_places(u64 ms)
{
	u64 end = after_ms(ms);

	print("spy: %u places\n", place_count);
	settle(!me);
	settle(me);
	for_each_place(p)
		suspect(p, p->first, "begins with");
	while (now() < end) {
		for_each_place(p)
			write_place(p, p->value[me]);
		delay_ms(3);	/* the other one's turn */
		for_each_place(p)
			suspect(p, read_place(p), "has");
	}
}

static void begin(void)
{
	irq_off();
	place_count = 0;
	csr_set(sstatus, SSTATUS_FS);
}

static void end(void)
{
	csr_write(sie, 0);
	csr_clear(sip, SIP_SSIP);
	csr_write(scounteren, 7);
	sbi_set_timer(~0ul);
}

TEST(spy_csrs, "no CSR has what the other VM wrote, seen from S-mode")
{
	begin();
	for (u32 csr = 0; csr < 0x1000; csr++)
		if (!keep_away(csr))
			add_place(csr, 0, false);
	watch_places(200);
	end();
}

TEST(spy_user_csrs, "nor seen from U-mode")
{
	begin();
	csr_write(scounteren, ~0ul);
	for (u32 csr = 0; csr < 0x1000; csr++)
		if (!(csr & 0x300))
			add_place(csr, 0, true);
	watch_places(100);
	end();
}

TEST(spy_selected, "nor has a register that siselect selects")
{
	static const u32 siregs[] = {
		0x151, 0x152, 0x153, 0x155, 0x156, 0x157,
	};
	u64 zero = 0;

	begin();
	if (!access_csr(false, SISELECT, true, &zero))
		SKIP("no siselect");
	for (u32 select = 1; select < 0x400; select++)
		for (u32 i = 0; i < ARRAY_SIZE(siregs); i++)
			add_place(siregs[i], select, false);
	watch_places(200);
	end();
}

/* ---- Counters ----------------------------------------------------------- */

TEST(spy_counters, "instret counts what this VM does, not its neighbour")
{
	u64 n = 1000000, rounds = 2 * n, i, t;

	if (!boot_number("icount", 0))
		SKIP("counts instructions under -icount only");
	irq_off();
	t = now();
	i = csr_read(instret);
	__asm__ volatile("1: addi %0, %0, -1\nbnez %0, 1b" : "+r"(n));
	i = csr_read(instret) - i;
	t = (now() - t) * (1000000000 / machine.timebase) >> boot_number("icount", 0);
	print("spy: %lu instructions, %lu counted, time for %lu\n", rounds, i, t);
	CHECK(i >= rounds);
	CHECK(t > rounds + rounds / 2);	/* the other one had its share */
	CHECK(i < rounds + rounds / 4);
}

TEST(spy_no_more_counters, "hpmcounter3-31 are not there")
{
	for (u32 csr = 0xc03; csr < 0xc20; csr++) {
		u64 v = 0;

		if (access_csr(false, csr, false, &v))
			FAIL_TEST("CSR 0x%x says %lu", csr, v);
	}
}

/* ---- FP registers --------------------------------------------------------- */

static u32 fp_found;

static void look_at_fp(void *unused)
{
	u64 all = 0, v;

	(void)unused;
	csr_set(sstatus, SSTATUS_FS);
#define LOOK(n)								\
	__asm__ volatile(".option push\n.option arch, +d\n"		\
			 "fmv.x.d %0, f" #n "\n.option pop" : "=r"(v));	\
	all |= v
	LOOK(0); LOOK(1); LOOK(2); LOOK(3); LOOK(4); LOOK(5); LOOK(6);
	LOOK(7); LOOK(8); LOOK(9); LOOK(10); LOOK(11); LOOK(12); LOOK(13);
	LOOK(14); LOOK(15); LOOK(16); LOOK(17); LOOK(18); LOOK(19); LOOK(20);
	LOOK(21); LOOK(22); LOOK(23); LOOK(24); LOOK(25); LOOK(26); LOOK(27);
	LOOK(28); LOOK(29); LOOK(30); LOOK(31);
	all |= csr_read(fcsr);
	if (all)
		add_fetch(&fp_found, 1);
	fp_fill(0x1111111111111111ul * (me + 1));
}

TEST(spy_fp, "a hart that starts finds nothing in the FP registers")
{
	u64 fcsr;

	NEED_HARTS(2);
	csr_set(sstatus, SSTATUS_FS);
	if (!access_csr(false, 3, false, &fcsr))
		SKIP("no FPU");
	for (u32 n = 0; n < 50; n++) {
		fp_fill(0x1111111111111111ul * (me + 1));
		hart_run(other_hart(0), look_at_fp, NULL);
		harts_join();
	}
	CHECK_EQ(fp_found, 0);
}

/* ---- Vector registers: mine stay mine, a start finds none of anybody's ----- */

static struct {
	u32 wrong, junk, rounds;
	u64 where;
	u8 room[2][VEC_ROOM];
} vec;

/* Both harts of both VMs; the seeds are of one VM and hart each. */
static void hold_vectors(void *started)
{
	u64 seed = 1000 * me + 500 * hart_self()->index, end = after_ms(100), bad;
	u8 *room = vec.room[hart_self()->index];

	csr_set(sstatus, SSTATUS_VS);
	bad = started ? vec_junk(room) : 0;
	if (bad) {
		vec.where = bad;
		add_fetch(&vec.junk, 1);
	}
	do {
		vec_fill(room, ++seed);
		delay_ms(2);	/* the other one's turn */
		bad = vec_check(room, seed);
		add_fetch(&vec.rounds, 1);
		if (bad) {
			vec.where = bad;
			add_fetch(&vec.wrong, 1);
		}
	} while (now() < end);
}

TEST(spy_vectors, "vector registers stay, and a hart that starts finds nothing in them")
{
	if (!machine_has("v") && !boot_number("vectors", 0))
		SKIP("no vector unit");
	csr_set(sstatus, SSTATUS_VS);
	CHECK(vec_fits());
	NEED_HARTS(2);
	for (u32 n = 0; n < 5; n++) {
		hart_run(other_hart(0), hold_vectors, &vec);
		hold_vectors(NULL);
		harts_join();
	}
	print("spy: vectors: %u rounds, %u wrong, %u starts with junk, last %lu\n",
	      vec.rounds, vec.wrong, vec.junk, vec.where);
	CHECK_EQ(vec.wrong, 0);
	CHECK_EQ(vec.junk, 0);
}

/* ---- Memory, at the very first boot ---------------------------------------- */

TEST(spy_memory, "memory was zero at the first boot")
{
	print("spy: %lu words not zero, %lu of the host's\n", note.count[0],
	      note.count[1]);
	CHECK_EQ(note.count[0], 0);
	CHECK_EQ(note.count[1], 0);
}

extern char _start[], _end[];

/* All but this image and the tree; behind the tree it may have been made. */
static void look_at_memory(void)
{
	const u64 *tree = machine.fdt, *last = tree + KIB(128) / 8;
	u64 tree_words = (fdt_totalsize(machine.fdt) + 7ul) / 8;

	for (const u64 *p = (const u64 *)machine.ram_base;
	     p < (const u64 *)(machine.ram_base + machine.ram_size); p++) {
		if (p == (const u64 *)((u64)_start & ~7ul))
			p = (const u64 *)(((u64)_end + 7) & ~7ul);
		if (p == tree)
			p += tree_words;
		note.count[1] += *p == PATTERN;
		note.count[0] += *p && (p < tree || p >= last);
	}
}

static void print_seed(void)
{
	int len;
	const u8 *seed = fdt_getprop(machine.fdt,
				     fdt_path_offset(machine.fdt, "/chosen"),
				     "rng-seed", &len);
	char text[80] = "none";
	size_t at = 0;

	for (int i = 0; seed && i < len && i < 32; i++)
		at += format(text + at, sizeof(text) - at, "%02x", seed[i]);
	print("SEED %s\n", text);
}

void guest_main(void)
{
	me = boot_number("me", 0) & 1;
	print_seed();
	if (!survivor_load(&note)) {
		note = (struct survivor){ .phase = 1 };
		look_at_memory();
		survivor_save(&note);
		sbi_reset(SRST_COLD_REBOOT, SRST_REASON_NONE);
	}
	test_run_all("me= icount= vectors=");
}
