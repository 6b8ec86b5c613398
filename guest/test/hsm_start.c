/* SPDX-License-Identifier: MIT */
/*
 * hsm_start.c - HART_START and HART_GET_STATUS, SBI 3.0 chapter 9: what
 * one caller at a time can see. Races: hsm_race.c.
 */
#include "../lib/test.h"

static void nothing(void *arg)
{
	(void)arg;
}

/* Stay up until *arg becomes non-zero. */
static void until_set(void *arg)
{
	u32 *flag = arg;

	while (!load_acquire(flag))
		cpu_relax();
}

TEST(hsm_status_at_boot, "main is STARTED, every other hart is STOPPED")
{
	for_each_hart(h) {
		struct sbi_ret r = sbi_hart_status(h->id);

		CHECK_ERR(r, SBI_SUCCESS);
		CHECK_EQ(r.value, h == main_hart ? HSM_STARTED : HSM_STOPPED);
	}
}

TEST(hsm_boot_state, "a boot enters with satp 0 and interrupts off")
{
	CHECK_EQ(main_hart->entry.satp, 0);
	CHECK_EQ(main_hart->entry.sstatus & SSTATUS_SIE, 0);
}

TEST(hsm_status_invalid, "status of a hart that does not exist")
{
	CHECK_ERR(sbi_hart_status(absent_hart_id()), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_hart_status(0x7fffffff), SBI_INVALID_PARAM);
}

TEST(hsm_wide_hart_id, "hart ids are XLEN wide: 2^32 + id is not id")
{
	u64 wide = 1ul << 32 | main_hart->id;

	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI keeps hart ids in 32 bits" : NULL);
	CHECK_ERR(sbi_hart_status(wide), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_hart_status(~0ul), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_hart_start(wide, hart_entry_a, 0), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_hart_start(~0ul, hart_entry_a, 0), SBI_INVALID_PARAM);
}

static void check_entry(struct hart *h, u64 opaque, u64 tag)
{
	u32 flag = 0;

	hart_prepare(h, until_set, &flag);
	CHECK_ERR(sbi_hart_start(h->id, tag == TAG_START_A ? hart_entry_a :
				 hart_entry_b, opaque), SBI_SUCCESS);
	CHECK_WAIT(load_acquire(&h->up));
	store_release(&flag, 1);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	CHECK_EQ(h->entry.tag, tag);
	CHECK_EQ(h->entry.a0, h->id);
	CHECK_EQ(h->entry.a1, opaque);
	CHECK_EQ(h->entry.satp, 0);
	CHECK_EQ(h->entry.sstatus & SSTATUS_SIE, 0);
}

TEST(hsm_start_entry, "a started hart gets a0 = id, a1 = opaque, satp 0, SIE 0")
{
	NEED_HARTS(2);
	for_each_other(h) {
		check_entry(h, 0, TAG_START_A);
		check_entry(h, ~0ul, TAG_START_B);
		check_entry(h, 0x123456789abcdef0ul, TAG_START_A);
	}
}

static void dirty(void *arg)
{
	(void)arg;
	csr_set(sie, SIP_SSIP | SIP_STIP);
	csr_set(sstatus, SSTATUS_SUM | SSTATUS_SPIE);
}

TEST(hsm_restart_is_clean, "state of the previous run is gone at a start")
{
	struct hart *h = other_hart(0);

	NEED_HARTS(2);
	hart_run(h, dirty, NULL);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	check_entry(h, 7, TAG_START_A);
	CHECK_EQ(h->entry.sie, 0);
	CHECK_EQ(h->entry.sstatus & (SSTATUS_SUM | SSTATUS_SPIE), 0);
}

TEST(hsm_status_started, "a running hart is STARTED, then STOPPED")
{
	struct hart *h = other_hart(0);
	u32 flag = 0;

	NEED_HARTS(2);
	hart_run(h, until_set, &flag);
	CHECK_WAIT(load_acquire(&h->up));
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STARTED);
	CHECK_EQ(sbi_hart_status(main_hart->id).value, HSM_STARTED);
	store_release(&flag, 1);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	delay_ms(10);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
}

TEST(hsm_start_self, "starting oneself: ALREADY_AVAILABLE")
{
	CHECK_ERR(sbi_hart_start(main_hart->id, hart_entry_a, 0),
		  SBI_ALREADY_AVAILABLE);
}

TEST(hsm_start_started, "starting a running hart: ALREADY_AVAILABLE, no harm")
{
	struct hart *h = other_hart(0);
	u32 flag = 0;

	NEED_HARTS(2);
	hart_run(h, until_set, &flag);
	CHECK_WAIT(load_acquire(&h->up));
	for (int i = 0; i < 10; i++)
		CHECK_ERR(sbi_hart_start(h->id, hart_entry_b, 66),
			  SBI_ALREADY_AVAILABLE);
	store_release(&flag, 1);
	CHECK(hart_wait_stopped(h, PATIENCE_MS));
	CHECK_EQ(h->entry.tag, TAG_START_A);
	CHECK_EQ(h->entry.a1, 0);
}

TEST(hsm_start_invalid_hart, "a hart that does not exist: INVALID_PARAM")
{
	CHECK_ERR(sbi_hart_start(absent_hart_id(), hart_entry_a, 0),
		  SBI_INVALID_PARAM);
	CHECK_ERR(sbi_hart_start(0x7fffffff, hart_entry_a, 0),
		  SBI_INVALID_PARAM);
}

TEST(hsm_start_bad_address, "forbidden entry: INVALID_ADDRESS, stays STOPPED")
{
	struct hart *h = other_hart(0);

	NEED_HARTS(2);
	CHECK_ERR(sbi_hart_start(h->id, bad_address(), 0),
		  SBI_INVALID_ADDRESS);
	CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
	check_entry(h, 5, TAG_START_B);
}

TEST(hsm_start_outside_ram, "an entry with no RAM behind: INVALID_ADDRESS")
{
	struct hart *h = other_hart(0);
	u64 end = machine.ram_base + machine.ram_size;
	const u64 bad[] = {
		0, 0x1000, machine.ram_base - 4, end, hole_address(),
		1ul << 40, 1ul << 55, 1ul << 56, 1ul << 63, ~0ul - 3,
	};

	NEED_HARTS(2);
	NEED_RAM_CHECK();
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct sbi_ret r = sbi_hart_start(h->id, bad[i], 0);

		if (r.error != SBI_INVALID_ADDRESS)
			FAIL_TEST("entry %lx: %s", bad[i],
				  sbi_error_name(r.error));
		CHECK_EQ(sbi_hart_status(h->id).value, HSM_STOPPED);
	}
}

static u64 message;

static void read_message(void *arg)
{
	*(u64 *)arg = message;
}

TEST(hsm_start_sees_memory, "what was written before a start is seen by it")
{
	u64 got;

	NEED_HARTS(2);
	for (u64 n = 1; n <= scaled(50); n++)
		for_each_other(h) {
			message = n * 1000 + h->id;
			got = 0;
			hart_run(h, read_message, &got);
			CHECK(hart_wait_stopped(h, PATIENCE_MS));
			CHECK_EQ(load_acquire(&got), message);
		}
}

TEST(hsm_start_all, "all harts can run at once, again and again")
{
	for (u64 n = scaled(10); n; n--) {
		u32 flag = 0;

		for_each_other(h)
			hart_run(h, until_set, &flag);
		for_each_other(h)
			CHECK_WAIT(load_acquire(&h->up));
		for_each_other(h)
			CHECK_EQ(sbi_hart_status(h->id).value, HSM_STARTED);
		store_release(&flag, 1);
		harts_join();
	}
}

static void start_next(void *arg)
{
	u32 *left = arg;
	struct hart *self = hart_self();
	struct hart *next = self + 1 < harts + hart_count ? self + 1 : harts;

	if (next == main_hart)
		next = next + 1 < harts + hart_count ? next + 1 : harts;
	if (add_fetch(left, -1u) && next != self)
		hart_run(next, start_next, left);
}

TEST(hsm_start_from_any, "any hart may start any stopped hart")
{
	u32 left = (u32)scaled(40);

	NEED_HARTS(3);
	hart_run(other_hart(0), start_next, &left);
	CHECK_WAIT(load_acquire(&left) == 0);
	harts_join();
}

TEST(hsm_start_again_after_stop, "STOPPED, once seen, means startable")
{
	struct hart *h = other_hart(0);
	struct budget b = budget(500, 3000);

	NEED_HARTS(2);
	test_known_bad(sbi_is_opensbi(0, 0) ?
		       "OpenSBI may be busy when it says STOPPED" : NULL);
	while (budget_left(&b)) {
		CHECK(hart_wait_stopped(h, PATIENCE_MS));
		hart_prepare(h, nothing, NULL);
		CHECK_ERR(sbi_hart_start(h->id, hart_entry_a, 0),
			  SBI_SUCCESS);
	}
}

void _start(void);

TEST_MANUAL(hsm_start_again, "a start at the image's first instruction is named, and ends the run")
{
	hart_prepare(other_hart(0), nothing, NULL);
	CHECK_ERR(sbi_hart_start(other_hart(0)->id, _start, 0), SBI_SUCCESS);
	delay_ms(PATIENCE_MS);
}
