/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - random calls (bootargs seed=N, trace=1 to see them). Every answer must be an SBI
 * error number, every register but a0 and a1 must stay, and afterwards the
 * machine must still work. Calls which would rightly end the run (resets)
 * or write into our own memory get arguments that make them harmless.
 */
#include "../lib/test.h"
#include "../lib/str.h"

static u8 buffer[4096] ALIGNED(4096);

static u64 edge_value(void)
{
	static const u64 edges[] = {
		0, 1, 2, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff,
		1ul << 32, 1ul << 63, ~0ul, ~0ul - 1, 0x8000000000000001ul,
	};
	u64 r = test_random();

	switch (r % 4) {
	case 0:
		return edges[(r >> 8) % ARRAY_SIZE(edges)];
	case 1:
		return (r >> 8) % 70;
	case 2:
		return (u64)buffer + (r >> 8) % sizeof(buffer);
	default:
		return r;
	}
}

static void job(void *arg)
{
	(void)arg;
}

/* x[10..17] = a0..a7 */
static void tame_hsm(u64 *x)
{
	static const u64 types[] = { 0, 1, 5, 0x0fffffff, 0x8fffffff, ~0ul };

	switch ((u32)x[16]) {
	case 0:
		/* Starting is fine as long as it ends in a harmless job. */
		for_each_other(h)
			h->fn = job;
		x[11] = test_random() & 1 ? bad_address() : (u64)hart_entry_a;
		break;
	case 1:
		x[16] = 2;	/* not stopping ourselves */
		break;
	case 3:
		x[10] = types[test_random() % ARRAY_SIZE(types)];
		sbi_set_timer(0);
		csr_set(sie, SIP_STIP);
		break;
	}
}

static void tame(u64 *x)
{
	switch (x[17]) {
	case EID_HSM:
		tame_hsm(x);
		break;
	case EID_SRST:
		x[10] = 3 + x[10] % 1000;
		break;
	case EID_SUSP:
		x[10] = 1 + x[10] % 1000;
		break;
	case EID_DBCN:
		/* Silent, and into our buffer only. */
		x[10] %= 64;
		x[11] = test_random() & 1 ? bad_address() : (u64)buffer;
		x[12] = 0;
		if ((u32)x[16] == 2)
			x[16] = 3;
		if ((u32)x[16] == 0)
			x[10] = 0;
		break;
	case EID_RFENCE:
		/* Fences of many pages are right, but slow. */
		x[13] &= 0xfffff;
		/* OpenSBI hangs when a hart stops under a fence: storm.c. */
		if (sbi_is_opensbi(0, 0))
			harts_join();
		break;
	}
}

static u64 pick_eid(void)
{
	static const u64 known[] = {
		EID_BASE, EID_TIME, EID_IPI, EID_RFENCE, EID_HSM, EID_SRST,
		EID_SUSP, EID_DBCN,
	};
	u64 r = test_random();

	if (r % 8)
		return known[(r >> 8) % ARRAY_SIZE(known)];
	/* The top bit keeps clear of every extension that exists. */
	return r | 0x80000000ul;
}

static void one_call(void)
{
	struct hart *h = hart_self();
	u64 *x = h->regs_in;
	long e;

	for (u32 n = 1; n < 32; n++)
		x[n] = edge_value();
	x[17] = pick_eid();
	if (test_random() % 8)
		x[16] = test_random() % 8;
	tame(x);
	if (boot_number("trace", 0))
		print("call %lx %lx (%lx %lx %lx %lx %lx %lx)\n", x[17], x[16],
		      x[10], x[11], x[12], x[13], x[14], x[15]);
	irq_off();
	call_with_registers(h);
	csr_clear(sip, SIP_SSIP);
	e = (long)h->regs_out[10];
	if (e > 0 || e < -14)
		FAIL_TEST("EID %lx FID %lx (%lx %lx %lx) answers %ld", x[17],
			  x[16], x[10], x[11], x[12], e);
	for (u32 n = 1; n < 32; n++)
		if (n != 10 && n != 11 && h->regs_out[n] != x[n])
			FAIL_TEST("EID %lx FID %lx changed x%u", x[17], x[16],
				  n);
}

TEST(fuzz_calls, "random calls get an answer and break nothing")
{
	struct budget b = budget(20000, 3000);

	while (budget_left(&b))
		one_call();
	test_rearm();
	irq_on();
	harts_join();
	CHECK_EQ(sbi_hart_status(main_hart->id).value, HSM_STARTED);
	for_each_other(h)
		hart_run(h, job, NULL);
	harts_join();
}

TEST(fuzz_base_probe, "probing random extensions never fails")
{
	for (u64 n = scaled(2000); n; n--)
		CHECK_ERR(sbi_call1(EID_BASE, 3, test_random()), SBI_SUCCESS);
}
