/* SPDX-License-Identifier: MIT */
/*
 * mmio.c - a guest page fault: find out which access it was, and let the device carry it out.
 * Contracts are in mmio.h.
 *
 * A hart tells in htinst, htval and stval what it knows, and may leave each of them 0 (privileged
 * specification 8.2 and 22.6.3). What it does not tell is read from the guest's memory: the
 * instruction and the page tables. If these have changed since, the guest has to try again.
 */
#include "vm/mmio.h"

#include "dev/device.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "vm/decode.h"
#include "vm/host.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * htinst: the walk of the guest's own page tables failed, where it reads or (with the bit) writes.
 */
#define PSEUDO_WALK 0x3000UL
#define PSEUDO_WRITE 0x20UL

static uint64_t read_ram(const struct vm *vm, gpaddr_t gpa)
{
	uint64_t value = *(const volatile uint64_t *)vm_window(vm, gpa, sizeof(value));

	window_close();
	return value;
}

enum guest_walk guest_walk(const struct vcpu *v, uint64_t va, gpaddr_t *gpa, uint64_t *pte)
{
	uint64_t vsatp = csr_read(vsatp), mode = vsatp >> SATP_MODE_SHIFT, mask;
	gpaddr_t at = (vsatp & SATP_PPN_MASK) << 12;

	*gpa = va;
	*pte = PTE_V | PTE_R | PTE_W | PTE_X;
	if (!mode)
		return WALK_MAPPED;
	/* Modes 8, 9 and 10 are Sv39, Sv48 and Sv57. */
	for (uint64_t shift = 12 + 9 * (mode - 6); shift >= 12; shift -= 9) {
		at += (va >> shift) % 512 * sizeof(*pte);
		if (!vm_ram_contains(v->vm, at, sizeof(*pte)))
			return WALK_OUTSIDE;
		*pte = read_ram(v->vm, at);
		if (!(*pte & PTE_V))
			return WALK_UNMAPPED;
		at = (*pte >> PTE_PPN_SHIFT & SATP_PPN_MASK) << 12;
		if (*pte & (PTE_R | PTE_W | PTE_X)) {
			mask = *pte & PTE_N ? 0xffff : (1UL << shift) - 1; /* Svnapot: 64 KiB */
			*gpa = (at & ~mask) | (va & mask);
			return WALK_MAPPED;
		}
	}
	return WALK_UNMAPPED;
}

/* Where the value of a register but x0 is. Inlined, as every access to a device needs it. */
static inline __attribute__((always_inline)) uint64_t *
reg_of(struct guest_frame *f, struct live_regs *live, unsigned n)
{
	/* As words of the one or, with the bit LIVE, of the other. */
	enum { LIVE = 32, RA = 0, SP = 1, TP = 2, T = 3, A = 10, S = LIVE, GP = LIVE + 12 };
	static const uint8_t words[32] = {
		0, RA, SP, GP, TP, T, T + 1, T + 2, S, S + 1,
		A, A + 1, A + 2, A + 3, A + 4, A + 5, A + 6, A + 7,
		S + 2, S + 3, S + 4, S + 5, S + 6, S + 7, S + 8, S + 9, S + 10, S + 11,
		T + 3, T + 4, T + 5, T + 6,
	};
	unsigned word = words[n];

	_Static_assert(offsetof(struct guest_frame, a) == 8 * A &&
			   offsetof(struct guest_frame, t) == 8 * T &&
			   offsetof(struct live_regs, gp) == 8 * (GP - LIVE),
		       "the table knows the layout");
	return word & LIVE ? (uint64_t *)live + word - LIVE : (uint64_t *)f + word;
}

uint64_t *mmio_reg(struct guest_frame *f, struct live_regs *live, unsigned n)
{
	return reg_of(f, live, n);
}

/* Where the load or store @insn begins. */
static uint64_t address_of(struct vcpu *v, struct live_regs *live, uint32_t insn)
{
	struct access_address at = decode_address(insn);

	return (at.base ? *reg_of(v->frame, live, at.base) : 0) + (uint64_t)at.offset;
}

/* What the hart has told, less what fake-absent= takes away. */
struct told {
	uint64_t htinst, htval;
	bool va; /* the address that faulted */
};

static struct told what_is_told(void)
{
	struct told t = { csr_read(htinst), csr_read(htval), csr_read(hstatus) & HSTATUS_GVA };
	unsigned fake = host_options.fake_absent;

	/* A pseudo-instruction is there where htval is, and only there. */
	if (fake & (htinst_describes(t.htinst) ? FAKE_HTINST : FAKE_HTVAL))
		t.htinst = 0;
	if (fake & FAKE_HTVAL)
		t.htval = 0;
	if (fake & FAKE_STVAL)
		t.va = false;
	return t;
}

/*
 * Read the instruction @a that made the access, and how far behind its first byte (@offset) p->va
 * is; p->va, too, if the hart has not told it. MMIO_DONE: that fits the fault.
 */
static enum mmio_end read_instruction(struct vcpu *v, struct live_regs *live, bool told_va,
				      struct page_fault *p, struct access *a, uint64_t *offset)
{
	uint32_t insn;
	uint64_t start;

	if (!guest_fetch(v->frame->sepc, &insn)) {
		/*
		 * QEMU 7.2 reports a fetch, too, as a load where the walk of the guest's tables
		 * fails.
		 */
		if (!told_va || p->va - v->frame->sepc >= 4)
			return MMIO_RETRY;
		p->cause = EXC_FETCH_GUEST_PAGE;
		return MMIO_FAULT;
	}
	*a = decode(insn);
	if (!a->memory)
		return MMIO_RETRY;
	if (!a->size)
		return told_va ? MMIO_DONE : MMIO_FAULT;
	start = address_of(v, live, insn);
	if (!told_va)
		p->va = start;
	*offset = p->va - start;
	return *offset < a->size ? MMIO_DONE : MMIO_RETRY;
}

/*
 * The hart does not say everything: find out the access @p, as far as a device is asked to carry it
 * out (MMIO_DONE), and where its first byte is.
 */
static NOINLINE enum mmio_end investigate(struct vcpu *v, struct live_regs *live,
					  struct page_fault *p, struct access *out, gpaddr_t *where)
{
	struct told told = what_is_told();
	bool walk_failed = (told.htinst & ~PSEUDO_WRITE) == PSEUDO_WALK;
	enum mmio_end end = MMIO_DONE;
	struct access a;
	uint64_t offset = 0, pte;
	gpaddr_t gpa;

	if (!told.va)
		p->va = p->cause == EXC_FETCH_GUEST_PAGE ? v->frame->sepc : 0;
	if (p->cause == EXC_FETCH_GUEST_PAGE)
		return MMIO_FAULT;
	if (htinst_describes(told.htinst) && told.va) {
		a = decode_htinst(told.htinst);
		offset = htinst_offset(told.htinst);
	} else {
		end = read_instruction(v, live, told.va, p, &a, &offset);
		if (end != MMIO_DONE)
			return end;
	}
	gpa = told.htval << 2 | (p->va & 3);
	if (!told.htval) {
		enum guest_walk found = guest_walk(v, p->va, &gpa, &pte);

		/*
		 * Not told which byte it was, and this one is in RAM: then it was the next page's
		 * first.
		 */
		if (!told.va && found == WALK_MAPPED && vm_ram_contains(v->vm, gpa, 1) &&
		    p->va % PAGE_SIZE + a.size > PAGE_SIZE) {
			offset = PAGE_SIZE - p->va % PAGE_SIZE;
			p->va += offset;
			found = guest_walk(v, p->va, &gpa, &pte);
		}
		if (found == WALK_UNMAPPED ||
		    (found == WALK_MAPPED && vm_ram_contains(v->vm, gpa, 1)))
			return MMIO_RETRY;
		walk_failed |= found == WALK_OUTSIDE;
	}
	/*
	 * That belongs to the access that needed the walk. QEMU 7.2 calls it a load, whatever it
	 * was.
	 */
	if (walk_failed) {
		p->cause = a.store ? EXC_STORE_GUEST_PAGE : EXC_LOAD_GUEST_PAGE;
		return MMIO_FAULT;
	}
	if (a.size && a.store != (p->cause == EXC_STORE_GUEST_PAGE))
		return MMIO_RETRY;
	*out = a;
	*where = gpa;
	/* Not the first byte, or (its address is not told) one in another page than the first. */
	return offset || (gpa ^ p->va) & 0xffc ? MMIO_FAULT : MMIO_DONE;
}

enum mmio_end mmio_access(struct vcpu *v, struct live_regs *live, struct page_fault *p)
{
	uint64_t htinst = csr_read(htinst), htval = csr_read(htval), x0 = 0, *reg;
	const struct device *d;
	struct access a;
	gpaddr_t gpa;
	unsigned unused;

	if (htinst_describes(htinst) && htval && p->va && !(host_options.fake_absent & FAKE_TOLD)) {
		if (htinst_offset(htinst))
			return MMIO_FAULT;
		a = decode_htinst(htinst);
		gpa = htval << 2 | (p->va & 3);
	} else {
		struct access found;
		gpaddr_t where;
		enum mmio_end end = investigate(v, live, p, &found, &where);

		if (end != MMIO_DONE)
			return end;
		a = found;
		gpa = where;
	}
	/*
	 * What is aligned has all its bytes in the device, side by side. What is not ends as it
	 * does at a real device, whose region of memory answers no misaligned access.
	 */
	d = device_at(gpa);
	if (!d || !a.size || gpa & (a.size - 1))
		return MMIO_FAULT;
	reg = a.reg ? reg_of(v->frame, live, a.reg) : &x0;
	unused = 64 - 8 * a.size;
	v->frame->sepc += a.length;
	if (a.store) {
		d->write(v, gpa - d->base, a.size, *reg << unused >> unused);
	} else {
		uint64_t value = d->read(v, gpa - d->base, a.size) << unused;

		*reg = a.sign ? (uint64_t)((int64_t)value >> unused) : value >> unused;
	}
	return MMIO_DONE;
}
