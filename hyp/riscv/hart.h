/* SPDX-License-Identifier: MIT */
/*
 * hart.h - one real hart: its identity, what it can do, and what is on it now. tp points to it in
 * HS-mode, always.
 */
#ifndef RISCV_HART_H
#define RISCV_HART_H

#include "lib/types.h"
#include "lock/rank.h"

#define MAX_HARTS 64

struct rq;
struct thread;
struct vcpu;

/*
 * What this hart was found to have. Probed, never assumed (caps.c). All yes or no, or sets of bits:
 * what all harts have is the AND.
 */
struct caps {
	bool h; /* the hypervisor extension: without it nothing runs here */
	bool sstc; /* stimecmp works */
	bool guest_sstc; /* so does vstimecmp, and the guest sees its interrupt */
	bool henvcfg; /* the CSR exists */
	bool senvcfg; /* the CSR exists */
	bool hstateen; /* hstateen0 exists */
	bool fpu; /* F and D */
	bool counters; /* cycle and instret can be read */
	bool unswitched; /* guests can write CSRs beside those of a vCPU: riscv/unswitched.h */
	bool open_siselect; /* vsiselect exists, and no hstateen0 keeps guests from it */
	bool imsic; /* its interrupt file takes kicks */
	bool sv39x4; /* second-stage translation */
	uint16_t cboz_block; /* bytes that cbo.zero clears, a power of two; 0: it does not work */
	uint16_t vlenb; /* bytes of a vector register, a power of two; 0: no vectors for guests */
	uint16_t vmid_mask; /* the largest VMID; 0: every change of vCPU flushes */
	uint64_t henvcfg_bits; /* of henvcfg: what is set when a vCPU starts */
	uint64_t fwft; /* the bits there that a guest may change by FWFT */
};

struct hart {
	/* constant after boot */
	uint64_t id; /* the firmware's hart id */
	unsigned index; /* 0 ... nr_harts - 1, no holes */
	/*
	 * atomic: set once this hart is up; here it fills a hole, and the whole is 256 bytes: an
	 * index is a shift
	 */
	uint32_t online;
	uint64_t fault_sp; /* top of the stack for traps from HS-mode */
	struct thread *idle;
	struct rq *rq; /* its run queue */
	/* its interrupt file, where a store kicks it; NULL: the firmware does */
	volatile uint32_t *imsic;
	struct caps caps;
	/* touched by this hart only */
	struct thread *current;
	struct vcpu *loaded; /* whose VS-mode CSRs and FP registers are in the hart, or NULL */
	struct held_locks held;
	uint64_t timer_set; /* what the host timer was last set to */
	/* whom hart_kick() has noted, a bit for each index; ours says that it does; 0: it kicks */
	uint64_t gathered;
} __attribute__((aligned(64)));

extern struct hart harts[MAX_HARTS];
extern unsigned nr_harts; /* constant after boot */
extern uint64_t timebase; /* ticks per second of time_now(); constant after boot */

/*
 * The hart this code runs on. A thread may continue on another one after it sleeps: do not keep the
 * answer over a sleep.
 */
static inline struct hart *this_hart(void)
{
	register struct hart *tp __asm__("tp");

	__asm__ volatile("" : "=r"(tp));
	return tp;
}

/*
 * Take note of a kick. What it announced is read after this: a CSR write is ordered before later
 * loads only by a fence with i/o, and a kick between the two would be lost.
 */
void hart_kick_taken(void);

/*
 * A device of the host interrupts this hart, which has no IMSIC. May be called wherever a kick is
 * taken; no lock held. dev/ defines it.
 */
void host_interrupt(void);
/* SIP_SEIP if devices of the host interrupt harts, else 0. Constant after boot. */
extern uint64_t host_interrupts;

/*
 * Make the hart with that index look: an interrupt, from its IMSIC or by the firmware unless it is
 * our own. Never blocks.
 */
void hart_kick(unsigned index);

/*
 * Between the two, hart_kick() may wait for the second, which sends the kicks of several harts with
 * one call of the firmware. Nothing between may wait for a kicked hart or let another thread run.
 */
void hart_kicks_gather(void);
void hart_kicks_send(void);

#endif
