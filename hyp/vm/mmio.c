/* SPDX-License-Identifier: MIT */
/*
 * mmio.c - decode the guest's load or store and let the device carry it out. Contracts are in vm.h.
 *
 * The hart may describe the instruction in htinst, already expanded if it was compressed; else it is fetched like the guest would
 * and expanded here. Privileged specification 22.6.3 (htinst); unprivileged 2.6, 28 (C) and 29.3 (Zcb).
 */
#include "dev/device.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "vm/vm.h"

#define OP_LOAD 0x03
#define OP_STORE 0x23
#define OP_STORE_FP 0x27
#define OP_AMO 0x2f
#define FUNCT5_LR 2

#define BITS(insn, at, count) ((insn) >> (at) & ((1U << (count)) - 1))

struct access {
	unsigned length; /* of the instruction, bytes */
	bool store; /* it writes memory; right for every instruction that accesses memory */
	unsigned size; /* of the access, bytes; 0: devices do not take it: only loads and stores of integers */
	bool sign; /* the load extends the sign */
	unsigned reg; /* x0 - x31: from or to */
};

uint32_t mmio_fetch(const struct vcpu *v)
{
	uint16_t low, high = 0;

	if (!guest_fetch16(v->frame->sepc, &low) || ((low & 3) == 3 && !guest_fetch16(v->frame->sepc + 2, &high)))
		return 0;
	return (uint32_t)high << 16 | low;
}

/*
 * Quadrant 0 has an address register and names x8 - x15; quadrant 2 goes by sp and names all registers. By funct3: 2 c.lw, 3 c.ld, 6 c.sw,
 * 7 c.sd; 1, 5 c.fld, c.fsd; 4 in quadrant 0: Zcb, where bits 10 - 12 are 0 for c.lbu, 1 c.lhu and (bit 6) c.lh, 2 c.sb, 3 c.sh.
 */
static struct access decode_compressed(uint32_t insn)
{
	unsigned funct3 = BITS(insn, 13, 3), zcb = BITS(insn, 10, 3);
	bool by_sp = insn & 2;
	struct access a = { .length = 2, .sign = true };

	if (insn & 1)
		return a;
	a.store = funct3 & 4;
	a.reg = !by_sp ? 8 + BITS(insn, 2, 3) : a.store ? BITS(insn, 2, 5) : BITS(insn, 7, 5);
	if (funct3 & 2) {
		a.size = funct3 & 1 ? 8 : 4;
	} else if (funct3 == 4 && !by_sp && zcb < 4) {
		a.store = zcb & 2;
		a.size = zcb & 1 ? 2 : 1;
		a.sign = zcb & 1 && BITS(insn, 6, 1);
	}
	return a;
}

static struct access decode(uint32_t insn)
{
	unsigned op = insn & 0x7f, funct3 = BITS(insn, 12, 3);
	struct access a = { .length = 4, .sign = funct3 < 4, .reg = op == OP_STORE ? BITS(insn, 20, 5) : BITS(insn, 7, 5) };

	if ((insn & 3) != 3)
		return decode_compressed(insn);
	a.store = op == OP_STORE || op == OP_STORE_FP || (op == OP_AMO && insn >> 27 != FUNCT5_LR);
	if (op == OP_LOAD ? funct3 < 7 : op == OP_STORE && funct3 < 4)
		a.size = 1U << (funct3 & 3);
	return a;
}

/* Where the value of a register but x0 is. Inlined, as every access to a device needs it. */
static inline __attribute__((always_inline)) uint64_t *
reg_of(struct guest_frame *f, struct live_regs *live, unsigned n)
{
	uint64_t *const low[] = { NULL, &f->ra, &f->sp, &live->gp, &f->tp, &f->t[0], &f->t[1], &f->t[2], &live->s[0], &live->s[1] };

	if (n < ARRAY_SIZE(low))
		return low[n];
	return n < 18 ? &f->a[n - 10] : n < 28 ? &live->s[n - 16] : &f->t[n - 25];
}

uint64_t *mmio_reg(struct guest_frame *f, struct live_regs *live, unsigned n)
{
	return reg_of(f, live, n);
}

static void carry_out(struct vcpu *v, struct live_regs *live, const struct device *d, uint64_t offset, const struct access *a)
{
	unsigned unused = 64 - 8 * a->size;
	uint64_t x0 = 0, *reg = a->reg ? reg_of(v->frame, live, a->reg) : &x0;

	v->frame->sepc += a->length;
	if (a->store) {
		d->write(v, offset, a->size, *reg << unused >> unused);
	} else {
		uint64_t value = d->read(v, offset, a->size) << unused;

		*reg = a->sign ? (uint64_t)((int64_t)value >> unused) : value >> unused;
	}
}

bool mmio_access(struct vcpu *v, struct live_regs *live, uint64_t *cause, gpaddr_t gpa)
{
	uint64_t htinst = csr_read(htinst);
	const struct device *d;
	struct access a;
	uint32_t insn;

	if (*cause == EXC_FETCH_GUEST_PAGE)
		return false;
	/*
	 * The walk of the guest's own page tables failed (htinst then holds a pseudo-instruction): that belongs to the access that needed
	 * the walk. QEMU 7.2 reports a load whatever that was, so the instruction has to say.
	 */
	if ((htinst & ~0x20UL) == 0x3000) {
		if (*cause == EXC_LOAD_GUEST_PAGE) {
			insn = mmio_fetch(v);
			*cause = !insn ? EXC_FETCH_GUEST_PAGE : decode(insn).store ? EXC_STORE_GUEST_PAGE : EXC_LOAD_GUEST_PAGE;
		}
		return false;
	}
	d = device_at(gpa);
	if (!d)
		return false;
	/* Bit 0: htinst is valid; bit 1, which every full-length instruction has, is 0 if this one was compressed. */
	insn = htinst & 1 ? (uint32_t)htinst | 2 : mmio_fetch(v);
	a = decode(insn);
	if (!a.size || a.store != (*cause == EXC_STORE_GUEST_PAGE) || gpa - d->base > d->size - a.size)
		return false;
	if (htinst & 1 && !(htinst & 2))
		a.length = 2;
	carry_out(v, live, d, gpa - d->base, &a);
	return true;
}
