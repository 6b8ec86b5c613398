/* SPDX-License-Identifier: MIT */
/*
 * state.h - all that a hart can see of itself, as its first instruction
 * found it: at boot, after HART_START, after a resume.
 */
#ifndef GUEST_TEST_STATE_H
#define GUEST_TEST_STATE_H

/*
 * The control and status registers of S- and U-mode: name, number. A trap
 * writes the first five, so they are read first; the others may be absent.
 */
#define STATE_TRAP_CSRS(X)						\
	X(sstatus, 0x100) X(stvec, 0x105) X(sepc, 0x141)		\
	X(scause, 0x142) X(stval, 0x143)
#define STATE_CSRS(X)							\
	X(sie, 0x104) X(scounteren, 0x106) X(senvcfg, 0x10a)		\
	X(sstateen0, 0x10c) X(sscratch, 0x140) X(sip, 0x144)		\
	X(stimecmp, 0x14d) X(siselect, 0x150) X(satp, 0x180)		\
	X(scountovf, 0xda0) X(stopi, 0xdb0) X(time, 0xc01)		\
	X(fcsr, 0x003)

/* For a register that traps, and for the one that taking a snapshot costs. */
#define STATE_ABSENT	0x0ab5e470ab5e470a

#define S_X		0		/* x0 (holds 0) to x31 */
#define S_F		(32 * 8)	/* f0 to f31 */
#define S_CSR		(64 * 8)

#ifndef __ASSEMBLER__
#include "types.h"

#define STATE_FIELD(name, number) u64 name;
struct state {
	u64 x[32], f[32];
	STATE_TRAP_CSRS(STATE_FIELD)
	STATE_CSRS(STATE_FIELD)
};

/* Of the boot hart; taken always. */
extern struct state boot_state;

/* The next hart that enters at one of hart.h's entries fills it, once. */
extern struct state *state_wanted;
#endif

#endif
