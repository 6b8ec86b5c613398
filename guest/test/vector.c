/* SPDX-License-Identifier: MIT */
/*
 * vector.c - the vector unit: registers belong to a hart for ever, a start
 * finds none of what was there before, and what is not named in the tree is
 * not there. Unprivileged specification, chapter "V".
 */
#include "../lib/test.h"
#include "../lib/vec.h"

static struct job {
	u64 ms;
	u64 where;	/* what was wrong, for the message */
	u32 bad;
	u8 room[MAX_HARTS][VEC_ROOM];
} job;

static void need_vectors(void)
{
	if (!machine_has("v"))
		SKIP("no vector unit");
	csr_set(sstatus, SSTATUS_VS);
	CHECK(csr_read(sstatus) & SSTATUS_VS);
	if (!vec_fits())
		SKIP("registers of %lu bytes", csr_read(CSR_VLENB));
}

static void note_bad(u64 what)
{
	job.where = hart_self()->id << 32 | what;
	add_fetch(&job.bad, 1);
}

/* Out of the hart, and back, maybe without anybody else on it between. */
static void nap(void)
{
	u64 flags = irq_save();

	csr_set(sie, SIP_STIP);
	sbi_set_timer(now() + machine.timebase / 5000);
	sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	if (hart_self() == main_hart)
		test_rearm();
	else
		csr_clear(sie, SIP_STIP);
	irq_restore(flags);
}

/* Down to the SBI now and then, or asleep, or it only spins. */
static void pass_time(u64 n)
{
	if (n % 8 == 0)
		sbi_spec_version();
	if (n % 8 == 3)
		nap();
	for (int i = 0; i < 1000; i++)
		__asm__ volatile("nop");
}

static void run_on_all(hart_fn fn)
{
	need_vectors();
	job.bad = 0;
	job.ms = scaled(300);
	for_each_other(h)
		hart_run(h, fn, NULL);
	fn(NULL);
	harts_join();
	csr_clear(sstatus, SSTATUS_VS);
	if (job.bad)
		FAIL_TEST("%u differences, last: %lx", job.bad, job.where);
}

static void keep_registers(void *arg)
{
	u8 *room = job.room[hart_self()->index];
	u64 seed = hart_self()->id * 0x1001 + 77, end = after_ms(job.ms), bad = 0;

	(void)arg;
	csr_set(sstatus, SSTATUS_VS);
	for (u64 n = 0; now() < end && !bad; n++) {
		if (n % 16 == 0)
			vec_fill(room, ++seed);
		pass_time(n);
		bad = vec_check(room, seed);
	}
	if (bad)
		note_bad(bad);
}

TEST(preempt_vector, "vector registers stay")
{
	run_on_all(keep_registers);
}

/* Written with nothing but csrw, which marks no state dirty in QEMU. */
static void keep_csrs(void *arg)
{
	u64 end = after_ms(job.ms), at = hart_self()->index;

	(void)arg;
	csr_set(sstatus, SSTATUS_VS);
	vec_fill(job.room[hart_self()->index], at);
	for (u64 n = 0; now() < end; n++) {
		u64 vcsr = (n + at) % 8, vstart = (n + at) % 5;

		csr_write(CSR_VCSR, vcsr);
		csr_write(CSR_VSTART, vstart);
		pass_time(n);
		if (csr_read(CSR_VCSR) != vcsr || csr_read(CSR_VSTART) != vstart) {
			note_bad(n);
			return;
		}
	}
}

TEST(preempt_vector_csrs, "so do vcsr and vstart, if they alone are written")
{
	run_on_all(keep_csrs);
}

static void spin(void *stop)
{
	while (!load_acquire((u32 *)stop))
		cpu_relax();
}

static void load_over_the_end(void *at)
{
	__asm__ volatile(".option push\n.option arch, +v\n"
			 "vl8re8.v v0, (%0)\n.option pop"
			 : : "r"(at) : "memory");
}

TEST(vector_load_traps, "what a load has loaded when it traps stays while others run")
{
	u64 end = machine.ram_base + machine.ram_size - 64;
	struct vec_csrs before, after;
	struct trap_info trap;
	u32 stop = 0;

	need_vectors();
	NEED_HARTS(2);
	vec_fill(job.room[0], 5);
	hart_run(other_hart(0), spin, &stop);
	delay_ms(60);	/* so that all that is dirty is saved */
	CHECK(trap_catch(load_over_the_end, (void *)end, &trap));
	vec_store(job.room[0], &before);
	delay_ms(60);
	vec_store(job.room[1], &after);
	store_release(&stop, 1);
	harts_join();
	CHECK_EQ(before.vstart, after.vstart);
	for (u64 i = 0; i < 32 * csr_read(CSR_VLENB); i++)
		CHECK_EQ(job.room[0][i], job.room[1][i]);
}

static void look_at_start(void *arg)
{
	u8 *room = job.room[hart_self()->index];

	csr_set(sstatus, SSTATUS_VS);
	*(u64 *)arg = vec_junk(room);
	vec_fill(room, hart_self()->id + 1);
}

TEST(vector_at_start, "a hart that starts finds zeros, and vtype illegal")
{
	u64 junk = 0;

	need_vectors();
	if (sbi_is_opensbi(0, 0))
		SKIP("firmware leaves them as they are");
	NEED_HARTS(2);
	for (u32 n = 0; n < 3; n++)
		for_each_other(h) {
			hart_run(h, look_at_start, &junk);
			harts_join();
			CHECK_EQ(junk, 0);
		}
}

static void a_vector_instruction(void *arg)
{
	(void)arg;
	__asm__ volatile(".4byte 0xcc0072d7");	/* vsetivli t0, 0, e8, m1 */
}

TEST(vector_off, "with sstatus.VS = 0, or no V in the tree, vectors are illegal")
{
	struct trap_info trap;

	csr_set(sstatus, SSTATUS_VS);
	if (machine_has("v"))
		csr_clear(sstatus, SSTATUS_VS);
	CHECK(trap_catch(a_vector_instruction, NULL, &trap));
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
	csr_clear(sstatus, SSTATUS_VS);
}
