/* SPDX-License-Identifier: MIT */
/*
 * pmu.c - PMU, SBI 3.0 chapter 11: counters of the hart and of the firmware,
 * every error, and what becomes of them over suspends, starts and preemption.
 *
 * Another hart asks wherever what it leaves behind would matter.
 */
#include "pmu.h"

static void on_another(hart_fn fn)
{
	hart_run(other_hart(0), fn, NULL);
	harts_join();
}

/* The set of the lowest @n of the firmware's counters. */
static u64 stop_all(void)
{
	stop(0, hw_counters | fw_counters, RESET);
	return fw_counters;
}

TEST(pmu_info, "there are counters, and each is a hart's by its CSR, or the firmware's")
{
	need(1);
	CHECK_ERR(sbi_call0(EID_PMU, 0), SBI_SUCCESS);
	CHECK(count >= 1 && count <= 64);
	CHECK(fw_counters);
	for (u64 i = 0; i < count; i++) {
		struct sbi_ret info = sbi_call1(EID_PMU, 1, i);

		if (info.error) {
			CHECK_ERR(info, SBI_INVALID_PARAM);
			CHECK_EQ(i, 1);	/* the number of time, which is none */
		} else if (!(info.value & INFO_FW)) {
			u64 csr = info.value & 0xfff;

			CHECK_EQ(info.value >> 18, 0);
			CHECK_EQ(csr, 0xc00 + i);
			CHECK_EQ(info.value >> 12 & 63, 63);
		}
	}
	CHECK_ERR(sbi_call1(EID_PMU, 1, count), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_call1(EID_PMU, 1, ~0ul), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_call0(EID_PMU, 9), SBI_NOT_SUPPORTED);
	CHECK_ERR(sbi_call0(EID_PMU, ~0ul), SBI_NOT_SUPPORTED);
	test_known_bad(is_ours() ? NULL : "OpenSBI looks at 32 bits of a number");
	CHECK_ERR(sbi_call1(EID_PMU, 1, 1ul << 32), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_call1(EID_PMU, 1, 1ul << 63), SBI_INVALID_PARAM);
}

static void every_set(void *unused)
{
	static const struct {
		u64 base, mask;
	} wrong[] = {
		{ 1, 1 }, { 0, 2 }, { 0, 7 }, { 0, ~0ul }, { ~0ul, 1 },
		{ 63, 2 }, { 64, 1 }, { 1ul << 32, 1 }, { 0, 1ul << 63 },
		{ ~0ul, 2 }, { 1ul << 63, 3 },
	};

	(void)unused;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK_ERR(config(wrong[i].base, wrong[i].mask, 0, CYCLES, 0),
			  SBI_INVALID_PARAM);
		CHECK_ERR(start(wrong[i].base, wrong[i].mask, 0, 0),
			  SBI_INVALID_PARAM);
		CHECK_ERR(stop(wrong[i].base, wrong[i].mask, 0),
			  SBI_INVALID_PARAM);
		CHECK_ERR(config(wrong[i].base, wrong[i].mask, SKIP_MATCH,
				 CYCLES, 0), SBI_INVALID_PARAM);
	}
	CHECK_ERR(config(0, 1ul << count, 0, CYCLES, 0), SBI_INVALID_PARAM);
	CHECK_ERR(config(count, 1, 0, CYCLES, 0), SBI_INVALID_PARAM);
	CHECK_ERR(start(count, 1, 0, 0), SBI_INVALID_PARAM);
	CHECK_ERR(stop(count, 1, 0), SBI_INVALID_PARAM);
	/* Nothing has been stopped. */
	CHECK_ERR(start(0, 1, 0, 0), SBI_ALREADY_STARTED);
	CHECK_ERR(start(2, 1, 0, 0), SBI_ALREADY_STARTED);
}

TEST(pmu_sets, "a set with a counter that there is not is INVALID_PARAM, and changes nothing")
{
	need(2);
	test_known_bad(is_ours() ? NULL : "OpenSBI takes such sets, of what there is");
	on_another(every_set);
}

static void every_flag(void *unused)
{
	(void)unused;
	stop_all();
	for (u32 bit = 0; bit < 64; bit++) {
		u64 flag = 1ul << bit;

		if (bit >= 8) {
			CHECK_ERR(config(0, 1, flag, CYCLES, 0), SBI_INVALID_PARAM);
			CHECK_ERR(config(0, 1, flag | SKIP_MATCH, CYCLES, 0),
				  SBI_INVALID_PARAM);
			CHECK_ERR(config(0, 1, flag | AUTO_START, CYCLES, 0),
				  SBI_INVALID_PARAM);
		} else if (bit >= 3) {	/* modes to leave out: hints */
			CHECK_ERR(config(0, 1, flag, CYCLES, 0), SBI_SUCCESS);
		}
		if (bit >= 2) {
			CHECK_ERR(start(0, 1, flag, 0), SBI_INVALID_PARAM);
			CHECK_ERR(start(0, 1, flag | SET_INIT, 7), SBI_INVALID_PARAM);
			CHECK_ERR(stop(0, 1, flag), SBI_INVALID_PARAM);
			CHECK_ERR(stop(0, 1, flag | RESET), SBI_INVALID_PARAM);
		}
	}
	CHECK_ERR(start(0, 1, SET_INIT | SNAPSHOT, 0), SBI_INVALID_PARAM);
	CHECK_ERR(start(0, 1, SNAPSHOT, 0), SBI_NO_SHMEM);
	CHECK_ERR(stop(0, 1, SNAPSHOT), SBI_NO_SHMEM);
	/* Still stopped. */
	CHECK_ERR(stop(0, 1, 0), SBI_ALREADY_STOPPED);
}

TEST(pmu_flags, "reserved flags are INVALID_PARAM; without shared memory NO_SHMEM")
{
	need(2);
	if (sbi_call3(EID_PMU, 7, 1, 0, 0).error != SBI_NOT_SUPPORTED)
		SKIP("there are snapshots");
	CHECK_ERR(sbi_call3(EID_PMU, 7, ~0ul, ~0ul, 0), SBI_NOT_SUPPORTED);
	test_known_bad(is_ours() ? NULL : "OpenSBI looks at no reserved flag");
	on_another(every_flag);
}

static void every_event(void *unused)
{
	static const u64 none[] = {
		0, 3, 4, 10, 11, 0xffff, 0x10000, 0x10007, 0x1ffff, 0x20001,
		0x40000, 0xe0000, FW(22), FW(255), FW(0x7fff), FW(0xffff),
		1ul << 20 | 1, 1ul << 32 | 1, 1ul << 63 | FW(5), ~0ul,
	};
	u64 all = hw_counters | fw_counters;

	(void)unused;
	stop_all();
	for (u32 i = 0; i < ARRAY_SIZE(none); i++)
		CHECK_ERR(config(0, all, 0, none[i], 0), SBI_NOT_SUPPORTED);
	/* The data of these are reserved. */
	CHECK_ERR(config(0, all, 0, CYCLES, 1), SBI_NOT_SUPPORTED);
	CHECK_ERR(config(0, all, 0, FW_IPI_SENT, 1ul << 63), SBI_NOT_SUPPORTED);
	/* None of the set can. */
	CHECK_ERR(config(0, fw_counters, 0, CYCLES, 0), SBI_NOT_SUPPORTED);
	CHECK_ERR(config(0, hw_counters, 0, FW_IPI_SENT, 0), SBI_NOT_SUPPORTED);
	CHECK_ERR(config(2, 1, 0, CYCLES, 0), SBI_NOT_SUPPORTED);
	CHECK_EQ(config(0, all, 0, CYCLES, 0).value, 0);
	CHECK_EQ(config(0, all, 0, INSTRUCTIONS, 0).value, 2);
}

TEST(pmu_events, "what no counter of the set can count is NOT_SUPPORTED")
{
	need(2);
	test_known_bad(is_ours() ? NULL : "OpenSBI: other errors, ignored data");
	on_another(every_event);
}

TEST(pmu_runs_from_a_start, "cycle and instret run until they are stopped")
{
	u64 c = csr_read(cycle), i = csr_read(instret);

	need(1);
	CHECK(csr_read(cycle) != c);
	CHECK(csr_read(instret) > i);
}

/* Do as little as possible for a while. */
static void loop(u64 rounds)
{
	__asm__ volatile("1: addi %0, %0, -1\nbnez %0, 1b" : "+r"(rounds));
}

static void stop_and_start(void *unused)
{
	u64 v;

	(void)unused;
	if (start(2, 1, 0, 0).error != SBI_ALREADY_STARTED)
		FAIL_TEST("instret does not run from the start on");
	CHECK_ERR(stop(0, 5, 0), SBI_SUCCESS);
	CHECK_ERR(stop(0, 5, 0), SBI_ALREADY_STOPPED);
	CHECK_ERR(stop(2, 1, RESET), SBI_ALREADY_STOPPED);
	v = csr_read(instret);
	CHECK_EQ(csr_read(instret), v);
	loop(1000);
	CHECK_EQ(csr_read(instret), v);
	CHECK_EQ(csr_read(cycle), csr_read(cycle));
	/* From where it stands, or from a value. */
	CHECK_EQ(config(0, 5, 0, INSTRUCTIONS, 0).value, 2);
	CHECK_EQ(csr_read(instret), v);
	CHECK_ERR(start(2, 1, 0, 12345), SBI_SUCCESS);
	CHECK(csr_read(instret) > v);
	CHECK_ERR(start(2, 1, SET_INIT, 7), SBI_ALREADY_STARTED);
	CHECK(csr_read(instret) > v);
	CHECK_ERR(stop(2, 1, 0), SBI_SUCCESS);
	CHECK_ERR(start(0, 4, SET_INIT, 1ul << 40), SBI_SUCCESS);
	loop(1000);
	v = csr_read(instret);
	CHECK(v > 1ul << 40 && v < 1ul << 41);
	CHECK_ERR(stop(2, 1, 0), SBI_SUCCESS);
	CHECK_ERR(config(2, 1, CLEAR, INSTRUCTIONS, 0), SBI_SUCCESS);
	CHECK_EQ(csr_read(instret), 0);
	CHECK_ERR(config(2, 1, AUTO_START, INSTRUCTIONS, 0), SBI_SUCCESS);
	CHECK(csr_read(instret) > 0);
	CHECK_ERR(start(2, 1, 0, 0), SBI_ALREADY_STARTED);
	/* It runs: only who skips the match gets it. */
	CHECK_ERR(config(2, 1, 0, INSTRUCTIONS, 0), SBI_NOT_SUPPORTED);
	CHECK_ERR(stop(2, 1, 0), SBI_SUCCESS);
	CHECK_ERR(start(2, 1, SET_INIT, 1ul << 50), SBI_SUCCESS);
	CHECK_ERR(config(2, 1, SKIP_MATCH | CLEAR, INSTRUCTIONS, 0), SBI_SUCCESS);
	CHECK(csr_read(instret) < 1ul << 50);
	/* One of the set is started already: the other one is started all the same. */
	CHECK_ERR(start(0, 5, 0, 0), SBI_ALREADY_STARTED);
	CHECK_ERR(stop(0, 5, 0), SBI_SUCCESS);
	CHECK_ERR(start(0, 5, 0, 0), SBI_SUCCESS);
}

TEST(pmu_stop_and_start, "cycle and instret stop, stand, start where they are told")
{
	need(2);
	if ((hw_counters & 5) != 5)
		SKIP("cycle and instret are no counters here");
	test_known_bad(is_ours() ? NULL : "OpenSBI: what runs can be configured");
	on_another(stop_and_start);
	on_another(stop_and_start);	/* a start has set all in motion again */
}

static void do_nothing(void *unused)
{
	(void)unused;
}

/* Count @event by any counter, do @fn, and say how many. */
static u64 counted(u64 event, hart_fn fn)
{
	struct sbi_ret r = config(0, fw_counters, CLEAR, event, 0);
	u64 i = r.value, n;

	if (r.error)
		FAIL_TEST("event %lx: %s", event, sbi_error_name(r.error));
	CHECK(fw_counters >> i & 1);
	CHECK_EQ(fw_read(i).value, 0);
	CHECK_ERR(start(i, 1, SET_INIT, 1000), SBI_SUCCESS);
	fn(NULL);
	n = fw_read(i).value - 1000;
	if (sbi_spec_version().value >= 2ul << 24) {
		CHECK_EQ(sbi_call1(EID_PMU, 6, i).value, 0);
		CHECK_ERR(sbi_call1(EID_PMU, 6, i), SBI_SUCCESS);
	}
	CHECK_ERR(stop(i, 1, 0), SBI_SUCCESS);
	fn(NULL);
	CHECK_EQ(fw_read(i).value, 1000 + n);	/* it stands */
	CHECK_ERR(stop(i, 1, RESET), SBI_ALREADY_STOPPED);
	return n;
}

static void five_timers(void *unused)
{
	(void)unused;
	for (u32 n = 0; n < 5; n++)
		sbi_set_timer(after_ms(20000));
	sbi_set_timer(after_ms(20000));
}

static u64 ipi_target;

static void three_ipis(void *unused)
{
	(void)unused;
	for (u32 n = 0; n < 3; n++)
		CHECK_ERR(sbi_send_ipi(1, ipi_target), SBI_SUCCESS);
}

static void ipi_to_all(void *unused)
{
	(void)unused;
	CHECK_ERR(sbi_send_ipi(0, ~0ul), SBI_SUCCESS);
	csr_clear(sip, SIP_SSIP);
}

static void wrong_ipis(void *unused)
{
	(void)unused;
	sbi_send_ipi(1, absent_hart_id());
	sbi_send_ipi(0, 0);
}

static void four_fences(void *unused)
{
	(void)unused;
	for (u32 n = 0; n < 4; n++)
		CHECK_ERR(sbi_fence_i(1, ipi_target), SBI_SUCCESS);
}

static u32 done;

static void be_there(void *unused)
{
	(void)unused;
	irq_off();
	while (!load_acquire(&done))
		cpu_relax();
	csr_clear(sip, SIP_SSIP);
}

TEST(pmu_firmware_events, "timers, IPIs and fences are counted while a counter runs")
{
	need(2);
	test_known_bad(is_ours() || sbi_is_opensbi(1, 9) ? NULL :
		       "OpenSBI: a counter can be stopped twice");
	ipi_target = other_hart(0)->id;
	store_release(&done, 0);
	hart_run(other_hart(0), be_there, NULL);
	CHECK_EQ(counted(FW_SET_TIMER, do_nothing), 0);
	CHECK_EQ(counted(FW_SET_TIMER, five_timers), 6);
	CHECK_EQ(counted(FW_IPI_SENT, three_ipis), 3);
	CHECK_EQ(counted(FW_SET_TIMER, three_ipis), 0);
	if (is_ours()) {
		CHECK_EQ(counted(FW_IPI_SENT, wrong_ipis), 0);
		CHECK_EQ(counted(FW_IPI_SENT, ipi_to_all), hart_count - 1);
	}
	CHECK_EQ(counted(FW_FENCE_I_SENT, four_fences), 4);
	CHECK_EQ(counted(FW_IPI_RECEIVED, three_ipis), 0);
	store_release(&done, 1);
	test_rearm();
	harts_join();
}

static u32 ready;
static u64 received[2];

static void count_received(void *unused)
{
	u64 i = config(0, fw_counters, CLEAR | AUTO_START, FW_IPI_RECEIVED, 0).value;
	u64 j = config(0, fw_counters, CLEAR | AUTO_START, FW(9), 0).value;

	CHECK(i != j);
	store_release(&ready, 1);
	be_there(unused);
	WAIT_FOR(fw_read(i).value >= 3, 500);
	received[0] = fw_read(i).value;
	received[1] = fw_read(j).value;
}

TEST(pmu_received, "what others send is counted where it is received")
{
	need(2);
	ipi_target = other_hart(0)->id;
	store_release(&done, 0);
	store_release(&ready, 0);
	hart_run(other_hart(0), count_received, NULL);
	CHECK_WAIT(load_acquire(&ready));
	test_known_bad(is_ours() ? NULL : "OpenSBI counts its own IPIs, too");
	three_ipis(NULL);
	four_fences(NULL);
	store_release(&done, 1);
	harts_join();
	CHECK_EQ(received[0], 3);
	CHECK_EQ(received[1], 4);
}

static void every_counter(void *unused)
{
	u64 n = 0, i;

	(void)unused;
	stop_all();
	CHECK_ERR(start(first_fw, 1, 0, 0), SBI_INVALID_PARAM);	/* no event */
	for (u64 left = fw_counters; left; left &= left - 1, n++) {
		struct sbi_ret r = config(0, fw_counters, AUTO_START | CLEAR,
					  FW_SET_TIMER, 0);

		CHECK_ERR(r, SBI_SUCCESS);
		CHECK_EQ(1ul << r.value, left & -left);
	}
	CHECK_ERR(config(0, fw_counters, 0, FW_SET_TIMER, 0), SBI_NOT_SUPPORTED);
	sbi_set_timer(~0ul);
	for (i = first_fw; i < first_fw + n; i++)
		CHECK_EQ(fw_read(i).value, 1);
	CHECK_ERR(stop(0, fw_counters, RESET), SBI_SUCCESS);
	/* Stopped and mapped: what is not mapped comes first, then that. */
	CHECK_EQ(config(0, fw_counters, 0, FW_SET_TIMER, 0).value, first_fw);
	CHECK_EQ(config(0, fw_counters, 0, FW_SET_TIMER, 0).value, first_fw + 1);
	CHECK_EQ(config(first_fw, 1, 0, FW_IPI_SENT, 0).value, first_fw);
	CHECK_EQ(config(0, fw_counters, SKIP_MATCH, 0, 0).value, first_fw);
	CHECK_ERR(config(first_fw + 5, 1, SKIP_MATCH, 0, 0), SBI_NOT_SUPPORTED);
	for (i = 0; i < first_fw; i++)
		CHECK_ERR(fw_read(i), SBI_INVALID_PARAM);
	CHECK_ERR(fw_read(first_fw + n), SBI_INVALID_PARAM);
	CHECK_ERR(fw_read(~0ul), SBI_INVALID_PARAM);
	CHECK_ERR(fw_read(1ul << 32 | first_fw), SBI_INVALID_PARAM);
	CHECK_ERR(sbi_call1(EID_PMU, 6, 0), SBI_INVALID_PARAM);
}

TEST(pmu_every_counter, "the firmware's counters: each, all at once, and none left")
{
	need(2);
	test_known_bad(is_ours() ? NULL : "OpenSBI takes such sets, of what there is");
	on_another(every_counter);
	on_another(every_counter);
}

TEST(pmu_exits, "events of our own: exits of each kind")
{
	u64 calls, pages;

	need(1);
	if (!is_ours() || config(0, fw_counters, 0, FW(256), 0).error)
		SKIP("not here");
	calls = config(0, fw_counters, CLEAR | AUTO_START, FW(256), 0).value;
	pages = config(0, fw_counters, CLEAR | AUTO_START, FW(259), 0).value;
	CHECK(calls != pages);
	for (u32 n = 0; n < 10; n++)
		sbi_spec_version();
	/* These, the second of config, and the one that reads. */
	CHECK_EQ(fw_read(calls).value, 12);
	CHECK_EQ(fw_read(calls).value, 13);
	CHECK_EQ(fw_read(pages).value, 0);
	CHECK_ERR(config(0, fw_counters, 0, FW(256 + 5), 0), SBI_NOT_SUPPORTED);
	CHECK_ERR(stop(0, 1ul << calls | 1ul << pages, RESET), SBI_SUCCESS);
}
