/* SPDX-License-Identifier: MIT */
/*
 * csr.h - supervisor CSR access and the bits the guests use.
 *
 * The numbers are written from the specification, not taken from
 * hyp/riscv/csr.h: a wrong number in a shared header would be wrong on both
 * sides, and no test would fail.
 */
#ifndef GUEST_LIB_CSR_H
#define GUEST_LIB_CSR_H

#define SSTATUS_SIE	(1ul << 1)
#define SSTATUS_SPIE	(1ul << 5)
#define SSTATUS_SPP	(1ul << 8)
#define SSTATUS_FS	(3ul << 13)
#define SSTATUS_SUM	(1ul << 18)
#define SSTATUS_MXR	(1ul << 19)

#define IRQ_SOFT	1
#define IRQ_TIMER	5
#define IRQ_EXTERNAL	9
#define SIP_SSIP	(1ul << IRQ_SOFT)
#define SIP_STIP	(1ul << IRQ_TIMER)
#define SIP_SEIP	(1ul << IRQ_EXTERNAL)

#define SCAUSE_IRQ	(1ul << 63)
#define EXC_FETCH_ACCESS	1
#define EXC_ILLEGAL		2
#define EXC_BREAKPOINT		3
#define EXC_LOAD_MISALIGNED	4
#define EXC_LOAD_ACCESS		5
#define EXC_STORE_MISALIGNED	6
#define EXC_STORE_ACCESS	7
#define EXC_ECALL_U		8
#define EXC_FETCH_PAGE		12
#define EXC_LOAD_PAGE		13
#define EXC_STORE_PAGE		15

#ifndef __ASSEMBLER__
#include "types.h"

/* Numbers, for registers that old assemblers do not know by name. */
#define CSR_SENVCFG	0x10a

#define CSR_NAME_(csr) #csr
#define CSR_NAME(csr) CSR_NAME_(csr)

#define csr_read(csr) ({						\
	u64 v_;								\
	__asm__ volatile("csrr %0, " CSR_NAME(csr)			\
			 : "=r"(v_) : : "memory");	\
	v_;								\
})

#define csr_write(csr, val)						\
	__asm__ volatile("csrw " CSR_NAME(csr) ", %0"			\
			 : : "r"((u64)(val)) : "memory")

#define csr_set(csr, val)						\
	__asm__ volatile("csrs " CSR_NAME(csr) ", %0"			\
			 : : "r"((u64)(val)) : "memory")

#define csr_clear(csr, val)						\
	__asm__ volatile("csrc " CSR_NAME(csr) ", %0"			\
			 : : "r"((u64)(val)) : "memory")

/* Interrupts of this hart off; gives what irq_restore() needs. */
static inline u64 irq_save(void)
{
	u64 old;

	__asm__ volatile("csrrc %0, sstatus, %1"
			 : "=r"(old) : "r"(SSTATUS_SIE) : "memory");
	return old & SSTATUS_SIE;
}

static inline void irq_restore(u64 old)
{
	csr_set(sstatus, old);
}

static inline void irq_on(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static inline void irq_off(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

/* Sleep until an interrupt is pending and enabled in sie. May be a nop. */
static inline void wfi(void)
{
	__asm__ volatile("wfi" : : : "memory");
}
#endif

#endif
