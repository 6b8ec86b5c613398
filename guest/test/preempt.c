/* SPDX-License-Identifier: MIT */
/*
 * preempt.c - registers and CSRs belong to a hart for ever, however often
 * a hypervisor takes the real hart away. Telling when there are more
 * virtual harts than real ones; true anywhere.
 */
#include "../lib/fp.h"
#include "../lib/paging.h"
#include "../lib/test.h"

static struct aspace space;

struct job {
	u64 ms;
	u32 bad;
	u32 no_fpu;
	u64 where;	/* what was wrong, for the message */
};

static void run_on_all(hart_fn fn, struct job *j)
{
	j->ms = scaled(300);
	for_each_other(h)
		hart_run(h, fn, j);
	fn(j);
	harts_join();
	if (j->bad)
		FAIL_TEST("%u differences, last: %lx", j->bad, j->where);
}

/* Something that goes down to the SBI now and then, and some spinning. */
static void pass_time(u64 *n)
{
	if (++*n % 64 == 0)
		sbi_spec_version();
	for (int i = 0; i < 100; i++)
		__asm__ volatile("nop");
}

static void fp_job(void *arg)
{
	struct job *j = arg;
	u64 seed = hart_self()->id * 0x1000001ul + 77, n = 0, end, bad;

	csr_set(sstatus, SSTATUS_FS);
	if (!(csr_read(sstatus) & SSTATUS_FS)) {
		add_fetch(&j->no_fpu, 1);
		return;
	}
	end = after_ms(j->ms);
	fp_fill(seed);
	while (now() < end) {
		pass_time(&n);
		bad = fp_check(seed);
		if (bad) {
			j->where = hart_self()->id << 8 | bad;
			add_fetch(&j->bad, 1);
			return;
		}
		if (n % 1000 == 0)
			fp_fill(++seed);
	}
	csr_clear(sstatus, SSTATUS_FS);
}

TEST(preempt_fp, "floating-point registers stay")
{
	struct job j = { 0 };

	run_on_all(fp_job, &j);
	if (j.no_fpu)
		SKIP("no floating point");
}

static void insn_fp(void *arg)
{
	(void)arg;
	__asm__ volatile(".4byte 0xe2000553");	/* fmv.x.d a0, f0 */
}

TEST(fp_off, "with sstatus.FS = 0 floating point is illegal")
{
	struct trap_info trap;

	csr_clear(sstatus, SSTATUS_FS);
	CHECK(trap_catch(insn_fp, NULL, &trap));
	CHECK_EQ(trap.cause, EXC_ILLEGAL);
}

static void note_bad(struct job *j, u64 what)
{
	j->where = hart_self()->id << 32 | what;
	add_fetch(&j->bad, 1);
}

static bool csrs_kept(u64 p)
{
	return csr_read(sscratch) == p && csr_read(sepc) == (p << 4) &&
	       csr_read(stval) == p * 3 && csr_read(scause) == (p & 15) &&
	       csr_read(stvec) == 0x80000000 + (p << 8) &&
	       csr_read(sie) == (p & 1 ? SIP_SSIP : SIP_STIP) &&
	       csr_read(scounteren) == (p & 7);
}

static void csr_job(void *arg)
{
	struct job *j = arg;
	struct hart *self = hart_self();
	u64 end = after_ms(j->ms), n = 0, p = self->index + 1;
	u64 sie_was, counters = csr_read(scounteren);
	bool bad = false;

	irq_off();
	sie_was = csr_read(sie);
	csr_write(sscratch, p);
	csr_write(sepc, p << 4);
	csr_write(stval, p * 3);
	csr_write(scause, p & 15);
	csr_write(stvec, 0x80000000 + (p << 8));
	csr_write(sie, p & 1 ? SIP_SSIP : SIP_STIP);
	csr_write(scounteren, p & 7);
	while (now() < end && !bad) {
		pass_time(&n);
		bad = !csrs_kept(p);
	}
	csr_write(stvec, trap_entry);
	csr_write(sscratch, self);
	csr_write(sie, sie_was);
	csr_write(scounteren, counters);
	if (bad)
		note_bad(j, p);
}

TEST(preempt_csrs, "supervisor CSRs stay")
{
	struct job j = { 0 };

	run_on_all(csr_job, &j);
}

static void read_senvcfg(void *arg)
{
	*(u64 *)arg = csr_read(CSR_SENVCFG);
}

static void senvcfg_job(void *arg)
{
	struct job *j = arg;
	u64 end = after_ms(j->ms), n = 0, fiom = hart_self()->index & 1;

	csr_write(CSR_SENVCFG, fiom);
	fiom = csr_read(CSR_SENVCFG);
	while (now() < end) {
		pass_time(&n);
		if (csr_read(CSR_SENVCFG) != fiom) {
			note_bad(j, fiom);
			break;
		}
	}
	csr_write(CSR_SENVCFG, 0);
}

TEST(preempt_senvcfg, "senvcfg stays, where it exists")
{
	struct job j = { 0 };
	struct trap_info trap;
	u64 value;

	if (trap_catch(read_senvcfg, &value, &trap)) {
		CHECK_EQ(trap.cause, EXC_ILLEGAL);
		SKIP("no senvcfg");
	}
	run_on_all(senvcfg_job, &j);
}

static void read_siselect(void *arg)
{
	*(u64 *)arg = csr_read(0x150);
}

static void siselect_job(void *arg)
{
	struct job *j = arg;
	u64 end = after_ms(j->ms), n = 0, mine = 0x70 + 2 * (hart_self()->index & 1), value;

	csr_write(0x150, mine);
	while (now() < end) {
		pass_time(&n);
		value = csr_read(0x150);
		if (value != mine && value != 0) {
			note_bad(j, value);
			break;
		}
		csr_write(0x150, mine);
	}
	csr_write(0x150, 0);
}

TEST(preempt_siselect,
     "siselect, where a guest can reach it, shows nobody what another hart left there")
{
	struct job j = { 0 };
	struct trap_info trap;
	u64 value;

	if (trap_catch(read_siselect, &value, &trap)) {
		CHECK_EQ(trap.cause, EXC_ILLEGAL);
		SKIP("no siselect");
	}
	run_on_all(siselect_job, &j);
}

static void integer_job(void *arg)
{
	struct job *j = arg;
	struct hart *h = hart_self();
	u64 end = after_ms(j->ms);

	irq_off();
	for (u64 n = 1; n < 32; n++)
		h->regs_in[n] = h->id << 56 | n << 40 | 0x1234567;
	h->regs_in[16] = 0;
	h->regs_in[17] = EID_BASE;
	while (now() < end) {
		call_with_registers(h);
		for (u32 n = 1; n < 32; n++)
			if (n != 10 && n != 11 &&
			    h->regs_out[n] != h->regs_in[n]) {
				note_bad(j, n);
				return;
			}
	}
}

TEST(preempt_integer, "integer registers stay")
{
	struct job j = { 0 };

	run_on_all(integer_job, &j);
}

static u64 pages[MAX_HARTS][512] ALIGNED(4096);

/* Every hart has its own ASID and its own window page, non-global. */
static void satp_job(void *arg)
{
	struct job *j = arg;
	u32 me = hart_self()->index;
	u64 end, n = 0, satp_was;
	u16 asid = (u16)(me + 1);

	paging_on(&space, asid);
	satp_was = csr_read(satp);
	for (end = after_ms(j->ms); now() < end;) {
		pass_time(&n);
		if (*window(me) != me + 5000ul || csr_read(satp) != satp_was) {
			note_bad(j, *window(me));
			break;
		}
	}
	paging_off();
}

TEST(preempt_satp, "satp and translations stay")
{
	struct job j = { 0 };

	aspace_init(&space);
	for (u32 i = 0; i < hart_count; i++) {
		pages[i][0] = i + 5000;
		aspace_map(&space, i, (u64)pages[i], PTE_RW);
	}
	run_on_all(satp_job, &j);
}

static struct aspace spaces[8];

/* Same ASID, same virtual page, different tables: must not be mixed up. */
static void same_asid_job(void *arg)
{
	struct job *j = arg;
	u32 me = hart_self()->index;
	u64 end = after_ms(j->ms), n = 0;

	if (me >= ARRAY_SIZE(spaces))
		return;
	paging_on(&spaces[me], 9);
	while (now() < end) {
		pass_time(&n);
		if (*window(0) != me + 7000ul) {
			note_bad(j, *window(0));
			break;
		}
	}
	paging_off();
}

TEST(preempt_same_asid, "harts that use the same ASID differently do not mix")
{
	struct job j = { 0 };

	for (u32 i = 0; i < hart_count && i < ARRAY_SIZE(spaces); i++) {
		pages[i][0] = i + 7000;
		aspace_init(&spaces[i]);
		aspace_map(&spaces[i], 0, (u64)pages[i], PTE_RW);
	}
	run_on_all(same_asid_job, &j);
}

static void time_job(void *arg)
{
	struct job *j = arg;
	u64 end = after_ms(j->ms), last = now();

	while (now() < end) {
		u64 t = now();

		if (t < last)
			note_bad(j, last - t);
		last = t;
	}
}

TEST(preempt_time, "time never goes back on any hart")
{
	struct job j = { 0 };

	run_on_all(time_job, &j);
}

static u64 shared_time;

static void shared_time_job(void *arg)
{
	struct job *j = arg;
	u64 end = after_ms(j->ms);

	while (now() < end) {
		u64 seen = __atomic_load_n(&shared_time, __ATOMIC_SEQ_CST);
		u64 t = now();

		/* A millisecond of difference between harts is fine. */
		if (t + ms_to_ticks(1) < seen)
			note_bad(j, seen - t);
		__atomic_store_n(&shared_time, t, __ATOMIC_SEQ_CST);
	}
}

TEST(preempt_time_agrees, "the harts agree about the time")
{
	struct job j = { 0 };

	shared_time = 0;
	run_on_all(shared_time_job, &j);
}
