/* SPDX-License-Identifier: MIT */
/*
 * mmio.c - decode the guest's load or store and let the device carry it out. Contracts are in mmio.h.
 *
 * The hart may describe the instruction in htinst, already expanded if it was compressed; else it is fetched like the guest would
 * and expanded here. Privileged specification 22.6.3 (htinst); unprivileged 2.6, 28 (C) and 29.3 (Zcb).
 */
#include "vm/mmio.h"

#include "dev/device.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "vm/vm.h"

#define OP_LOAD 0x03
#define OP_STORE 0x23

/* Of a compressed instruction: three bits name x8 - x15. */
#define RC(insn, at) (8 + ((insn) >> (at) & 7))
#define FUNCT3(insn) ((insn) >> 12 & 7)

struct access {
	bool store;
	unsigned length; /* of the instruction, bytes */
	unsigned size; /* of the access, bytes */
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

/* Does it write memory? For faults of the page table walk, any store counts. Same chapters as above. */
static bool is_store(uint32_t insn)
{
	switch (insn & 3) {
	case 0:
		return insn >> 13 >= 5 || (insn >> 13 == 4 && insn >> 11 & 1); /* c.fsd, c.sw, c.sd; c.sb, c.sh */
	case 2:
		return insn >> 13 >= 5; /* c.fsdsp, c.swsp, c.sdsp */
	case 3:
		/* STORE, STORE-FP, and AMO but for LR */
		return (insn & 0x7f) == OP_STORE || (insn & 0x7f) == 0x27 || ((insn & 0x7f) == 0x2f && insn >> 27 != 2);
	}
	return false;
}

/* One row per compressed load or store of integers: (insn & mask) == match. */
static const struct compressed {
	uint16_t mask, match;
	uint8_t store, size, sign;
	uint8_t reg; /* bit position of the register's number */
	bool whole; /* it has five bits, not three */
} compressed[] = {
	{ 0xe003, 0x4000, 0, 4, 1, 2, false }, /* c.lw */
	{ 0xe003, 0x6000, 0, 8, 0, 2, false }, /* c.ld */
	{ 0xe003, 0xc000, 1, 4, 0, 2, false }, /* c.sw */
	{ 0xe003, 0xe000, 1, 8, 0, 2, false }, /* c.sd */
	{ 0xe003, 0x4002, 0, 4, 1, 7, true }, /* c.lwsp */
	{ 0xe003, 0x6002, 0, 8, 0, 7, true }, /* c.ldsp */
	{ 0xe003, 0xc002, 1, 4, 0, 2, true }, /* c.swsp */
	{ 0xe003, 0xe002, 1, 8, 0, 2, true }, /* c.sdsp */
	{ 0xfc03, 0x8000, 0, 1, 0, 2, false }, /* c.lbu */
	{ 0xfc43, 0x8400, 0, 2, 0, 2, false }, /* c.lhu */
	{ 0xfc43, 0x8440, 0, 2, 1, 2, false }, /* c.lh */
	{ 0xfc03, 0x8800, 1, 1, 0, 2, false }, /* c.sb */
	{ 0xfc43, 0x8c00, 1, 2, 0, 2, false }, /* c.sh */
};

static bool decode_compressed(uint32_t insn, struct access *a)
{
	for (unsigned i = 0; i < ARRAY_SIZE(compressed); i++) {
		const struct compressed *c = &compressed[i];

		if ((insn & c->mask) != c->match)
			continue;
		*a = (struct access){ c->store, 2, c->size, c->sign, c->whole ? insn >> c->reg & 31 : RC(insn, c->reg) };
		return true;
	}
	return false;
}

static bool decode(uint32_t insn, struct access *a)
{
	unsigned f = FUNCT3(insn), op = insn & 0x7f;

	if ((insn & 3) != 3)
		return decode_compressed(insn, a);
	*a = (struct access){ op == OP_STORE, 4, 1U << (f & 3), f < 3, insn >> (op == OP_STORE ? 20 : 7) & 31 };
	return op == OP_LOAD ? f < 7 : op == OP_STORE && f < 4;
}

/* Where the register's value is; NULL for x0. */
static uint64_t *reg_of(struct guest_frame *f, struct live_regs *live, unsigned n)
{
	uint64_t *const low[] = { NULL, &f->ra, &f->sp, &live->gp, &f->tp, &f->t[0], &f->t[1], &f->t[2], &live->s[0], &live->s[1] };

	if (n < ARRAY_SIZE(low))
		return low[n];
	return n < 18 ? &f->a[n - 10] : n < 28 ? &live->s[n - 16] : &f->t[n - 25];
}

static void carry_out(struct vcpu *v, struct live_regs *live, const struct device *d, uint64_t offset, const struct access *a)
{
	unsigned unused = 64 - 8 * a->size;
	uint64_t *reg, value;

	v->frame->sepc += a->length;
	reg = reg_of(v->frame, live, a->reg);
	value = reg ? *reg : 0;
	if (a->store) {
		d->write(v, offset, a->size, value << unused >> unused);
		return;
	}
	value = d->read(v, offset, a->size) << unused;
	if (reg)
		*reg = a->sign ? (uint64_t)((int64_t)value >> unused) : value >> unused;
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
			*cause = !insn ? EXC_FETCH_GUEST_PAGE : is_store(insn) ? EXC_STORE_GUEST_PAGE : EXC_LOAD_GUEST_PAGE;
		}
		return false;
	}
	d = device_at(gpa);
	if (!d)
		return false;
	/* Bit 0: htinst is valid; bit 1, which every full-length instruction has, is 0 if this one was compressed. */
	insn = htinst & 1 ? (uint32_t)htinst | 2 : mmio_fetch(v);
	if (!decode(insn, &a) || a.store != (*cause == EXC_STORE_GUEST_PAGE) || gpa - d->base > d->size - a.size)
		return false;
	if (htinst & 1 && !(htinst & 2))
		a.length = 2;
	carry_out(v, live, d, gpa - d->base, &a);
	return true;
}
