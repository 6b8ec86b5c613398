/* SPDX-License-Identifier: MIT */
/*
 * vcpu.h - a virtual hart: its structure, and what of it is in the real hart while it runs. When it
 * runs at all is decided in life.h.
 *
 * vcpu.c also defines the scheduler's hooks sched_guest_in() and sched_guest_out().
 */
#ifndef VM_VCPU_H
#define VM_VCPU_H

#include "mp/mp.h"
#include "riscv/frame.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "vm/pmu.h"

struct vm;

/*
 * The VS-mode registers and the HS-mode ones that describe a guest: in the hart while it is loaded,
 * here otherwise.
 */
struct vcpu_csrs {
	uint64_t sstatus, hstatus;
	uint64_t vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp;
	uint64_t hvip, vstimecmp, scounteren, senvcfg;
	uint64_t henvcfg; /* written by us alone: never saved */
};

enum exit_kind { EXIT_ECALL, EXIT_INTERRUPT, EXIT_WFI, EXIT_MMIO, EXIT_FAULT, EXIT_KINDS };

struct vcpu {
	struct mp_vcpu mp; /* may it run? */
	struct thread thread; /* does it run? */
	struct vm *vm; /* constant */
	struct guest_frame *frame; /* constant: top of the thread's stack */
	/* touched by the vCPU's own thread, or by the hart that loads and saves it */
	struct vcpu_csrs csr;
	uint64_t vmid; /* constant: its own, or 0 */
	struct hart *last_hart; /* where its TLB entries are */
	uint64_t deadline; /* without Sstc: when the guest's timer fires, host time */
	struct timer timer;
	struct fp_state fp;
	bool fp_used; /* fp.f holds something; else all are zero since the start */
	struct vector *vector; /* constant: its vector registers (riscv/vector.h), or NULL */
	uint64_t counters[2]; /* its cycle and instret; while it is loaded, less the hart's own */
	/* remote fences (vm/fence.c); atomic */
	uint64_t fence_asked, fence_done, fence_waiters;
	/* atomic: host time at which stuck_check() last found that it cannot go on; 0: it can */
	uint64_t stuck_at;
	/* does the guest's interrupt controller interrupt it: it does (atomic); hvip says so */
	uint32_t external, external_shown;
	gpaddr_t steal_at; /* where the guest sees what it waited (vm/steal.c); 0: nowhere */
	uint32_t fwft; /* what it has asked of FWFT (sbi/fwft.c) */
	/* in ticks of waiting: what it had before that, and what is shown there */
	uint64_t steal_from, steal_shown;
	uint32_t fence_away; /* between fence_leave() and fence_return() */
	/* statistics, written by the vCPU's own thread */
	uint64_t exits[EXIT_KINDS];
	struct pmu pmu;
	/* of the firmware, since boot; what is received others count, atomically */
	uint64_t events[PMU_EVENTS];
};

static inline struct vcpu *vcpu_of(struct mp_vcpu *mp)
{
	return CONTAINER_OF(mp, struct vcpu, mp);
}

/* Make vCPU @index of @vm, STOPPED. False: no memory. Boot only. */
bool vcpu_init(struct vcpu *v, struct vm *vm, unsigned index);

/* Give @v, which is on no hart, the state of a hart after reset. What and why: START-STATE.md. */
void vcpu_reset(struct vcpu *v);

/*
 * Registers as SBI gives them to a started or resumed hart: pc, a0 = hart id, a1 = @arg, satp 0,
 * SIE 0.
 */
void vcpu_set_entry(struct vcpu *v, uint64_t pc, uint64_t arg);

/*
 * @v is loaded and has a steal_at: show there what it has waited, if that has grown and @v is
 * STARTED. Uses the hart's window; takes no lock. steal.c defines it.
 */
void steal_show(struct vcpu *v);

/* Trap the WFI of the guest on this hart only if somebody else wants the hart. */
void vcpu_trap_wfi(void);

#endif
