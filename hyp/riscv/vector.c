/* SPDX-License-Identifier: MIT */
/*
 * vector.c - the vector unit, switched. Contracts are in vector.h.
 *
 * The instructions are assembled here only: with V for all of it, a compiler would use vector
 * registers for its own ends. They are the guest's, as the FP registers are.
 *
 * Whole registers are stored and loaded from element vstart on, so vstart is 0 before. Loading
 * marks VS Dirty; Clean is written last.
 *
 * Optional room: vector, 100 lines.
 */
#include "riscv/vector.h"

#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

struct vector {
	uint64_t vstart, vcsr, vl, vtype;
	bool used; /* v holds something; else all are zero since the start */
	uint8_t v[] __attribute__((aligned(64))); /* 32 registers of common_caps.vlenb */
};

#define VTYPE_ILLEGAL (1UL << 63)

#define VECTOR(insns) ".option push\n.option arch, +v\n" insns ".option pop"

uint16_t vector_probe(isa_set isa)
{
	uint64_t vlenb;

	if (!(isa & ISA_BIT(ISA_V)))
		return 0;
	csr_set(sstatus, SSTATUS_VS);
	csr_try_read(CSR_VLENB, vlenb); /* 0 if it traps, at most 8192 */
	csr_clear(sstatus, SSTATUS_VS);
	return (uint16_t)vlenb;
}

bool vector_init(struct vector **state)
{
	size_t size = sizeof(struct vector) + 32UL * common_caps.vlenb;

	*state = NULL;
	if (common_caps.vlenb)
		*state = page_alloc((unsigned)(ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE), 1);
	return *state || !common_caps.vlenb;
}

void vector_reset(struct vector *v)
{
	v->vstart = v->vcsr = v->vl = 0;
	v->vtype = VTYPE_ILLEGAL;
	v->used = false;
}

uint64_t vector_save(struct vector *v, uint64_t sstatus)
{
	uint8_t *at = v->v;

	v->vstart = csr_read(CSR_VSTART);
	v->vcsr = csr_read(CSR_VCSR);
	/* Between the parts of a load that trapped in the middle QEMU 7.2 says Clean. */
	if ((sstatus & SSTATUS_VS) != SSTATUS_VS && !v->vstart)
		return sstatus;
	v->vl = csr_read(CSR_VL);
	v->vtype = csr_read(CSR_VTYPE);
	csr_write(CSR_VSTART, 0);
	__asm__ volatile(VECTOR("vs8r.v v0, (%0)\nadd %0, %0, %1\n"
				"vs8r.v v8, (%0)\nadd %0, %0, %1\n"
				"vs8r.v v16, (%0)\nadd %0, %0, %1\n"
				"vs8r.v v24, (%0)\n")
			 : "+r"(at)
			 : "r"(8UL * common_caps.vlenb)
			 : "memory");
	/* As it was: if nobody else comes to this hart, nothing is loaded when @v comes back. */
	csr_write(CSR_VSTART, v->vstart);
	v->used = true;
	sstatus = (sstatus & ~SSTATUS_VS) | SSTATUS_VS_CLEAN;
	csr_write(sstatus, sstatus);
	return sstatus;
}

void vector_load(const struct vector *v)
{
	const uint8_t *at = v->v;
	uint64_t x;

	csr_set(sstatus, SSTATUS_VS);
	csr_write(CSR_VSTART, 0);
	if (v->used)
		__asm__ volatile(VECTOR("vl8re8.v v0, (%0)\nadd %0, %0, %1\n"
					"vl8re8.v v8, (%0)\nadd %0, %0, %1\n"
					"vl8re8.v v16, (%0)\nadd %0, %0, %1\n"
					"vl8re8.v v24, (%0)\n")
				 : "+r"(at)
				 : "r"(8UL * common_caps.vlenb)
				 : "memory");
	else
		__asm__ volatile(VECTOR("vsetvli %0, zero, e8, m8, ta, ma\n"
					"vmv.v.i v0, 0\nvmv.v.i v8, 0\n"
					"vmv.v.i v16, 0\nvmv.v.i v24, 0\n")
				 : "=r"(x));
	/* An illegal vtype stays one. Each of these clears vstart: so that comes last. */
	__asm__ volatile(VECTOR("vsetvl %0, %1, %2\n") : "=r"(x) : "r"(v->vl), "r"(v->vtype));
	csr_write(CSR_VCSR, v->vcsr);
	csr_write(CSR_VSTART, v->vstart);
	csr_clear(sstatus, SSTATUS_VS_DIRTY ^ SSTATUS_VS_CLEAN);
}
