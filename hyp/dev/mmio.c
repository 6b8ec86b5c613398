/* SPDX-License-Identifier: MIT */
/*
 * mmio.c - a guest page fault: find out which access it was, and let the device carry it out.
 * Contracts are in mmio.h.
 *
 * A hart tells in htinst, htval and stval what it knows, and may leave each of them 0 (privileged
 * specification 8.2 and 22.6.3). What it does not tell is read from the guest's memory: the
 * instruction and the page tables. If these have changed since, the guest has to try again.
 *
 * Optional room: devices, 175 lines. Needs walk.
 */
#include "dev/mmio.h"

#include "dev/decode.h"
#include "dev/device.h"
#include "lib/log.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/layout.h"
#include "vm/exit.h"
#include "vm/host.h"
#include "vm/stuck.h"
#include "vm/vcpu.h"
#include "vm/vm.h"
#include "vm/walk.h"

enum mmio_end {
	MMIO_DONE, /* the device has carried out the access, the pc has moved on */
	/* nothing done: memory has changed since. fence_self(), let the guest try again */
	MMIO_RETRY,
	MMIO_FAULT, /* the guest gets an access fault */
};

/* The guest page fault of an access. */
struct page_fault {
	uint64_t cause; /* EXC_*_GUEST_PAGE */
	uint64_t va; /* the guest virtual address of the byte that faulted, as in stval */
};

/*
 * htinst: the walk of the guest's own page tables failed, where it reads or (with the bit) writes.
 */
#define PSEUDO_WALK 0x3000UL
#define PSEUDO_WRITE 0x20UL

/* Where the load or store @insn begins. */
static uint64_t address_of(struct vcpu *v, struct live_regs *live, uint32_t insn)
{
	struct access_address at = decode_address(insn);

	return (at.base ? *guest_reg(v->frame, live, at.base) : 0) + (uint64_t)at.offset;
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

/*
 * Deal with @p (scause and stval) right after the trap: htinst, htval and hstatus are as that has
 * left them. For MMIO_FAULT, @p then says what the access really was. May sleep.
 */
static enum mmio_end mmio_access(struct vcpu *v, struct live_regs *live, struct page_fault *p)
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
	if (!d || !(d->sizes & a.size) || gpa & (a.size - 1))
		return MMIO_FAULT;
	reg = a.reg ? guest_reg(v->frame, live, a.reg) : &x0;
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

/* A guest physical address with nothing behind it: what a bus would answer, an access fault. */
void guest_page_fault(struct guest_frame *f, uint64_t cause, struct live_regs *live)
{
	static const uint8_t access[] = { EXC_FETCH_ACCESS, EXC_LOAD_ACCESS, 0, EXC_STORE_ACCESS };
	struct page_fault p = { .cause = cause, .va = csr_read(stval) };
	struct vcpu *v = f->vcpu;
	enum mmio_end end;
	uint64_t pc = f->sepc;

	v->exits[EXIT_MMIO]++;
	end = mmio_access(v, live, &p);
	if (end == MMIO_DONE)
		return;
	if (end == MMIO_RETRY) {
		fence_self();
		return;
	}
	inject_exception(v, access[p.cause - EXC_FETCH_GUEST_PAGE], p.va);
	if (f->sepc == pc)
		stuck_check(v);
	else
		log_debug("nothing at 0x%lx (htval 0x%lx): access fault at pc 0x%lx", p.va,
			  csr_read(htval), pc);
}
