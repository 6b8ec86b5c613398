/* SPDX-License-Identifier: MIT */
/*
 * sta.c - STA, SBI 3.0 chapter 16: the time that a hart waited, in memory.
 * How much it is, scripts/test/cases/sta.py compares with the statistics.
 */
#include "../lib/test.h"

#define BLOCK 64

struct shown {
	u32 sequence, flags;
	u64 steal;		/* ns */
	u8 preempted, rest[47];
};

static struct shown shown[MAX_HARTS] ALIGNED(BLOCK);

static struct sbi_ret set_shmem(u64 low, u64 high, u64 flags)
{
	return sbi_call3(EID_STA, 0, low, high, flags);
}

static void off(void)
{
	CHECK_ERR(set_shmem(~0ul, ~0ul, 0), SBI_SUCCESS);
}

static void junk(struct shown *s)
{
	for (u32 i = 0; i < BLOCK; i++)
		((u8 *)s)[i] = 0xa5;
	fence_all();
}

static bool is_junk(const struct shown *s)
{
	for (u32 i = 0; i < BLOCK; i++)
		if (((const volatile u8 *)s)[i] != 0xa5)
			return false;
	return true;
}

/* As the text wants it read: again if it changes. */
static u64 steal(const volatile struct shown *s)
{
	u32 sequence;
	u64 ns;

	do {
		while ((sequence = s->sequence) & 1)
			cpu_relax();
		fence_all();
		ns = s->steal;
		fence_all();
	} while (s->sequence != sequence);
	return ns;
}

TEST(sta_errors, "flags, alignment, addresses outside of RAM; and nothing is written")
{
	u64 at = (u64)&shown[1], end = machine.ram_base + machine.ram_size;

	NEED_EXT(EID_STA, "STA");
	junk(&shown[1]);
	CHECK_ERR(set_shmem(at, 0, 1), SBI_INVALID_PARAM);
	CHECK_ERR(set_shmem(~0ul, ~0ul, 1), SBI_INVALID_PARAM);
	CHECK_ERR(set_shmem(at + 1, 0, 0), SBI_INVALID_PARAM);
	CHECK_ERR(set_shmem(at + 32, 0, 0), SBI_INVALID_PARAM);
	CHECK_ERR(set_shmem(~0ul, 0, 0), SBI_INVALID_PARAM);
	CHECK_ERR(set_shmem(at, 1, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(set_shmem(at, ~0ul, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(set_shmem(0, 0, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(set_shmem(machine.ram_base - BLOCK, 0, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(set_shmem(end, 0, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(set_shmem(~0ul - 63, 0, 0), SBI_INVALID_ADDRESS);
	CHECK_ERR(set_shmem(~0ul, ~0ul, 1ul << 32), SBI_SUCCESS);	/* flags has 32 bits */
	delay_ms(20);
	CHECK(is_junk(&shown[1]));
	CHECK_ERR(sbi_call3(EID_STA, 1, at, 0, 0), SBI_NOT_SUPPORTED);
	off();
}

TEST(sta_begins_at_zero, "64 bytes are cleared, and none of those around them")
{
	NEED_EXT(EID_STA, "STA");
	for (u32 i = 0; i < 3; i++)
		junk(&shown[i]);
	CHECK_ERR(set_shmem((u64)&shown[1], 0, 0), SBI_SUCCESS);
	CHECK_EQ(shown[1].flags, 0);
	CHECK_EQ(shown[1].preempted, 0);
	for (u32 i = 0; i < sizeof(shown[1].rest); i++)
		CHECK_EQ(shown[1].rest[i], 0);
	CHECK(steal(&shown[1]) < 1000000000);
	CHECK(is_junk(&shown[0]) && is_junk(&shown[2]));
	off();
}

static struct job {
	struct barrier begin;
	u64 ms, stolen[MAX_HARTS];
} job;

static u64 ns(u64 ticks)
{
	return ticks * 1000000000 / machine.timebase;
}

/* As long as all others do, too. */
static void spin(void *unused)
{
	u64 index = hart_self()->index, start, end, last = 0, now_ns;
	struct shown *s = &shown[index];

	(void)unused;
	CHECK_ERR(set_shmem((u64)s, 0, 0), SBI_SUCCESS);
	barrier_wait(&job.begin);
	start = now();
	end = start + ms_to_ticks(job.ms);
	while (now() < end) {
		now_ns = steal(s);
		CHECK(now_ns >= last);
		last = now_ns;
	}
	job.stolen[index] = steal(s);
	off();
	junk(s);
	delay_ms(job.ms / 10);
	CHECK(is_junk(s));	/* off is off */
}

TEST(sta_grows, "the time stolen only grows; and off is off")
{
	u64 sum = 0;

	NEED_EXT(EID_STA, "STA");
	job.ms = scaled(1000);
	barrier_init(&job.begin, (u32)hart_count);
	for_each_other(h)
		hart_run(h, spin, NULL);
	spin(NULL);
	harts_join();
	for_each_hart(h)
		sum += job.stolen[h->index] / 1000;
	print("sta: %lu harts, %lu us each, %lu us stolen\n", hart_count, job.ms * 1000, sum);
}

static u32 stop;

static void spin_on(void *unused)
{
	(void)unused;
	while (!load_acquire(&stop))
		cpu_relax();
}

TEST(sta_sleeper, "a hart that sleeps by HART_SUSPEND sees what it waited, too")
{
	u64 late = 0, before;

	NEED_EXT(EID_STA, "STA");
	stop = 0;
	for_each_other(h)
		hart_run(h, spin_on, NULL);
	irq_off();
	csr_set(sie, SIP_STIP);
	CHECK_ERR(set_shmem((u64)&shown[0], 0, 0), SBI_SUCCESS);
	before = steal(&shown[0]);
	for (u32 n = 0; n < 30; n++) {
		u64 wake = now() + ms_to_ticks(3);

		sbi_set_timer(wake);
		sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
		late += now() - wake;
	}
	before = steal(&shown[0]) - before;
	off();
	store_release(&stop, 1);
	harts_join();
	print("sta: slept 30 times, %lu us late, %lu us stolen, written %u times\n",
	      ns(late) / 1000, before / 1000, shown[0].sequence / 2);
	CHECK(before <= ns(late) + ns(ms_to_ticks(1)));
}

static void set_and_stop(void *s)
{
	set_shmem((u64)s, 0, 0);
}

static void spin_only(void *ms)
{
	delay_ms(*(u64 *)ms);
}

TEST(sta_ends_with_a_stop, "a hart that is started anew writes nothing where it did before")
{
	u64 ms = 100;

	NEED_EXT(EID_STA, "STA");
	NEED_HARTS(2);
	hart_run(other_hart(0), set_and_stop, &shown[1]);
	harts_join();
	junk(&shown[1]);
	for_each_other(h)
		hart_run(h, spin_only, &ms);
	delay_ms(ms);
	harts_join();
	CHECK(is_junk(&shown[1]));
}

/* Sleeps for a while, and is woken in vain by what it does not want. */
static void set_and_sleep(void *s)
{
	set_shmem((u64)s, 0, 0);
	irq_off();
	csr_write(sie, SIP_STIP);
	sbi_set_timer(after_ms(300));
	sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
}

TEST(sta_not_while_suspended, "nothing is written for a hart that is SUSPENDED")
{
	struct hart *h = other_hart(0);
	bool kept = true;

	NEED_EXT(EID_STA, "STA");
	NEED_HARTS(2);
	hart_run(h, set_and_sleep, &shown[1]);
	CHECK(hart_wait_state(h, HSM_SUSPENDED, PATIENCE_MS));
	junk(&shown[1]);	/* by us: it may have been loaded just before it slept */
	for (u32 n = 0; n < 20; n++) {
		sbi_send_ipi(1, h->id);
		delay_ms(5);
		kept &= is_junk(&shown[1]) || sbi_hart_status(h->id).value != HSM_SUSPENDED;
	}
	harts_join();
	CHECK(kept);
}
