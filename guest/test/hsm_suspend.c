/* SPDX-License-Identifier: MIT */
/*
 * hsm_suspend.c - HART_SUSPEND, SBI 3.0 chapter 9.
 */
#include "../lib/test.h"

#define SSIP_PENDING (csr_read(sip) & SIP_SSIP)
#define OPAQUE 0x600d600d12345678ul

/* Sleep with everything masked but in sie; the timer is the safety net. */
static void arm(u64 ms, u64 sie_bits)
{
	irq_off();
	csr_write(sie, sie_bits);
	sbi_set_timer(ms ? after_ms(ms) : 0);
}

TEST(hsm_suspend_reserved, "reserved suspend types are INVALID_PARAM")
{
	static const u64 types[] = {
		1, 0x0fffffff, 0x80000001, 0x8fffffff, 1ul << 33 | 1,
	};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		CHECK_ERR(sbi_hart_suspend(types[i], hart_resume_a, 0),
			  SBI_INVALID_PARAM);
}

TEST(hsm_suspend_platform, "unknown platform suspend types are refused")
{
	static const u64 types[] = {
		0x10000000, 0x7fffffff, 0x90000000, 0xffffffff,
	};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		struct sbi_ret r = sbi_hart_suspend(types[i], hart_resume_a,
						    0);

		CHECK(r.error == SBI_INVALID_PARAM ||
		      r.error == SBI_NOT_SUPPORTED);
	}
}

TEST(hsm_suspend_pending, "retentive: a pending interrupt ends it at once")
{
	u64 start = now();

	arm(0, SIP_STIP);
	CHECK_ERR(sbi_hart_suspend(HSM_RETENTIVE, 0, 0), SBI_SUCCESS);
	sbi_set_timer(~0ul);
	csr_write(sie, SIP_SSIP);
	sbi_send_ipi(1, main_hart->id);
	CHECK_ERR(sbi_hart_suspend(HSM_RETENTIVE, 0, 0), SBI_SUCCESS);
	CHECK(SSIP_PENDING);
	CHECK(now() - start < ms_to_ticks(PATIENCE_MS));
}

TEST(hsm_suspend_timer, "retentive: the timer ends it, SIE stays 0")
{
	for (int i = 0; i < 5; i++) {
		u64 start = now();

		arm(20, SIP_STIP);
		while (!timer_is_pending()) {
			CHECK_ERR(sbi_hart_suspend(HSM_RETENTIVE, 0, 0),
				  SBI_SUCCESS);
			CHECK(now() - start < ms_to_ticks(PATIENCE_MS));
		}
		CHECK(now() - start >= ms_to_ticks(19));
		CHECK_EQ(main_hart->timer_count, 0);
		CHECK_EQ(csr_read(sstatus) & SSTATUS_SIE, 0);
	}
}

TEST(hsm_suspend_address_unused, "retentive: the resume address is not looked at")
{
	arm(0, SIP_STIP);
	CHECK_ERR(sbi_hart_suspend(HSM_RETENTIVE, ~0ul, 0), SBI_SUCCESS);
	CHECK_ERR(sbi_hart_suspend(HSM_RETENTIVE, bad_address(), 0),
		  SBI_SUCCESS);
}

TEST(hsm_suspend_upper_bits, "bits 32 and up of the type are ignored")
{
	struct sbi_ret r;

	arm(0, SIP_STIP);
	CHECK_ERR(sbi_hart_suspend(1ul << 32 | HSM_RETENTIVE, 0, 0),
		  SBI_SUCCESS);
	CHECK(hart_suspend_to(0xabcdul << 32 | HSM_NON_RETENTIVE,
			      hart_resume_a, OPAQUE, &r));
	CHECK(hart_suspend_to(~0ul << 32 | HSM_NON_RETENTIVE, hart_resume_b,
			      OPAQUE, &r));
	CHECK_EQ(main_hart->entry.tag, TAG_RESUME_B);
}

TEST(hsm_suspend_keeps_csrs, "retentive: the supervisor CSRs survive")
{
	u64 scratch, vec, epc, sie_bits, satp_bits;

	arm(0, SIP_STIP);
	csr_write(sscratch, 0x5555aaaa5555aaaaul);
	csr_write(stvec, 0x80abc000ul);
	csr_write(sepc, 0x80001230ul);
	sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	sbi_set_timer(after_ms(10));
	sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	scratch = csr_read(sscratch);
	vec = csr_read(stvec);
	epc = csr_read(sepc);
	sie_bits = csr_read(sie);
	satp_bits = csr_read(satp);
	csr_write(sscratch, main_hart);
	csr_write(stvec, trap_entry);
	CHECK_EQ(scratch, 0x5555aaaa5555aaaaul);
	CHECK_EQ(vec, 0x80abc000ul);
	CHECK_EQ(epc, 0x80001230ul);
	CHECK_EQ(sie_bits, SIP_STIP);
	CHECK_EQ(satp_bits, 0);
}

static void check_resume(struct hart *h, u64 tag)
{
	CHECK_EQ(h->entry.tag, tag);
	CHECK_EQ(h->entry.a0, h->id);
	CHECK_EQ(h->entry.a1, OPAQUE);
	CHECK_EQ(h->entry.satp, 0);
	CHECK_EQ(h->entry.sstatus & SSTATUS_SIE, 0);
}

TEST(hsm_suspend_nonret, "non-retentive: resumes at its address, a0 a1 satp SIE")
{
	struct sbi_ret r;

	arm(0, SIP_STIP);
	CHECK(hart_suspend_to(HSM_NON_RETENTIVE, hart_resume_a, OPAQUE, &r));
	check_resume(main_hart, TAG_RESUME_A);
	arm(20, SIP_STIP);
	CHECK(hart_suspend_to(HSM_NON_RETENTIVE, hart_resume_b, OPAQUE, &r));
	check_resume(main_hart, TAG_RESUME_B);
}

TEST(hsm_suspend_nonret_address, "non-retentive: bad address is INVALID_ADDRESS")
{
	arm(0, SIP_STIP);
	CHECK_ERR(sbi_hart_suspend(HSM_NON_RETENTIVE, bad_address(), 0),
		  SBI_INVALID_ADDRESS);
}

TEST(hsm_suspend_nonret_hole, "... and so is one with no RAM behind")
{
	NEED_RAM_CHECK();
	arm(0, SIP_STIP);
	CHECK_ERR(sbi_hart_suspend(HSM_NON_RETENTIVE, hole_address(), 0),
		  SBI_INVALID_ADDRESS);
	CHECK_ERR(sbi_hart_suspend(HSM_NON_RETENTIVE, 1ul << 60, 0),
		  SBI_INVALID_ADDRESS);
}

struct sleeper {
	u64 type;
	u32 resumed;	/* count; by the sleeper */
	u32 woken;	/* set by main when it sends the wake-up */
	bool early;	/* woke before it should; by the sleeper */
};

static void sleep_once(void *arg)
{
	struct sleeper *s = arg;
	struct sbi_ret r = { 0 };

	irq_off();
	csr_write(sie, SIP_SSIP);
	sbi_set_timer(~0ul);
	/* Firmware may wake early; then sleep again. */
	while (!SSIP_PENDING) {
		hart_suspend_to(s->type, hart_resume_b, OPAQUE, &r);
		if (r.error)
			FAIL_TEST("suspend: %s", sbi_error_name(r.error));
	}
	s->early = !load_acquire(&s->woken);
	csr_clear(sip, SIP_SSIP);
	add_fetch(&s->resumed, 1);
}

static void sleep_and_wake(u64 type)
{
	struct hart *h = other_hart(0);
	struct sleeper s = { .type = type };

	NEED_HARTS(2);
	hart_run(h, sleep_once, &s);
	if (!hart_wait_state(h, HSM_SUSPENDED, PATIENCE_MS))
		FAIL_TEST("never seen SUSPENDED");
	delay_ms(10);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_SUSPENDED);
	CHECK_EQ(load_acquire(&s.resumed), 0);
	store_release(&s.woken, 1);
	CHECK_ERR(sbi_send_ipi(1, h->id), SBI_SUCCESS);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	CHECK_EQ(s.resumed, 1);
	CHECK(!s.early);
	if (type == HSM_NON_RETENTIVE)
		check_resume(h, TAG_RESUME_B);
}

TEST(hsm_suspend_ipi, "retentive: seen SUSPENDED, ended by an IPI")
{
	sleep_and_wake(HSM_RETENTIVE);
}

TEST(hsm_suspend_nonret_ipi, "non-retentive: seen SUSPENDED, ended by an IPI")
{
	sleep_and_wake(HSM_NON_RETENTIVE);
}

static void start_suspended(u64 type)
{
	struct hart *h = other_hart(0);
	struct sleeper s = { .type = type };
	long e;

	NEED_HARTS(2);
	hart_run(h, sleep_once, &s);
	if (!hart_wait_state(h, HSM_SUSPENDED, PATIENCE_MS))
		FAIL_TEST("never seen SUSPENDED");
	e = sbi_hart_start(h->id, hart_entry_b, 0xbad).error;
	CHECK(e == SBI_ALREADY_AVAILABLE ||
	      (e == SBI_INVALID_PARAM && sbi_is_opensbi(0, 0)));
	delay_ms(10);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_SUSPENDED);
	store_release(&s.woken, 1);
	sbi_send_ipi(1, h->id);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	if (type == HSM_NON_RETENTIVE) {
		CHECK_EQ(h->entry.a1, OPAQUE);
		CHECK_EQ(h->entry.tag, TAG_RESUME_B);
	}
	CHECK_EQ(s.resumed, 1);
}

TEST(hsm_start_suspended, "starting a SUSPENDED hart is refused, no harm done")
{
	start_suspended(HSM_RETENTIVE);
}

TEST(hsm_start_suspended_nonret, "... and does not change where it resumes")
{
	test_known_bad(sbi_is_opensbi(1, 3) ?
		       "OpenSBI 1.3 and newer overwrite the resume address" :
		       NULL);
	start_suspended(HSM_NON_RETENTIVE);
}

struct pingpong {
	u32 hits, lost;
	u32 stop;
	struct hart *peer;
};

#define SAFETY_MS 3000

/*
 * Sleep until an IPI comes; false when the safety timer had to end it. The
 * timer wakes a hart whose IPI got lost, so a loss is counted, not a hang.
 */
static bool sleep_for_ipi(void)
{
	csr_write(sie, SIP_SSIP | SIP_STIP);
	sbi_set_timer(after_ms(SAFETY_MS));
	while (!SSIP_PENDING) {
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
		if (!SSIP_PENDING && timer_is_pending())
			return false;
	}
	csr_clear(sip, SIP_SSIP);
	return true;
}

static void pong(void *arg)
{
	struct pingpong *p = arg;

	irq_off();
	while (!load_acquire(&p->stop)) {
		if (!sleep_for_ipi()) {
			if (!load_acquire(&p->stop))
				add_fetch(&p->lost, 1);
			return;
		}
		add_fetch(&p->hits, 1);
		sbi_send_ipi(1, main_hart->id);
	}
}

TEST(hsm_suspend_pingpong, "no wake-up is lost between two sleeping harts")
{
	struct pingpong p = { 0 };
	struct budget b = budget(10000, 6000);
	struct hart *h = other_hart(0);
	u32 rounds = 0;

	NEED_HARTS(2);
	irq_off();
	hart_run(h, pong, &p);
	CHECK_WAIT(load_acquire(&h->up));
	while (budget_left(&b)) {
		CHECK_ERR(sbi_send_ipi(1, h->id), SBI_SUCCESS);
		if (!sleep_for_ipi())
			FAIL_TEST("no answer in round %u", rounds);
		rounds++;
	}
	store_release(&p.stop, 1);
	sbi_send_ipi(1, h->id);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	CHECK_EQ(p.lost, 0);
	CHECK(p.hits >= rounds);
}
