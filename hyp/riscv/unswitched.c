/* SPDX-License-Identifier: MIT */
/*
 * unswitched.c - find what guests can write beside what we switch. Contracts are in unswitched.h.
 *
 * What is not on the list of what is switched is tried in VS-mode: every CSR number that S-mode or
 * U-mode may write (privileged specification 2.1), and behind siselect every register that keeps a
 * value. So no extension has to be known here, and what hstateen, henvcfg or hcounteren shut is
 * seen to be shut. The registers are put back from VS-mode as well, where a number means the same
 * register as it meant to the guest. VS-mode then runs in pages of its own, without translation but
 * for a G-stage that has them: with none, QEMU 10.0.13 does not come back.
 *
 * Optional room: unswitched, 180 lines.
 */
#include "riscv/unswitched.h"

#include "lib/log.h"
#include "lib/outside.h"
#include "lib/printf.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/hart.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

#define MAX_CSRS 120
#define SELECT_END 0x400 /* numbers of siselect that are tried */
#define PAGES 3

/* A hart's pages. */
struct unswitched {
	uint64_t value[MAX_CSRS]; /* of CSRs; within reach of ld's offset */
	uint16_t number[MAX_CSRS];
	unsigned csrs, selects, words;
	uint32_t tried[8]; /* the instructions that try one CSR */
	uint32_t code[2600]; /* writes them all; a1 is where the values are */
} __attribute__((aligned(PAGE_SIZE)));

_Static_assert(sizeof(struct unswitched) == PAGES * PAGE_SIZE, "and no more");

struct vs_result {
	uint64_t cause, a1;
};

/* switch.S: run in VS-mode what is at @pc, with @a1 in a1, until its ecall or another exception. */
struct vs_result vs_run(gpaddr_t pc, uint64_t a1);

#define A1 11U
#define A2 12U
#define ECALL 0x73U
#define CSRR(rd, csr) ((uint32_t)(csr) << 20 | 2 << 12 | (rd) << 7 | 0x73)
#define CSRW(csr, rs) ((uint32_t)(csr) << 20 | (rs) << 15 | 1 << 12 | 0x73)
#define LD(rd, offset, rs) ((uint32_t)(offset) << 20 | (rs) << 15 | 3 << 12 | (rd) << 7 | 0x03)
#define LI(rd, n) ((uint32_t)(n) << 20 | (rd) << 7 | 0x13)

static struct unswitched *harts_pages; /* NULL: nothing is looked for */
static paddr_t root, base; /* a G-stage in which guest address 0 is @base, before all of them */

/* Is it among what sched_guest_in() writes (struct vcpu_csrs, struct fp_state)? */
static bool is_switched(unsigned csr)
{
	static const uint16_t always[] = {
		0x100, 0x104, 0x105, 0x106, /* sstatus, sie, stvec, scounteren */
		0x140, 0x141, 0x142, 0x143, 0x144, 0x180, /* sscratch ... stval, sip, satp */
	};

	for (unsigned i = 0; i < ARRAY_SIZE(always); i++)
		if (csr == always[i])
			return true;
	return (csr == CSR_SENVCFG && common_caps.senvcfg) ||
	       (csr == CSR_STIMECMP && common_caps.guest_sstc) ||
	       (csr >= 1 && csr <= 3 && common_caps.fpu) ||
	       (csr >= CSR_VSTART && csr <= CSR_VCSR && common_caps.vlenb);
}

static gpaddr_t guest_address(const void *p)
{
	return mmu_phys(p) - base;
}

/* Run the instructions of `tried`, which have just been written. */
static struct vs_result run_stub(struct unswitched *u, uint64_t a1)
{
	__asm__ volatile("fence.i" : : : "memory");
	return vs_run(guest_address(u->tried), a1);
}

static void emit(struct unswitched *u, uint32_t insn)
{
	if (u->words == ARRAY_SIZE(u->code))
		port_panic("guests can write too many registers that are not known here");
	u->code[u->words++] = insn;
}

/* Can a guest read and write it? */
static void try_csr(struct unswitched *u, unsigned csr)
{
	struct vs_result r;

	u->tried[0] = CSRR(A1, csr);
	u->tried[1] = CSRW(csr, A1);
	u->tried[2] = ECALL;
	r = run_stub(u, 0);
	if (r.cause != EXC_ECALL_VS)
		return;
	if (u->csrs == MAX_CSRS)
		port_panic("guests can write too many CSRs that are not known here");
	emit(u, LD(A2, 8 * u->csrs, A1));
	emit(u, CSRW(csr, A2));
	u->value[u->csrs] = r.a1;
	u->number[u->csrs++] = (uint16_t)csr;
}

/* Does anything that siselect @number selects keep a value? */
static void try_select(struct unswitched *u, unsigned number)
{
	static const uint16_t siregs[] = { 0x151, 0x152, 0x153, 0x155, 0x156, 0x157 };
	bool any = false;

	for (unsigned i = 0; i < ARRAY_SIZE(siregs); i++) {
		struct vs_result r;

		u->tried[0] = CSRW(CSR_SISELECT, A1);
		u->tried[1] = CSRR(A2, siregs[i]);
		u->tried[2] = LI(A1, 0xfff); /* all ones */
		u->tried[3] = CSRW(siregs[i], A1);
		u->tried[4] = CSRR(A1, siregs[i]);
		u->tried[5] = CSRW(siregs[i], A2);
		u->tried[6] = ECALL;
		r = run_stub(u, number);
		if (r.cause != EXC_ECALL_VS || !r.a1)
			continue;
		if (!any) {
			emit(u, LI(A2, number));
			emit(u, CSRW(CSR_SISELECT, A2));
		}
		emit(u, CSRW(siregs[i], 0));
		any = true;
	}
	u->selects += any;
}

static void try_selects(struct unswitched *u)
{
	for (unsigned i = 0; i < u->csrs; i++) {
		if (u->number[i] != CSR_SISELECT)
			continue;
		for (unsigned number = 0; number < SELECT_END; number++)
			try_select(u, number);
		emit(u, CSRW(CSR_SISELECT, 0));
	}
}

static void describe(const struct unswitched *u)
{
	char text[128] = "";
	size_t at = 0;

	for (unsigned i = 0; i < u->csrs && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " 0x%x", u->number[i]);
	log_notice("cap: not known here, and open to guests, so put back between VMs: CSR%s", text);
	if (u->selects)
		log_notice("cap: and what siselect selects by %u numbers", u->selects);
}

bool unswitched_prepare(unsigned n)
{
	struct unswitched *pages = page_alloc(n * PAGES, 1);
	paddr_t end;

	if (!pages)
		return false;
	base = ALIGN_DOWN(mmu_phys(pages), LARGE_SIZE);
	end = ALIGN_UP(mmu_phys(pages + n - 1) + sizeof(*pages), LARGE_SIZE);
	root = gstage_new();
	if (!root || !gstage_map(root, 0, base, end - base, PTE_X))
		return false;
	harts_pages = pages;
	return true;
}

void unswitched_probe(void)
{
	struct hart *h = this_hart();
	struct unswitched *u;

	if (!harts_pages)
		return;
	u = &harts_pages[h->index];
	gstage_activate(root, 0);
	csr_write(vsatp, 0);
	csr_write(vsie, 0);
	/* A guest can turn on what it likes. */
	csr_write(vsstatus, 2UL << 32 | SSTATUS_FS | SSTATUS_VS);
	csr_write(hstatus, HSTATUS_VSXL_64);
	csr_write(sstatus,
		  (common_caps.fpu ? SSTATUS_FS : 0) | (common_caps.vlenb ? SSTATUS_VS : 0));
	gstage_flush_all();
	for (unsigned csr = 0; csr < 0xc00; csr++)
		if (!(csr >> 8 & 2) && !is_switched(csr))
			try_csr(u, csr);
	try_selects(u);
	emit(u, ECALL);
	__asm__ volatile("fence.i" : : : "memory");
	h->caps.unswitched = u->csrs != 0;
	if (!h->index && u->csrs)
		describe(u);
}

void unswitched_reset(bool other_vm)
{
	const struct hart *h = this_hart();
	const struct unswitched *u;

	if (!other_vm || !h->caps.unswitched) {
		if (h->caps.open_siselect)
			csr_write(CSR_VSISELECT, 0);
		return;
	}
	u = &harts_pages[h->index];
	/*
	 * What the hart remembers of these tables has VMID 0. A vCPU that has no other one flushes
	 * when it is loaded, which is after this.
	 */
	gstage_activate(root, 0);
	gstage_flush_all();
	vs_run(guest_address(u->code), guest_address(u->value));
}
