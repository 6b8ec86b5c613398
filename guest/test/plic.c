/* SPDX-License-Identifier: MIT */
/*
 * plic.c - the interrupt controller of QEMU's virt machine, by its one wire that a program can pull
 * at will: the serial port's, which interrupts as soon as it is asked to say that nothing is left
 * to send. RISC-V PLIC specification 1.0.0.
 */
#include <libfdt.h>

#include "../lib/machine.h"
#include "plic.h"

#define WIRE		10

#define IER		1
#define IIR		2
#define IER_THRI	2
#define IIR_NONE	1
#define IIR_THRI	2

static volatile u8 *const uart = (volatile u8 *)0x10000000;

static u32 probed;

static void on_probe(struct trap_frame *f)
{
	(void)f;
	csr_clear(sie, SIP_SEIP);
	probed = 1;
}

bool plic_is_pending(void)
{
	u64 enabled = csr_read(sie);

	if (csr_read(sip) & SIP_SEIP)
		return true;
	probed = 0;
	irq_handler_set(IRQ_EXTERNAL, on_probe);
	csr_set(sie, SIP_SEIP);
	irq_on();
	irq_off();
	irq_handler_set(IRQ_EXTERNAL, NULL);
	csr_write(sie, enabled);
	return probed;
}

static void pull(void)
{
	uart[IER] = 0;
	uart[IER] = IER_THRI;
}

static void release(void)
{
	uart[IER] = 0;
}

void plic_calm(u32 source)
{
	irq_off();
	for_each_hart(h)
		ENABLE(context(h), source) &= ~BIT(source);
	THRESHOLD(mine()) = 0;
	PRIORITY(source) = 1;
	ENABLE(mine(), source) |= BIT(source);
	CLAIM(mine()) = source;
	while (CLAIM(mine()) == source)
		CLAIM(mine()) = source;
}

/* Nothing is claimed or pending. */
static void calm(void)
{
	release();
	plic_calm(WIRE);
}

bool plic_has(const char *compatible)
{
	return fdt_node_offset_by_compatible(machine.fdt, -1, compatible) >= 0;
}

#define NEED_PLIC() do {						\
	if (!plic_has("sifive,plic-1.0.0") || !plic_has("ns16550a"))		\
		SKIP("no PLIC, or no serial port at it");		\
	calm();								\
} while (0)

/* QEMU's looks at levels only when they change. */
#define NEED_OURS() do {						\
	if (sbi_impl_id().value != 0x444d)				\
		SKIP("not the emulated one");				\
} while (0)

TEST(plic_claim, "a wire's interrupt is pending until it is claimed, once")
{
	NEED_PLIC();
	CHECK(!plic_is_pending() && !PENDING(WIRE));
	pull();
	CHECK_WAIT(plic_is_pending());
	CHECK(PENDING(WIRE));
	CHECK_EQ(CLAIM(mine()), WIRE);
	CHECK_WAIT(!plic_is_pending());
	CHECK(!PENDING(WIRE));
	CHECK_EQ(CLAIM(mine()), 0);
	release();
	CLAIM(mine()) = WIRE;
	CHECK(!plic_is_pending());
}

static u32 taken;

static void take(struct trap_frame *f)
{
	u32 source = CLAIM(context(hart_self()));

	(void)f;
	release();
	CLAIM(context(hart_self())) = source;
	add_fetch(&taken, source == WIRE);
}

TEST(plic_taken, "it is taken as an interrupt, as often as it comes")
{
	NEED_PLIC();
	taken = 0;
	irq_handler_set(IRQ_EXTERNAL, take);
	csr_set(sie, SIP_SEIP);
	irq_on();
	for (u32 i = 1; i <= 100; i++) {
		pull();
		CHECK_WAIT(load_acquire(&taken) == i);
	}
	irq_off();
	irq_handler_set(IRQ_EXTERNAL, NULL);
}

TEST(plic_threshold, "only priorities above the threshold interrupt")
{
	NEED_PLIC();
	PRIORITY(WIRE) = 3;
	THRESHOLD(mine()) = 3;
	pull();
	CHECK_WAIT(PENDING(WIRE));
	CHECK(!plic_is_pending());
	THRESHOLD(mine()) = 2;
	CHECK_WAIT(plic_is_pending());
	THRESHOLD(mine()) = 7;
	CHECK_WAIT(!plic_is_pending());
	THRESHOLD(mine()) = 0;
	CHECK_WAIT(plic_is_pending());
	calm();
}

TEST(plic_priority_0, "priority 0 is never an interrupt")
{
	NEED_PLIC();
	PRIORITY(WIRE) = 0;
	pull();
	CHECK_WAIT(PENDING(WIRE));
	CHECK(!plic_is_pending());
	PRIORITY(WIRE) = 1;
	CHECK_WAIT(plic_is_pending());
	calm();
}

TEST(plic_enable, "a source that is not enabled stays pending, and is nobody's")
{
	NEED_PLIC();
	ENABLE(mine(), WIRE) &= ~BIT(WIRE);
	pull();
	CHECK_WAIT(PENDING(WIRE));
	CHECK(!plic_is_pending());
	CHECK_EQ(CLAIM(mine()), 0);
	ENABLE(mine(), WIRE) |= BIT(WIRE);
	/* QEMU's does not look before something else changes. */
	THRESHOLD(mine()) = 1;
	THRESHOLD(mine()) = 0;
	CHECK_WAIT(plic_is_pending());
	calm();
}

TEST(plic_registers, "what has no bits is 0, and stays")
{
	NEED_PLIC();
	PRIORITY(0) = 7;
	CHECK_EQ(PRIORITY(0), 0);
	if (sbi_impl_id().value == 0x444d) { /* QEMU's keeps the bit of source 0 */
		ENABLE(mine(), 0) = 0xffffffff;
		CHECK_EQ(ENABLE(mine(), 0), 0xfffffffe);
		ENABLE(mine(), 0) = 0;
	}
	for (u32 n = 1; n < SOURCES; n++)
		PRIORITY(n) = n % 8;
	for (u32 n = 1; n < SOURCES; n++)
		CHECK_EQ(PRIORITY(n), n % 8);
	for (u32 n = 1; n < SOURCES; n++)
		PRIORITY(n) = 0;
	calm();
}

TEST(plic_level, "a level that stays high is pending again once it is completed")
{
	NEED_PLIC();
	NEED_OURS();
	pull();
	for (u32 i = 0; i < 10; i++) {
		CHECK(plic_is_pending());
		CHECK_EQ(CLAIM(mine()), WIRE);
		CHECK(!plic_is_pending() && !PENDING(WIRE));
		CLAIM(mine()) = WIRE;
	}
	calm();
}

TEST(plic_foreign_completion, "completing what is not claimed changes nothing")
{
	static const u32 ids[] = { 0, 1, 9, 95, 96, 127, 1023, 1024, 0x80000000, 0xffffffff };

	NEED_PLIC();
	pull();
	CHECK_WAIT(plic_is_pending());
	CHECK_EQ(CLAIM(mine()), WIRE);
	for (u32 i = 0; i < ARRAY_SIZE(ids); i++)
		CLAIM(mine()) = ids[i];
	CHECK(!plic_is_pending());
	CHECK_EQ(CLAIM(mine()), 0);
	calm();
}

static void read_narrow(void *at)
{
	(void)*(volatile u8 *)at;
}

static void read_half(void *at)
{
	(void)*(volatile u16 *)at;
}

static void write_double(void *at)
{
	*(volatile u64 *)at = 0;
}

TEST(plic_widths, "it is read and written in words: else an access fault")
{
	struct trap_info info;

	NEED_PLIC();
	CHECK(trap_catch(read_narrow, (void *)(PLIC + 4), &info) && info.cause == 5);
	CHECK(trap_catch(read_half, (void *)(PLIC + 4), &info) && info.cause == 5);
	CHECK(trap_catch(write_double, (void *)(PLIC + 8), &info) && info.cause == 7);
}

TEST(plic_contexts, "each hart has a context of its own")
{
	NEED_HARTS(2);
	NEED_PLIC();
	ENABLE(mine(), WIRE) &= ~BIT(WIRE);
	ENABLE(context(other_hart(0)), WIRE) |= BIT(WIRE);
	THRESHOLD(context(other_hart(0))) = 0;
	pull();
	CHECK_WAIT(PENDING(WIRE));
	CHECK(!plic_is_pending());
	CHECK_EQ(CLAIM(mine()), 0);
	CHECK_EQ(CLAIM(context(other_hart(0))), WIRE);
	CLAIM(context(other_hart(0))) = WIRE;
	calm();
}

static u32 ready, turn, claims, losers;
static u32 raced_for; /* the source */
#define OVER (~0u)    /* no turn follows */

/* Claim at the same time as the others, once each turn. */
static void race_to_claim(void *arg)
{
	u64 c = context(hart_self());
	u32 now_on, last = 0;

	(void)arg;
	THRESHOLD(c) = 0;
	/* not earlier: OpenSBI clears it when a hart starts */
	ENABLE(c, raced_for) |= BIT(raced_for);
	add_fetch(&ready, 1);
	while ((now_on = load_acquire(&turn)) != OVER) {
		if (now_on == last) {
			cpu_relax();
			continue;
		}
		last = now_on;
		add_fetch(CLAIM(c) == raced_for ? &claims : &losers, 1);
	}
}

void plic_race_of(u32 source, u64 turns, void (*raise)(void), void (*lower)(void))
{
	/* With more vCPUs than harts, a turn lasts until each of them has had a hart. */
	struct budget b = budget(turns, 2000);

	ready = turn = claims = losers = 0;
	raced_for = source;
	for_each_other(h)
		hart_run(h, race_to_claim, NULL);
	CHECK_WAIT(load_acquire(&ready) == hart_count - 1);
	for (u32 i = 1; budget_left(&b); i++) {
		raise();
		CHECK_WAIT(PENDING(source));
		store_release(&turn, i);
		CHECK_WAIT(load_acquire(&claims) + load_acquire(&losers) ==
			   i * (hart_count - 1));
		CHECK_EQ(claims, i);
		lower();
		CLAIM(mine()) = source;
	}
	store_release(&turn, OVER);
	harts_join();
}

TEST(plic_race, "of all harts that claim at once exactly one gets it")
{
	NEED_HARTS(2);
	NEED_PLIC();
	plic_race_of(WIRE, 200, pull, release);
	calm();
}

static void pull_later(void *arg)
{
	(void)arg;
	delay_ms(20);
	pull();
}

TEST(plic_wakes_hart, "an interrupt wakes WFI and a suspended hart")
{
	struct sbi_ret ret;

	NEED_HARTS(2);
	NEED_PLIC();
	csr_write(sie, SIP_SEIP);
	hart_run(other_hart(0), pull_later, NULL);
	while (!plic_is_pending())
		wfi();
	harts_join();
	calm();
	if (!sbi_probe(EID_HSM))
		return;
	csr_write(sie, SIP_SEIP);
	hart_run(other_hart(0), pull_later, NULL);
	CHECK(hart_suspend_to(0x80000000, hart_resume_a, 0, &ret));
	CHECK_WAIT(plic_is_pending());
	harts_join();
	calm();
}

TEST(plic_ends_suspend, "a pending interrupt ends a system suspend, and outlives it")
{
	struct sbi_ret ret;

	NEED_EXT(EID_SUSP, "SUSP");
	NEED_PLIC();
	csr_write(sie, SIP_SEIP);
	pull();
	CHECK_WAIT(plic_is_pending());
	CHECK(system_suspend_to(0, hart_resume_a, 0, &ret));
	CHECK_WAIT(plic_is_pending());
	CHECK_EQ(CLAIM(mine()), WIRE);
	calm();
}

TEST(uart_irq_empty, "the serial port says once that it is empty, then after each byte")
{
	NEED_PLIC();
	NEED_OURS();
	pull();
	CHECK(PENDING(WIRE));
	CHECK_EQ(uart[IIR] & 0xf, IIR_THRI);
	CHECK_EQ(uart[IIR] & 0xf, IIR_NONE);
	CHECK_EQ(CLAIM(mine()), WIRE);
	CLAIM(mine()) = WIRE;
	CHECK(!PENDING(WIRE));
	uart[0] = '\r';
	CHECK(PENDING(WIRE));
	CHECK_EQ(uart[IIR] & 0xf, IIR_THRI);
	calm();
}

/* Anything to any register, the others' contexts included. */
static void scribble(void *arg)
{
	struct budget b = *(struct budget *)arg;

	while (budget_left(&b)) {
		u64 r = test_random();
		u64 at = r % 4 == 0 ? r >> 8 & 0x1ffc : r % 4 == 1 ? 0x2000 + (r >> 8 & 0xffc) :
			 0x200000 + (r >> 8 & 0x3f) * 0x1000 + (r >> 16 & 4);

		if (r >> 40 & 1)
			REG(at) = (u32)(r >> 20 & 0x7f);
		else
			(void)REG(at);
		if ((r >> 41 & 0xf) == 0)
			pull();
		if ((r >> 41 & 0xf) == 1)
			release();
	}
}

TEST(plic_scribble, "whatever all harts write to it at once, it works after that")
{
	struct budget b = budget(2000, 2000);

	NEED_PLIC();
	NEED_OURS();
	for_each_other(h)
		hart_run(h, scribble, &b);
	scribble(&b);
	harts_join();
	for (u32 n = 1; n < SOURCES; n++)
		CLAIM(mine()) = n;
	calm();
	pull();
	CHECK(plic_is_pending());
	CHECK_EQ(CLAIM(mine()), WIRE);
	calm();
}
