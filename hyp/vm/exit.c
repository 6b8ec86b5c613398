/* SPDX-License-Identifier: MIT */
/*
 * exit.c - why the guest left: an SBI call, an interrupt for us, a WFI that others should profit
 * from, or something it may not do.
 *
 * Whatever a guest does wrong is answered to the guest, as an exception at the instruction. Nothing
 * here trusts it.
 */
#include "vm/exit.h"

#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/machine_stop.h"
#include "vm/host.h"
#include "vm/life.h"
#include "vm/stuck.h"
#include "vm/vcpu.h"

void inject_exception(struct vcpu *v, uint64_t cause, uint64_t tval)
{
	uint64_t vs = csr_read(vsstatus), sstatus = csr_read(sstatus);

	/* What the hart does for a trap into S-mode (privileged specification 4.1.1), by hand. */
	vs &= ~(SSTATUS_SPP | SSTATUS_SPIE);
	if (sstatus & SSTATUS_SPP)
		vs |= SSTATUS_SPP;
	if (vs & SSTATUS_SIE)
		vs |= SSTATUS_SPIE;
	csr_write(vsstatus, vs & ~SSTATUS_SIE);
	csr_write(vsepc, v->frame->sepc);
	csr_write(vscause, cause);
	csr_write(vstval, tval);
	csr_write(sstatus, sstatus | SSTATUS_SPP);
	v->frame->sepc = csr_read(vstvec) & ~3UL;
}

/*
 * Can @insn raise a virtual instruction exception? Privileged: SYSTEM but ecall and ebreak; cbo.*;
 * ssamoswap.
 */
static bool may_be_virtual(uint32_t insn)
{
	if ((insn & OPCODE_MASK) == OPCODE_SYSTEM)
		return insn & ~INSN_EBREAK;
	return (insn & CBO_MASK) == INSN_CBO || (insn & OPCODE_MASK) == OPCODE_AMO;
}

/*
 * The instruction of a virtual instruction exception. False: it cannot be fetched any more, or has
 * been replaced by one that raises no such exception; the guest has to try again. stval is not
 * asked: it may be 0, and with QEMU 7.2 it is that of an earlier exception if a guest executes hlv
 * or hsv. If that was a WFI, the guest would sleep.
 */
static bool trapped_instruction(struct vcpu *v, uint32_t *insn)
{
	if (guest_fetch(v->frame->sepc, insn) && may_be_virtual(*insn))
		return true;
	fence_self();
	return false;
}

/*
 * Is it csrrs, csrrc, csrrsi or csrrci without a bit to set or clear, of cycle or instret, where
 * the guest lets itself read them? hcounteren hides the hart's own, which show what neighbours do.
 */
static bool reads_counter(uint64_t insn)
{
	uint64_t csr = insn >> 20;

	return (insn & 0xfa07f) == 0x2073 && (csr == CSR_CYCLE || csr == CSR_INSTRET) &&
	       common_caps.counters &&
	       (csr_read(sstatus) & SSTATUS_SPP || csr_read(scounteren) >> (csr - CSR_CYCLE) & 1);
}

void guest_counter_read(struct guest_frame *f, uint64_t insn, struct live_regs *live)
{
	unsigned reg = insn >> 7 & 31;
	bool instret = insn >> 20 == CSR_INSTRET;
	uint64_t count = instret ? csr_read(instret) : csr_read(cycle);
	const struct vcpu *v = f->vcpu;

	count += v->counters[instret];
	if (v->pmu.changed & 1U << (2 * instret)) /* the PMU has stopped it */
		count = v->pmu.value[2 * instret];
	f->sepc += 4;
	if (reg)
		*guest_reg(f, live, reg) = count;
}

/*
 * Instructions that VTW traps because others wait for this hart, that only a hypervisor may use, or
 * that read a counter.
 */
uint64_t guest_virtual_instruction(struct guest_frame *f)
{
	struct vcpu *v = f->vcpu;
	uint32_t insn;

	v->exits[EXIT_FAULT]++;
	if (!trapped_instruction(v, &insn))
		return 0;
	if (reads_counter(insn))
		return insn;
	if ((insn != INSN_WFI && insn != INSN_WRS_NTO) || !(csr_read(sstatus) & SSTATUS_SPP)) {
		inject_exception(v, EXC_ILLEGAL, insn);
		return 0;
	}
	v->exits[EXIT_WFI]++;
	if (!sched_contended()) {
		csr_clear(hstatus, HSTATUS_VTW); /* alone by now: let it wait in the hart */
		return 0;
	}
	v->frame->sepc += 4;
	if (insn == INSN_WFI)
		vcpu_wait(v, false);
	else
		/* it waits for a store of another hart, which we cannot see: let that one run */
		sched_yield();
	vcpu_checkpoint(v);
	return 0;
}

static void interrupt(struct vcpu *v, uint64_t number)
{
	v->exits[EXIT_INTERRUPT]++;
	if (number != IRQ_STIMER) {
		hart_kick_taken();
		while (machine_is_stopping())
			__asm__ volatile("wfi");
	} else {
		timer_expire();
		stuck_check(v);
	}
	vcpu_attend(v);
}

static void exception(struct vcpu *v, uint64_t cause)
{
	v->exits[EXIT_FAULT]++;
	/* not delegated by the firmware, or by hardware that cannot: the guest's own business */
	inject_exception(v, cause, csr_read(stval));
}

void trap_from_guest(struct guest_frame *f, uint64_t cause)
{
	if (cause & SCAUSE_INTERRUPT)
		interrupt(f->vcpu, cause & ~SCAUSE_INTERRUPT);
	else
		exception(f->vcpu, cause);
}
