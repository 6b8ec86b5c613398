/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - all harts do, at random, what a guest may do and what it should not: calls with any
 * arguments, starts, stops and suspends, remote fences, timers, loads and stores with the
 * emulated device and with nothing, page tables that lead nowhere, instructions that are not for
 * guests, some output, reboots.
 *
 * Nothing of it may hurt anybody else; here it is only checked that answers are such as the SBI
 * knows, and that a call leaves registers alone. How much was done is counted per hart where it
 * survives a reboot: only what surely leaves this VM.
 */
#include "../lib/anycall.h"
#include "../lib/fp.h"
#include "../lib/paging.h"
#include "../lib/str.h"
#include "../lib/survivor.h"
#include "accesses.h"
#include "soak.h"

#define UART 0x10000000ul
#define UART_SCR 7
#define BOOTS 12 /* in one soak, about */

static struct agent {
	u64 x; /* random state */
	struct aspace space;
	u32 code[16]; /* where instructions are put together */
	const char *doing; /* what it is at, or was */
} ALIGNED(4096) agents[MAX_HARTS];

static struct {
	u64 goal, boot_goal;  /* exits, in all and until the next reboot */
	struct survivor note; /* count[0]: boots before this one */
	u32 calm;	      /* the others shall stop */
} plan;

static u8 buffer[4096] ALIGNED(4096);

static struct agent *self(void)
{
	return &agents[hart_self()->index];
}

static u64 roll(void)
{
	return next_random(&self()->x);
}

static void did(u64 exits)
{
	volatile u64 *p = survivor_pulse(hart_self()->index);

	*p += exits;
}

static u64 done(void)
{
	u64 sum = 0;

	for_each_hart(h) sum += *survivor_pulse(h->index);
	return sum;
}

/* ---- Calls -------------------------------------------------------------- */

static void any_call(void)
{
	struct hart *h = hart_self();
	u64 *x = h->regs_in, *out = h->regs_out;
	u64 flags = irq_save();

	/* The arguments, and one of the others, which shall not change. */
	x[1 + roll() % 31] = any_value(roll);
	any_call_arguments(roll, x);
	call_with_registers(h);
	if ((long)out[10] > 0 || (long)out[10] < -14)
		broken("EID %lx FID %lx (%lx %lx %lx) answers %ld", x[17], x[16], x[10], x[11],
		       x[12], (long)out[10]);
	for (u32 n = 1; n < 32; n++)
		if (n != 10 && n != 11 && out[n] != x[n])
			broken("EID %lx FID %lx changed x%u", x[17], x[16], n);
	irq_restore(flags);
	did(1);
}

static void allow(const char *what, long e, bool also)
{
	if (e && !also)
		broken("%s answers %ld", what, e);
	did(1);
}

static void post(void)
{
	struct hart *h = harts + roll() % hart_count;

	if (roll() % 4)
		allow("send_ipi", sbi_send_ipi(1, h->id).error, false);
	else
		allow("send_ipi to all", sbi_send_ipi(0, ~0ul).error, false);
}

static void fence(void)
{
	struct hart *h = harts + roll() % hart_count;
	u64 r = roll();

	if (r % 3 == 0)
		allow("fence_i", sbi_fence_i(1, h->id).error, false);
	else if (r % 3 == 1)
		allow("sfence_vma", sbi_sfence_vma(0, ~0ul, 0, ~0ul).error, false);
	else
		allow("sfence_vma_asid",
		      sbi_sfence_vma_asid(1, h->id, WINDOW_VA, 4096 * (r >> 8 & 7), r >> 16 & 3)
			      .error,
		      false);
}

static void start_one(void)
{
	struct hart *h = harts + roll() % hart_count;
	long e;

	if (load_acquire(&plan.calm))
		return;
	e = sbi_hart_start(h->id, roll() & 1 ? hart_entry_a : hart_entry_b, roll()).error;
	allow("hart_start", e, e == SBI_ALREADY_AVAILABLE || e == SBI_INVALID_PARAM);
}

static void set_timer(void)
{
	static const u64 when[] = { 0, 1, ~0ul, ~0ul - 1, 1ul << 63 };
	u64 r = roll();

	csr_set(sie, SIP_STIP);
	sbi_set_timer(r % 4 ? now() + (r >> 8) % 4096 : when[(r >> 8) % ARRAY_SIZE(when)]);
	did(1);
}

static void doze(void)
{
	struct sbi_ret ret = { 0 };
	u64 flags = irq_save(), r = roll();

	csr_set(sie, SIP_STIP);
	sbi_set_timer(now() + r % 2048);
	if (r >> 16 & 1)
		wfi();
	else if (r >> 17 & 1)
		ret = sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	else
		hart_suspend_to(HSM_NON_RETENTIVE, r >> 18 & 1 ? hart_resume_a : hart_resume_b, r,
				&ret);
	sbi_set_timer(~0ul);
	irq_restore(flags);
	allow("hart_suspend", ret.error, false);
	did(1);
}

/* ---- Accesses and instructions ------------------------------------------------ */


static void touch(u64 address)
{
	struct trap_info trap;

	trap_catch(accesses[roll() % ARRAY_SIZE(accesses)], (void *)address, &trap);
}

/* Where there is nothing, and near the ends of what there is. */
static void nowhere(void)
{
	const u64 places[] = {
		0,
		0x1000,
		0x100000,
		0x0c002080,
		0x10001000,
		UART + 0x100,
		hole_address(),
		bad_address(),
		machine.ram_base - 128,
		machine.ram_base + machine.ram_size,
		1ul << 41,
		1ul << 55,
		~0ul - 7,
	};

	touch(places[roll() % ARRAY_SIZE(places)] + roll() % 16 * 8);
	did(1);
}

/* The device: never its transmitter, that would be output. */
static void device(void)
{
	volatile u8 *uart = (volatile u8 *)UART;
	struct trap_info trap;

	if (roll() & 1) {
		uart[UART_SCR] = (u8)roll();
		(void)uart[UART_SCR];
		did(2);
	} else {
		trap_catch(do_load, (void *)(UART - 4 + roll() % 264), &trap);
		did(1);
	}
}

static void window_access(void)
{
	struct aspace *as = &self()->space;
	u32 n = (u32)(roll() % 4);
	u64 pa = roll() & 1 ? (u64)buffer : bad_address();

	aspace_map(as, n, pa, roll() & 1 ? PTE_RW : PTE_V | PTE_R | PTE_A);
	as->level1[0] = (roll() % 4 ? (u64)as->level0 : bad_address()) >> 12 << 10 | PTE_V;
	paging_on(as, (u16)(roll() & 3));
	if (roll() & 1)
		sfence_vma_all();
	touch((u64)window((u32)(roll() % 5)) + roll() % 512 * 8);
	paging_off();
	aspace_map(as, n, 0, 0);
}

/* The word at @arg, which is no instruction that could do us harm, and a return behind it. */
static void execute(void *arg)
{
	__asm__ volatile("fence.i" : : : "memory");
	__asm__ volatile("jalr %0" : : "r"(arg) : "ra", "a0", "memory");
}

static void odd_instruction(void)
{
	/* hlv.w, hlv.d, hsv.b, hfence.vvma, hfence.gvma, mret, hinval.vvma, sfence.w.inval */
	static const u32 words[] = {
		0,	    0xffffffff, 0x6c054573, 0x6c054573 | 1 << 27, 0x62a54073, 0x22000073,
		0x62000073, 0x30200073, 0x26000073, 0x18000073,		  0x0000000b, 0x0000005b,
	};
	struct trap_info trap;
	struct agent *a = self();
	u64 r = roll();
	u32 csr = (u32)(r >> 8) & 0xfff;

	/* Read any; write those of higher privilege, which must not work. */
	a->code[0] = r % 2 ? csr << 20 | 2 << 12 | 10 << 7 | 0x73
			   : (csr | 0x200) << 20 | 1 << 12 | 10 << 15 | 10 << 7 | 0x73;
	if (r % 4 == 3)
		a->code[0] = words[(r >> 8) % ARRAY_SIZE(words)];
	a->code[1] = 0x00008067; /* ret */
	trap_catch(execute, a->code, &trap);
}

static void fill_fp(void)
{
	csr_set(sstatus, SSTATUS_FS);
	if (csr_read(sstatus) & SSTATUS_FS)
		fp_fill(roll());
}

static void talk(void)
{
	static const char dots[] = "................................";

	if (roll() % 4096 == 0)
		print("noise %s\n", dots + roll() % sizeof(dots));
}

/* ---- All of it ---------------------------------------------------------------- */

/* How often each, in 32; what is slow in simulators is rarer. */
static const struct deed {
	void (*fn)(void);
	u32 weight;
	const char *name;
} deeds[] = {
#define DEED(fn, weight) { fn, weight, #fn }
	DEED(any_call, 12), DEED(post, 4), DEED(device, 3), DEED(start_one, 3), DEED(nowhere, 2),
	DEED(set_timer, 2), DEED(fence, 1), DEED(window_access, 1), DEED(odd_instruction, 1),
	DEED(doze, 1), DEED(fill_fp, 1), DEED(talk, 1),
};

static void do_any(void)
{
	u64 r = roll() % 32;

	for (const struct deed *d = deeds; d < deeds + ARRAY_SIZE(deeds); d++) {
		if (r < d->weight) {
			self()->doing = d->name;
			d->fn();
			self()->doing = "nothing";
			return;
		}
		r -= d->weight;
	}
}

static void reboot_if_due(void)
{
	if (done() < plan.boot_goal)
		return;
	sbi_reset(roll() & 1 ? SRST_COLD_REBOOT : SRST_WARM_REBOOT, (u32)roll() & 1);
	broken("system_reset returned");
}

/* What a hart but main does until it stops again. */
static void rage(void *arg)
{
	(void)arg;
	csr_write(sie, SIP_SSIP | SIP_STIP);
	irq_on();
	for (u64 n = roll() % 3000; n && !load_acquire(&plan.calm); n--) {
		do_any();
		if (n % 512 == 0)
			reboot_if_due();
	}
	irq_off();
}

/* Like harts_join(), but says what the one is at that does not stop. */
static void await_others(void)
{
	for_each_other(h)
		if (!hart_wait_stopped(h, PATIENCE_MS))
			broken("hart %lu has not stopped: %s, at %s; last call %lx %lx, word %x",
			       h->id, hsm_state_name(sbi_hart_status(h->id).value),
			       agents[h->index].doing, h->regs_in[17], h->regs_in[16],
			       agents[h->index].code[0]);
}

/*
 * A suspend of the system that nearly always succeeds: the others have been asked to stop, but one
 * that is about to may start another one first.
 */
static void sleep_all(void)
{
	struct sbi_ret r = { 0 };

	store_release(&plan.calm, 1);
	sbi_send_ipi(0, ~0ul);
	await_others();
	irq_off();
	sbi_set_timer(now() + roll() % 4096);
	csr_set(sie, SIP_STIP);
	if (!system_suspend_to(0, hart_resume_a, roll(), &r) && r.error != SBI_DENIED)
		broken("system_suspend answers %ld", r.error);
	sbi_set_timer(~0ul);
	store_release(&plan.calm, 0);
	irq_on();
}

static void prepare(void)
{
	u64 seed = boot_number("seed", 1);

	if (!survivor_load(&plan.note)) {
		plan.note = (struct survivor){ .phase = 1 };
		for (u32 i = 0; i < MAX_HARTS; i++)
			*survivor_pulse(i) = 0;
	} else {
		plan.note.count[0]++;
	}
	survivor_save(&plan.note);
	plan.goal = boot_number("exits", 1000000);
	plan.boot_goal = (plan.note.count[0] + 1) * (plan.goal / BOOTS + 1);
	for_each_hart(h)
	{
		struct agent *a = &agents[h->index];

		a->x = (seed * 0x9e3779b97f4a7c15ul + plan.note.count[0] * 977 + h->index * 31) | 1;
		for (u32 n = 0; n < 8; n++)
			next_random(&a->x);
		aspace_init(&a->space);
		h->fn = rage;
	}
	fence_all();
}

void hostile_main(void)
{
	any_call_keeps = true;
	prepare();
	print("HOSTILE boot %lu, %lu of %lu exits\n", plan.note.count[0], done(), plan.goal);
	csr_write(sie, SIP_SSIP | SIP_STIP);
	irq_on();
	for (u64 n = 1; done() < plan.goal; n++) {
		for (u32 k = 0; k < 64; k++)
			do_any();
		reboot_if_due();
		if (n % 64 == 0)
			sleep_all();
		if (n % 256 == 0)
			print("HOSTILE at %lu\n", done());
	}
	print("HOSTILE DONE after %lu boots, %lu exits\n", plan.note.count[0] + 1, done());
	machine_shutdown(false);
}
