/* SPDX-License-Identifier: MIT */
/*
 * state.c - what a hart finds in its registers at boot, after HART_START,
 * after a resume and after a reboot: each row of hyp/vm/START-STATE.md.
 * Before each of those every register holds something else.
 */
#include "state.h"
#include "../lib/fp.h"
#include "../lib/paging.h"
#include "../lib/survivor.h"
#include "../lib/test.h"
#include "../lib/vec.h"

#define FP_SEED		0xf00df00d00000003ul
#define OPAQUE		0x0bacce0000000001ul
#define SSTATUS_UXL_64	(2ul << 32)
#define SSTATUS_SD	(1ul << 63)

/* What a register holds. */
enum rule {
	ANY,		/* nobody promises anything */
	ZERO,
	STATUS,		/* 64-bit U-mode, FP and vectors Dirty, the rest 0 */
	COUNTERS,	/* U-mode reads cycle, time and instret */
	CLOCK,		/* ... at least the time */
	LATE,		/* a time that never comes */
	ENTRY,		/* the address where the hart enters */
	KEPT,		/* what it held before */
};

struct row {
	const char *name;
	u64 slot;		/* offset in struct state */
	u64 mask;		/* what of it is looked at */
	/* here, and on OpenSBI: at a start (or boot), after a resume */
	enum rule start, resume, sbi_start, sbi_resume;
};

#define ROW(reg, mask, ...) \
	{ #reg, offsetof(struct state, reg), mask, __VA_ARGS__ }
static const struct row rows[] = {
	ROW(sstatus, ~0ul, STATUS, KEPT, STATUS, STATUS),
	ROW(sie, ~0ul, ZERO, KEPT, ZERO, ZERO),
	ROW(sip, SIP_SSIP, ZERO, KEPT, ANY, ANY),
	ROW(stvec, ~0ul, ZERO, KEPT, ENTRY, ENTRY),
	ROW(scounteren, 2, COUNTERS, KEPT, CLOCK, CLOCK),
	ROW(scounteren, ~0ul, COUNTERS, KEPT, ANY, ANY),
	ROW(sstateen0, ~0ul, ZERO, ZERO, ANY, ANY),
	ROW(sscratch, ~0ul, ZERO, KEPT, ZERO, ZERO),
	ROW(sepc, ~0ul, ZERO, KEPT, ANY, ANY),
	ROW(scause, ~0ul, ZERO, KEPT, ANY, ANY),
	ROW(stval, ~0ul, ZERO, KEPT, ANY, ANY),
	ROW(stimecmp, ~0ul, LATE, KEPT, ANY, ANY),
	ROW(siselect, ~0ul, ZERO, ZERO, ANY, ANY),
	/* The hart's own, which QEMU 10 shows without hcounteren's mask. */
	ROW(scountovf, ~0ul, ANY, ANY, ANY, ANY),
	ROW(stopi, ~0ul, ZERO, ANY, ANY, ANY), /* a resume has a reason */
	ROW(satp, ~0ul, ZERO, ZERO, ZERO, ZERO),
	ROW(fcsr, ~0ul, ZERO, KEPT, ZERO, ZERO),
};
/* Apart: a machine that only pretends to have none does not switch it. */
static const struct row senvcfg_row =
	ROW(senvcfg, ~0ul, ZERO, KEPT, ANY, ANY);
static const struct row x_row = { "x", 0, ~0ul, ZERO, KEPT, ANY, ANY };
static const struct row f_row = { "f", S_F, ~0ul, ZERO, KEPT, ANY, ANY };

static struct aspace space;
static struct state seen, spoilt;

/* Is the register there? As the boot hart found. */
#define HAS(reg) (boot_state.reg != STATE_ABSENT)

static u64 start_status(void)
{
	u64 fs = machine_has("f") ? SSTATUS_FS : 0;
	u64 vs = machine_has("v") ? SSTATUS_VS : 0;

	return SSTATUS_UXL_64 | fs | vs | (fs | vs ? SSTATUS_SD : 0);
}

static u64 expected(enum rule rule, u64 slot, u64 entry)
{
	switch (rule) {
	case STATUS:	return start_status();
	case COUNTERS:	return 7;
	case CLOCK:	return 2;
	case LATE:	return ~1ul;
	case ENTRY:	return entry;
	case KEPT:	return *(u64 *)((u64)&spoilt + slot);
	default:	return 0;
	}
}

static u64 reg_at(const struct state *s, u64 slot)
{
	return *(const u64 *)((u64)s + slot);
}

static void check_row(const struct state *s, const struct row *row, u64 slot,
		      bool resume, u64 entry)
{
	u64 got = reg_at(s, slot), absent = reg_at(&boot_state, slot);
	u64 want;
	enum rule rule = resume ? row->resume : row->start;

	if (sbi_is_opensbi(0, 0))
		rule = resume ? row->sbi_resume : row->sbi_start;
	if (rule == ANY)
		return;
	want = expected(rule, slot, entry);
	if (slot >= S_F && absent == STATE_ABSENT) {
		if (got != absent)
			FAIL_TEST("%s is there now", row->name);
	} else if ((got ^ want) & row->mask) {
		FAIL_TEST("%s (offset %lu) is %lx, not %lx", row->name, slot,
			  got, want);
	}
}

/* Was there anything else in it before? */
static void check_spoilt(const struct row *row, u64 slot)
{
	u64 had = reg_at(&spoilt, slot);
	bool fixed = (row->start == ANY || row->resume == ZERO) &&
		     row->sbi_start == ANY;	/* no guest can write it */

	if (!fixed && reg_at(&boot_state, slot) != STATE_ABSENT &&
	    !((had ^ expected(row->start, slot, 0)) & row->mask))
		FAIL_TEST("%s held the start value before", row->name);
}

static void check_all(const struct state *s, bool resume, void (*entry)(void))
{
	u64 pc = (u64)entry;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(s, &rows[i], rows[i].slot, resume, pc);
	for (u64 n = 0; n < 32; n++)
		check_row(s, &f_row, f_row.slot + 8 * n, resume, pc);
	for (u64 n = 1; n < 32; n++)
		if (n != 10 && n != 11 && s->x[n] != STATE_ABSENT)
			check_row(s, &x_row, 8 * n, resume, pc);
}

static void check_all_spoilt(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		check_spoilt(&rows[i], rows[i].slot);
	for (u64 n = 0; n < 32; n++)
		check_spoilt(&f_row, f_row.slot + 8 * n);
}

/* Values that nobody starts with in every register, noted in spoilt. */
static void spoil(void)
{
	struct hart *self = hart_self();

	irq_off();
	spoilt = boot_state;	/* what is absent */
	csr_set(sstatus, SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR |
		SSTATUS_SPIE | SSTATUS_SPP);
	if (HAS(fcsr))
		fp_fill(FP_SEED);
	csr_write(scounteren, 0);
	csr_write(sepc, 0x80abcdecul);
	csr_write(scause, 15);
	csr_write(stval, 0x123456789abcul);
	if (HAS(senvcfg))
		csr_write(CSR_SENVCFG, 1);
	csr_write(sie, SIP_SSIP | SIP_STIP | SIP_SEIP);
	csr_set(sip, SIP_SSIP);
	if (self != main_hart)	/* it has the time-out in it already */
		sbi_set_timer(~0ul >> 1);
	paging_on(&space, 1);
	for (u64 n = 0; n < 32; n++) {
		self->regs_in[n] = spoilt.x[n] = 0xbad0000000000000ul + n;
		if (HAS(fcsr))
			spoilt.f[n] = FP_SEED + n;
	}
#define NOTE(name, number)						\
	if (HAS(name))							\
		spoilt.name = csr_read(number);
	STATE_TRAP_CSRS(NOTE)
	STATE_CSRS(NOTE)
}

/* The call, with junk wherever no argument is; comes back if it fails. */
static void call_spoilt(u64 eid, u64 fid, u64 a0, u64 a1, u64 a2)
{
	struct hart *self = hart_self();

	spoil();
	self->regs_in[10] = a0;
	self->regs_in[11] = a1;
	self->regs_in[12] = spoilt.x[12] = a2;
	self->regs_in[16] = spoilt.x[16] = fid;
	self->regs_in[17] = spoilt.x[17] = eid;
	call_with_registers(self);
}

/* What the library and the other tests want to find. */
static void unspoil(void)
{
	paging_off();
	csr_write(scounteren, boot_state.scounteren);
	if (HAS(senvcfg))
		csr_write(CSR_SENVCFG, boot_state.senvcfg);
	csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	csr_clear(sip, SIP_SSIP);
}

static void want_state(struct state *s)
{
	fence_all();
	__atomic_store_n(&state_wanted, s, __ATOMIC_SEQ_CST);
}

/*
 * First a nap with the junk, so that a hypervisor has put it away: where it
 * would find it again.
 */
static void stop_spoilt(void *arg)
{
	(void)arg;
	spoil();
	csr_clear(sip, SIP_SSIP);
	csr_write(sie, SIP_STIP);
	sbi_set_timer(after_ms(1));
	sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	call_spoilt(EID_HSM, 1, 0, 0, 0);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* A start of @h, which has left junk everywhere, into seen. */
static void see_start(struct hart *h, void (*entry)(void))
{
	u64 before, after;

	aspace_init(&space);
	hart_run(h, stop_spoilt, NULL);
	harts_join();
	check_all_spoilt();
	hart_prepare(h, nothing, NULL);
	want_state(&seen);
	before = now();
	WAIT_FOR(sbi_hart_start(h->id, entry, OPAQUE).error == SBI_SUCCESS,
		 PATIENCE_MS);	/* firmware may still be busy stopping it */
	CHECK_WAIT(!__atomic_load_n(&state_wanted, __ATOMIC_SEQ_CST));
	harts_join();
	after = now();
	CHECK_EQ(seen.x[10], h->id);
	CHECK_EQ(seen.x[11], OPAQUE);
	CHECK(before <= seen.time && seen.time <= after);
}

/* A suspend of this hart by the call, with junk everywhere, into seen. */
static void see_resume(u64 eid, u64 fid, u64 type, void (*entry)(void))
{
	struct hart *self = hart_self();
	u64 before = now();
	bool resumed;

	aspace_init(&space);
	want_state(&seen);
	resumed = context_save(&self->resume);
	if (!resumed)
		call_spoilt(eid, fid, type, (u64)entry, OPAQUE);
	unspoil();
	want_state(NULL);
	if (!resumed)
		FAIL_TEST("the suspend answers %s",
			  sbi_error_name(self->regs_out[10]));
	check_all_spoilt();
	CHECK_EQ(seen.x[10], self->id);
	CHECK_EQ(seen.x[11], OPAQUE);
	CHECK(before <= seen.time && seen.time <= now());
}

extern char _start[];

static void check_boot(void)
{
	CHECK_EQ(boot_state.x[10], main_hart->id);
	CHECK_EQ(boot_state.x[11], (u64)machine.fdt);
	check_all(&boot_state, false, (void (*)(void))_start);
	check_row(&boot_state, &senvcfg_row, senvcfg_row.slot, false, 0);
}

TEST(state_boot, "every register of the boot hart is as the table says")
{
	check_boot();
}

TEST(state_start, "a started hart's are, whatever it has left behind")
{
	NEED_HARTS(2);
	for_each_other(h) {
		see_start(h, hart_entry_a);
		check_all(&seen, false, hart_entry_a);
		see_start(h, hart_entry_b);
		check_all(&seen, false, hart_entry_b);
	}
}

TEST(state_resume, "a non-retentive suspend loses what the SBI says, no more")
{
	see_resume(EID_HSM, 3, HSM_NON_RETENTIVE, hart_resume_a);
	check_all(&seen, true, hart_resume_a);
	see_resume(EID_HSM, 3, HSM_NON_RETENTIVE, hart_resume_b);
	check_all(&seen, true, hart_resume_b);
}

TEST(state_susp, "... and so does a suspend of the system")
{
	NEED_EXT(EID_SUSP, "SUSP");
	see_resume(EID_SUSP, 0, 0, hart_resume_a);
	check_all(&seen, true, hart_resume_a);
	see_resume(EID_SUSP, 0, 0, hart_resume_b);
	check_all(&seen, true, hart_resume_b);
}

TEST(state_senvcfg, "senvcfg is 0 at a start and stays over a suspend")
{
	if (!HAS(senvcfg))
		SKIP("no senvcfg");
	see_resume(EID_HSM, 3, HSM_NON_RETENTIVE, hart_resume_a);
	check_spoilt(&senvcfg_row, senvcfg_row.slot);
	check_row(&seen, &senvcfg_row, senvcfg_row.slot, true, 0);
	NEED_HARTS(2);
	see_start(other_hart(0), hart_entry_a);
	check_row(&seen, &senvcfg_row, senvcfg_row.slot, false, 0);
}

TEST_MANUAL(state_reboot, "reboots amid junk: everybody starts as at first")
{
	struct survivor s;
	u64 before = 0;

	aspace_init(&space);
	if (survivor_load(&s) && s.phase == EID_SRST)
		before = s.count[0];
	check_boot();
	for_each_other(h) {
		want_state(&seen);
		hart_run(h, nothing, NULL);
		harts_join();
		check_all(&seen, false, hart_entry_a);
		hart_run(h, stop_spoilt, NULL);
		harts_join();
	}
	survivor_clear();
	if (before == 3)
		return;
	s = (struct survivor){ .phase = EID_SRST, .count = { before + 1 } };
	survivor_save(&s);
	call_spoilt(EID_SRST, 0, SRST_COLD_REBOOT, 0, 0);
	unspoil();
	FAIL_TEST("the reset returned");
}

static u32 read_csr[2];		/* csrr a0, number; ret */

static void do_read_csr(void *arg)
{
	(void)arg;
	__asm__ volatile("fence.i" : : : "memory");
	((u64 (*)(void))read_csr)();
}

static bool in_table(u64 number)
{
	static const u64 known[] = {
#define NUMBER(name, number) number,
		STATE_TRAP_CSRS(NUMBER) STATE_CSRS(NUMBER)
		0x001, 0x002,	/* fflags, frm: fcsr */
		0xc00, 0xc02,	/* cycle, instret */
	};
	static const u64 vector[] = {	/* vector.c looks at what they hold */
		CSR_VSTART, 0x009, 0x00a, CSR_VCSR, CSR_VL, CSR_VTYPE, CSR_VLENB,
	};

	for (u32 i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == number)
			return true;
	for (u32 i = 0; i < ARRAY_SIZE(vector) && machine_has("v"); i++)
		if (vector[i] == number)
			return true;
	return false;
}

TEST(state_complete, "a guest can read no register that the table has not")
{
	struct trap_info trap;

	if (sbi_is_opensbi(0, 0))
		SKIP("the table is the hypervisor's");
	csr_set(sstatus, SSTATUS_FS | SSTATUS_VS);
	/* Bits 9:8 are the lowest privilege that may read it. */
	for (u64 number = 0; number < 4096; number++) {
		if ((number >> 8 & 3) > 1 || in_table(number))
			continue;
		read_csr[0] = 0x00002573 | (u32)number << 20;
		read_csr[1] = 0x00008067;
		if (!trap_catch(do_read_csr, NULL, &trap))
			FAIL_TEST("register 0x%lx is there", number);
	}
}

TEST_MANUAL(state_print, "what a hart finds, as rows for the table")
{
	static const char *const csrs[] = {
#define NAME(name, number) #name,
		STATE_TRAP_CSRS(NAME) STATE_CSRS(NAME)
	};
	static struct state started;

	if (hart_count > 1) {
		see_start(other_hart(0), hart_entry_a);
		started = seen;
	}
	see_resume(EID_HSM, 3, HSM_NON_RETENTIVE, hart_resume_a);
	print("| | boot | start | resume |\n");
	for (u32 n = 0; n < ARRAY_SIZE(csrs); n++)
		print("| %s | %lx | %lx | %lx |\n", csrs[n],
		      (&boot_state.sstatus)[n], (&started.sstatus)[n],
		      (&seen.sstatus)[n]);
	for (u32 n = 1; n < 32; n++)
		print("| x%u | %lx | %lx | %lx |\n", n, boot_state.x[n],
		      started.x[n], seen.x[n]);
	for (u32 n = 0; n < 32; n++)
		print("| f%u | %lx | %lx | %lx |\n", n, boot_state.f[n],
		      started.f[n], seen.f[n]);
}
