/* SPDX-License-Identifier: MIT */
/*
 * csr.h - control and status registers (privileged specification 1.12 with the H extension):
 * numbers, bits, access.
 *
 * The guests have their own, guest/lib/csr.h: a wrong number in a shared header would be wrong on
 * both sides, and no test would fail.
 */
#ifndef RISCV_CSR_H
#define RISCV_CSR_H

/* Numbers, for registers the assembler may not know by name. */
#define CSR_FCSR 0x003
#define CSR_VSTART 0x008
#define CSR_VCSR 0x00f
#define CSR_SEED 0x015
#define CSR_SENVCFG 0x10a
#define CSR_STIMECMP 0x14d
#define CSR_SISELECT 0x150
#define CSR_SIREG 0x151
#define CSR_STOPEI 0x15c
#define CSR_VSTIMECMP 0x24d
#define CSR_HENVCFG 0x60a
#define CSR_VSISELECT 0x250
#define CSR_HSTATEEN0 0x60c
#define CSR_HSTATEEN1 0x60d
#define CSR_HSTATEEN2 0x60e
#define CSR_HSTATEEN3 0x60f
#define CSR_CYCLE 0xc00
#define CSR_INSTRET 0xc02
#define CSR_VL 0xc20
#define CSR_VTYPE 0xc21
#define CSR_VLENB 0xc22

#define SSTATUS_SIE (1UL << 1)
#define SSTATUS_SPIE (1UL << 5)
#define SSTATUS_SPP (1UL << 8)
#define SSTATUS_MXR (1UL << 19)
#define SSTATUS_FS (3UL << 13)
#define SSTATUS_FS_CLEAN (2UL << 13)
#define SSTATUS_FS_DIRTY (3UL << 13)
#define SSTATUS_VS (3UL << 9)
#define SSTATUS_VS_CLEAN (2UL << 9)
#define SSTATUS_VS_DIRTY (3UL << 9)

#define HSTATUS_GVA (1UL << 6)
#define HSTATUS_SPV (1UL << 7)
#define HSTATUS_SPVP (1UL << 8)
#define HSTATUS_VTW (1UL << 21)
#define HSTATUS_VSXL_64 (2UL << 32)

#define IRQ_STIMER 5
#define IRQ_SEXT 9
#define SIP_SSIP (1UL << 1)
#define SIP_STIP (1UL << IRQ_STIMER)
#define SIP_SEIP (1UL << 9)
/* How a kick arrives: from the firmware or from ourselves, or from an IMSIC. */
#define SIP_KICK (SIP_SSIP | SIP_SEIP)
#define HVIP_VSSIP (1UL << 2)
#define HVIP_VSTIP (1UL << 6)
#define HVIP_VSEIP (1UL << 10)
#define HVIP_ALL (HVIP_VSSIP | HVIP_VSTIP | HVIP_VSEIP)

#define SCAUSE_INTERRUPT (1UL << 63)
#define EXC_FETCH_MISALIGNED 0
#define EXC_FETCH_ACCESS 1
#define EXC_ILLEGAL 2
#define EXC_BREAKPOINT 3
#define EXC_LOAD_MISALIGNED 4
#define EXC_LOAD_ACCESS 5
#define EXC_STORE_MISALIGNED 6
#define EXC_STORE_ACCESS 7
#define EXC_ECALL_U 8
#define EXC_ECALL_VS 10
#define EXC_FETCH_PAGE 12
#define EXC_LOAD_PAGE 13
#define EXC_STORE_PAGE 15
#define EXC_FETCH_GUEST_PAGE 20
#define EXC_LOAD_GUEST_PAGE 21
#define EXC_VIRTUAL_INSTRUCTION 22
#define EXC_STORE_GUEST_PAGE 23

#define SATP_MODE_SHIFT 60
#define SATP_PPN_MASK ((1UL << 44) - 1)
#define SATP_SV39 (8UL << 60)
#define HGATP_SV39X4 (8UL << 60)
#define HGATP_VMID_SHIFT 44
#define HGATP_VMID_MASK 0x3fffUL

#define HENVCFG_STCE (1UL << 63)
#define HENVCFG_PBMTE (1UL << 62)
#define HENVCFG_ADUE (1UL << 61)
#define HENVCFG_CBZE (1UL << 7)
#define HENVCFG_CBCFE (1UL << 6)
#define HENVCFG_CBIE_FLUSH (1UL << 4)
#define HSTATEEN0_ENVCFG (1UL << 62)

#define COUNTEREN_CY_TM_IR 7UL
#define COUNTEREN_TM 2UL

#define OPCODE_MASK 0x7fUL
#define OPCODE_SYSTEM 0x73UL
#define OPCODE_AMO 0x2fUL
#define CBO_MASK 0x707fUL
#define INSN_CBO 0x200fUL /* with what to do in the upper bits */
#define INSN_EBREAK 0x00100073UL /* but for one bit it is ECALL */

#define SEED_OPST(v) ((v) >> 30 & 3) /* of seed; QEMU extends the sign */
#define SEED_ES16 2 /* the lower 16 bits are random */
#define SEED_DEAD 3

#define INSN_WFI 0x10500073UL
#define INSN_WRS_NTO 0x00d00073UL

#define PTE_V 1UL
#define PTE_R 2UL
#define PTE_W 4UL
#define PTE_X 8UL
#define PTE_U 16UL
#define PTE_A 64UL
#define PTE_D 128UL
#define PTE_PPN_SHIFT 10
#define PTE_N (1UL << 63)

#ifndef __ASSEMBLER__
#include "lib/types.h"

#define STR_(x) #x
#define STR(x) STR_(x)

#define csr_read(csr) \
	({ \
		uint64_t v_; \
		__asm__ volatile("csrr %0, " STR(csr) : "=r"(v_) : : "memory"); \
		v_; \
	})
#define csr_write(csr, val) \
	__asm__ volatile("csrw " STR(csr) ", %0" : : "rK"((uint64_t)(val)) : "memory")
#define csr_swap(csr, val) \
	({ \
		uint64_t v_; \
		__asm__ volatile("csrrw %0, " STR(csr) ", %1" \
				 : "=r"(v_) : "rK"((uint64_t)(val)) : "memory"); \
		v_; \
	})
#define csr_set(csr, bits) \
	__asm__ volatile("csrs " STR(csr) ", %0" : : "rK"((uint64_t)(bits)) : "memory")
#define csr_clear(csr, bits) \
	__asm__ volatile("csrc " STR(csr) ", %0" : : "rK"((uint64_t)(bits)) : "memory")

/*
 * A row of the exception table: a fault of the instruction at @insn continues at @fix
 * (riscv/fault.c).
 */
#define EX_TABLE(insn, fix) ".pushsection .ex_table, \"a\"\n.word " insn ", " fix "\n.popsection\n"

/*
 * Read or write a CSR that may not exist: 1 if it did, 0 if it trapped. Set-up only: a trap forgets
 * hstatus.SPV.
 */
#define csr_try_read(csr, val) \
	({ \
		uint64_t ok_, v_ = 0; \
		__asm__ volatile("li %0, 0\n1: csrr %1, " STR(csr) "\nli %0, 1\n2:\n" \
				 EX_TABLE("1b", "2b") : "=&r"(ok_), "+&r"(v_) : : "memory"); \
		(val) = v_; \
		ok_ != 0; \
	})
/* The same for one that is read by a write only. */
#define csr_try_swap(csr, val) \
	({ \
		uint64_t ok_, v_ = 0; \
		__asm__ volatile("li %0, 0\n1: csrrw %1, " STR(csr) ", zero\nli %0, 1\n2:\n" \
				 EX_TABLE("1b", "2b") : "=&r"(ok_), "+&r"(v_) : : "memory"); \
		(val) = v_; \
		ok_ != 0; \
	})
#define csr_try_write(csr, val) \
	({ \
		uint64_t ok_; \
		__asm__ volatile("li %0, 0\n1: csrw " STR(csr) ", %1\nli %0, 1\n2:\n" \
				 EX_TABLE("1b", "2b") \
				 : "=&r"(ok_) : "r"((uint64_t)(val)) : "memory"); \
		ok_ != 0; \
	})

/* Clear the block of memory around the address in register @reg. As assemblers may not know it. */
#define CBO_ZERO(reg) ".insn i 0x0f, 2, x0, " reg ", 4\n"

/* Host time in ticks of the timebase. */
static inline uint64_t time_now(void)
{
	uint64_t t;

	__asm__ volatile("rdtime %0" : "=r"(t));
	return t;
}
#endif
#endif
