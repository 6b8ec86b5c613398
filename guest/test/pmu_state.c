/* SPDX-License-Identifier: MIT */
/*
 * pmu_state.c - PMU, SBI 3.0 chapter 11: what events there are, in memory; and
 * that counters are a hart's own, over preemption, suspends and starts.
 */
#include "pmu.h"

struct info {
	u32 event, output;
	u64 data;
};

#define INFOS 256

static struct info infos[INFOS] ALIGNED(16);

static struct sbi_ret get_infos(u64 low, u64 high, u64 n, u64 flags)
{
	return sbi_call4(EID_PMU, 8, low, high, n, flags);
}

static void need_infos(u64 harts_needed)
{
	need(harts_needed);
	if (get_infos(~0ul, 0, 1, 0).error == SBI_NOT_SUPPORTED)
		SKIP("no event_get_info");
}

static void junk(void)
{
	for (u32 i = 0; i < INFOS; i++)
		infos[i] = (struct info){ CYCLES, 0xa5a5a5a5, 0 };
	fence_all();
}

static bool is_junk(u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		if (*(volatile u32 *)&infos[i].output != 0xa5a5a5a5)
			return false;
	return true;
}

TEST(pmu_infos_errors, "event_get_info: flags, alignment, addresses, reserved bits")
{
	u64 at = (u64)infos, end = machine.ram_base + machine.ram_size;

	need_infos(1);
	junk();
	for (u32 bit = 0; bit < 64; bit++)
		CHECK_ERR(get_infos(at, 0, INFOS, 1ul << bit), SBI_INVALID_PARAM);
	for (u32 odd = 1; odd < 16; odd++)
		CHECK_ERR(get_infos(at + odd, 0, 1, 0), SBI_INVALID_PARAM);
	CHECK_ERR(get_infos(~0ul, ~0ul, 1, 0), SBI_INVALID_PARAM);
	CHECK(is_junk(0, INFOS));
	test_known_bad(is_ours() ? NULL : "OpenSBI does not check addresses against RAM");
	if (!is_ours())
		FAIL_TEST("it is not tried");
	CHECK_ERR(get_infos(at, 1, 1, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(at, ~0ul, 1, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(0, 0, 1, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(machine.ram_base - 16, 0, 2, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(end - 16, 0, 2, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(end, 0, 1, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(~15ul, 0, 2, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(at, 0, 1ul << 60, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(at, 0, 1ul << 60 | 1, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(get_infos(at, 0, ~0ul, 0), SBI_INVALID_ADDRESS);
	CHECK(is_junk(0, INFOS));
	CHECK_ERR(get_infos(at, 0, 0, 0), SBI_SUCCESS);
	CHECK(is_junk(0, INFOS));
}

TEST(pmu_infos, "each event that can be configured is told, and no other; nothing else is written")
{
	u32 n = 0;

	need_infos(1);
	test_known_bad(is_ours() ? NULL : "OpenSBI: other errors, ignored data");
	junk();
	for (u32 code = 0; code < 12; code++)
		infos[n++].event = code;
	for (u32 code = 0; code < 42; code++)
		infos[n++].event = 0x10000 + code;
	for (u32 code = 0; code < 24; code++)
		infos[n++].event = (u32)FW(code);
	infos[n++].event = (u32)FW(0xffff);
	CHECK_ERR(get_infos((u64)infos, 0, n, 0), SBI_SUCCESS);
	CHECK(is_junk(n, INFOS));
	stop(0, hw_counters | fw_counters, RESET);
	for (u32 i = 0; i < n; i++) {
		struct sbi_ret r = config(0, hw_counters | fw_counters, 0,
					  infos[i].event, 0);

		if (!r.error)
			stop(r.value, 1, RESET);
		if (infos[i].output != !r.error)
			FAIL_TEST("event %x: told %u, answers %s", infos[i].event,
				  infos[i].output, sbi_error_name(r.error));
		CHECK_EQ(infos[i].data, 0);
	}
	CHECK(infos[1].output && infos[2].output && !infos[0].output);
	start(0, 1, 0, 0);
	start(2, 1, 0, 0);
	infos[0] = (struct info){ CYCLES, 7, 1 };
	infos[1] = (struct info){ (u32)FW_IPI_SENT, 7, 1ul << 63 };
	CHECK_ERR(get_infos((u64)infos, 0, 2, 0), SBI_SUCCESS);
	CHECK(!infos[0].output && !infos[1].output);
	for (u32 bit = 20; bit < 32; bit++) {
		junk();
		infos[3].event = 1u << bit | CYCLES;
		CHECK_ERR(get_infos((u64)infos, 0, 5, 0), SBI_INVALID_PARAM);
		CHECK(is_junk(3, 4));
	}
}

static void loop(u64 rounds)
{
	__asm__ volatile("1: addi %0, %0, -1\nbnez %0, 1b" : "+r"(rounds));
}

static struct {
	struct barrier begin;
	u64 ms;
} job;

/*
 * One in two has stopped instret, and sees it stand; the others begin at
 * numbers of their own.
 */
static void keep(void *unused)
{
	u64 index = hart_self()->index, at = index << 48, end, now_at;

	(void)unused;
	CHECK_ERR(stop(2, 1, RESET), SBI_SUCCESS);
	if (index % 2)
		CHECK_ERR(config(2, 1, CLEAR, INSTRUCTIONS, 0), SBI_SUCCESS);
	else
		CHECK_ERR(start(2, 1, SET_INIT, at), SBI_SUCCESS);
	barrier_wait(&job.begin);
	for (end = after_ms(job.ms); now() < end; ) {
		now_at = csr_read(instret);
		loop(1000);
		if (index % 2)
			CHECK_EQ(csr_read(instret), 0);
		else
			CHECK(csr_read(instret) > now_at);
	}
	if (index % 2 == 0)
		CHECK_EQ(csr_read(instret) >> 48, index);
}

TEST(pmu_per_hart, "harts that differ keep their own counters, also on one processor")
{
	need(2);
	if (!(hw_counters & 4))
		SKIP("instret is no counter here");
	test_known_bad(is_ours() ? NULL : "OpenSBI: what has no event cannot be configured");
	job.ms = scaled(400);
	barrier_init(&job.begin, (u32)hart_count - 1);
	for_each_other(h)
		hart_run(h, keep, NULL);
	harts_join();
}

static void set_and_sleep(void *unused)
{
	u64 stands, i, timers = 0;

	(void)unused;
	stop(0, hw_counters | fw_counters, RESET);
	stands = csr_read(instret);
	i = config(0, fw_counters, CLEAR | AUTO_START, FW_SET_TIMER, 0).value;
	for (u64 type = HSM_RETENTIVE;; type = HSM_NON_RETENTIVE) {
		struct sbi_ret ret = { 0, 0 };

		irq_off();
		csr_write(sie, SIP_STIP);
		sbi_set_timer(after_ms(30));
		timers++;
		CHECK_EQ(hart_suspend_to(type, hart_resume_a, 7, &ret),
			 type == HSM_NON_RETENTIVE);
		CHECK_EQ(ret.error, SBI_SUCCESS);
		CHECK_EQ(csr_read(instret), stands);
		CHECK_EQ(fw_read(i).value, timers);
		CHECK_ERR(start(i, 1, 0, 0), SBI_ALREADY_STARTED);
		sbi_set_timer(~0ul);
		timers++;
		if (type == HSM_NON_RETENTIVE)
			break;
	}
	CHECK_EQ(fw_read(i).value, timers);
	CHECK_ERR(start(2, 1, 0, 0), SBI_SUCCESS);
	CHECK(csr_read(instret) > stands);
	CHECK(csr_read(instret) < stands + (1ul << 40));
}

static void find_reset(void *unused)
{
	(void)unused;
	for (u64 i = first_fw; i < count; i++) {
		CHECK_EQ(fw_read(i).value, 0);
		CHECK_ERR(start(i, 1, 0, 0), SBI_INVALID_PARAM);
		CHECK_ERR(stop(i, 1, 0), SBI_ALREADY_STOPPED);
	}
	CHECK_ERR(start(0, 1, 0, 0), SBI_ALREADY_STARTED);
	CHECK_ERR(start(2, 1, 0, 0), SBI_ALREADY_STARTED);
	/* Leave nothing as it was. */
	CHECK_ERR(stop(0, 5, 0), SBI_SUCCESS);
	for (u64 i = first_fw; i < count; i++)
		CHECK_ERR(config(i, 1, AUTO_START, FW_SET_TIMER, 0), SBI_SUCCESS);
	sbi_set_timer(~0ul);
}

TEST(pmu_kept_over_suspend, "both kinds of suspend keep what runs, what stands, and the events")
{
	need(2);
	if ((hw_counters & 5) != 5)
		SKIP("cycle and instret are no counters here");
	test_known_bad(is_ours() ? NULL : "OpenSBI: what has no event cannot be started");
	hart_run(other_hart(0), set_and_sleep, NULL);
	harts_join();
}

TEST(pmu_lost_by_a_start, "a start finds all counters as at boot")
{
	need(2);
	if ((hw_counters & 5) != 5)
		SKIP("cycle and instret are no counters here");
	test_known_bad(is_ours() ? NULL : "OpenSBI resets no counter");
	for (u64 n = scaled(10); n; n--) {
		hart_run(other_hart(0), find_reset, NULL);
		harts_join();
	}
}

TEST(pmu_kept_over_system_suspend, "a suspend of the system keeps them, too")
{
	struct sbi_ret ret = { 0, 0 };
	u64 stands, i;
	bool resumed;

	need(1);
	NEED_EXT(EID_SUSP, "SUSP");
	if ((hw_counters & 5) != 5)
		SKIP("cycle and instret are no counters here");
	test_known_bad(is_ours() ? NULL : "OpenSBI: what has no event cannot be started");
	stop(2, 1, 0);
	stands = csr_read(instret);
	i = config(0, fw_counters, CLEAR | AUTO_START, FW_SET_TIMER, 0).value;
	irq_off();
	csr_write(sie, SIP_STIP);
	sbi_set_timer(after_ms(100));
	resumed = system_suspend_to(0, hart_resume_a, 7, &ret);
	test_rearm();
	CHECK(resumed);
	CHECK_EQ(csr_read(instret), stands);
	CHECK_ERR(start(i, 1, 0, 0), SBI_ALREADY_STARTED);
	CHECK_ERR(start(2, 1, 0, 0), SBI_SUCCESS);
	CHECK_ERR(stop(i, 1, RESET), SBI_SUCCESS);
	CHECK(fw_read(i).value >= 1);
}

/* Whatever the others do there, also to the memory that is read meanwhile. */
static void ask_anything(void *seed)
{
	struct budget b = budget(20000, 500);
	u64 x = (u64)seed;

	barrier_wait(&job.begin);
	while (budget_left(&b)) {
		u64 fid, a[5];

		for (u32 i = 0; i < 5; i++) {
			x = x * 6364136223846793005ul + 1442695040888963407ul;
			a[i] = x >> 60 & 1 ? x >> 20 : x >> 40 & 31;
			if (x >> 61 == 7)
				a[i] = x;
		}
		fid = x >> 50 & 15;
		if (fid == 2 && x >> 30 & 1)
			a[3] = FW(x >> 24 & 15), a[2] &= 7, a[4] = 0;
		if (fid == 8) {
			u64 at = x >> 10 & (INFOS - 1);

			*(volatile u32 *)&infos[at].event = (u32)(x >> 31) & 0x1fffff;
			a[0] = (u64)infos;
			a[1] = a[3] = 0;
			a[2] %= INFOS;
		}
		sbi_call(EID_PMU, fid, a[0], a[1], a[2], a[3], a[4], x);
		sbi_send_ipi(1, main_hart->id);
		csr_clear(sip, SIP_SSIP);
	}
}

TEST(pmu_hostile, "whatever the others ask at once, this hart's counters are its own")
{
	u64 last, received, i;
	long error;

	if (sbi_is_opensbi(1, 6) && !sbi_is_opensbi(1, 7))
		SKIP("OpenSBI 1.6 does not come back from some configurations");
	need_infos(2);
	start(0, 1, 0, 0);	/* a test that has failed may have left them stopped */
	start(2, 1, 0, 0);
	stop(0, fw_counters, RESET);
	i = config(0, fw_counters, CLEAR | AUTO_START, FW_SET_TIMER, 0).value;
	received = config(0, fw_counters, CLEAR | AUTO_START, FW_IPI_RECEIVED, 0).value;
	junk();
	barrier_init(&job.begin, (u32)hart_count);
	for_each_other(h)
		hart_run(h, ask_anything, (void *)(test_random() | 1));
	barrier_wait(&job.begin);
	last = csr_read(instret);
	for (u64 n = scaled(2000); n; n--) {
		u64 now_at = csr_read(instret), r = fw_read(received).value;

		CHECK(now_at > last);
		CHECK(csr_read(cycle));
		CHECK(fw_read(received).value >= r);
		error = get_infos((u64)&infos[n % INFOS], 0, 1, 0).error;
		CHECK(error == SBI_SUCCESS || error == SBI_INVALID_PARAM);
		last = now_at;
	}
	harts_join();
	CHECK(fw_read(i).value < 100);	/* its own few, of the time-out */
	CHECK_ERR(stop(0, 1ul << i | 1ul << received, RESET), SBI_SUCCESS);
}

#define LONGEST 65536	/* entries of a table */

static u32 told, enough;

/* One long table after the other, all zeros: each entry is an event that does not exist. */
static void tell_all(void *arg)
{
	(void)arg;
	while (!load_acquire(&enough)) {
		CHECK_ERR(get_infos(machine.ram_base + MIB(16), 0, LONGEST, 0), SBI_SUCCESS);
		add_fetch(&told, 1);
	}
}

TEST(pmu_long_table, "who asks for a long table does not keep those waiting who fence that hart")
{
	struct budget b = budget(5000, 3000);
	u32 table, fences = 0, most = 0;

	need_infos(2);
	if (!is_ours() || machine.ram_size < MIB(32))
		SKIP("the table would not be our own memory");
	for (u64 i = 0; i < LONGEST; i++)
		((struct info *)(machine.ram_base + MIB(16)))[i] = (struct info){ 0, 0, 0 };
	told = enough = 0;
	hart_run(other_hart(0), tell_all, NULL);
	CHECK_WAIT(load_acquire(&told));
	table = load_acquire(&told);
	while (most < 20 && budget_left(&b)) {
		CHECK_ERR(sbi_fence_i(1, other_hart(0)->id), SBI_SUCCESS);
		fences = load_acquire(&told) == table ? fences + 1 : 0;
		table = load_acquire(&told);
		most = fences > most ? fences : most;
	}
	store_release(&enough, 1);
	harts_join();
	print("pmu: %u fences at most while a table was gone through\n", most);
	CHECK(most >= 20);	/* while one table was gone through */
}
