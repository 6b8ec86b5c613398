/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - random calls (bootargs seed=N, trace=1 to see them). Every answer must be an SBI
 * error number, every register but a0 and a1 must stay, and afterwards the
 * machine must still work. Calls which would rightly end the run (resets)
 * or write into our own memory get arguments that make them harmless.
 */
#include "../lib/anycall.h"
#include "../lib/str.h"
#include "../lib/test.h"

static void job(void *arg)
{
	(void)arg;
}

static void one_call(void)
{
	struct hart *self = hart_self();
	u64 *x = self->regs_in;
	long e;

	for (u32 n = 1; n < 32; n++)
		x[n] = any_value(test_random);
	any_call_arguments(test_random, x);
	/* Starting is fine as long as it ends in a harmless job. */
	for_each_other(h)
		h->fn = job;
	/* OpenSBI hangs when a hart stops under a fence: storm.c. */
	if (x[17] == EID_RFENCE && sbi_is_opensbi(0, 0))
		harts_join();
	if (boot_number("trace", 0))
		print("call %lx %lx (%lx %lx %lx %lx %lx %lx)\n", x[17], x[16],
		      x[10], x[11], x[12], x[13], x[14], x[15]);
	irq_off();
	call_with_registers(self);
	csr_clear(sip, SIP_SSIP);
	e = (long)self->regs_out[10];
	if (e > 0 || e < -14)
		FAIL_TEST("EID %lx FID %lx (%lx %lx %lx) answers %ld", x[17],
			  x[16], x[10], x[11], x[12], e);
	for (u32 n = 1; n < 32; n++)
		if (n != 10 && n != 11 && self->regs_out[n] != x[n])
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
