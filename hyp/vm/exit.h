/* SPDX-License-Identifier: MIT */
/* exit.h - why the guest left. */
#ifndef VM_EXIT_H
#define VM_EXIT_H

#include "riscv/frame.h"

/* The first three are called from trap.S, right after the trap; they may sleep. */

/* Any trap but those that have a function of their own: @cause as in scause. */
void trap_from_guest(struct guest_frame *f, uint64_t cause);
/* Returns the instruction if it is one for guest_counter_read(), else 0: all is done. */
uint64_t guest_virtual_instruction(struct guest_frame *f);
/* Emulate @insn, which the function above has returned. */
void guest_counter_read(struct guest_frame *f, uint64_t insn, struct live_regs *live);
/* Make the guest take exception @cause at its current instruction, in VS-mode. */
void inject_exception(struct vcpu *v, uint64_t cause, uint64_t tval);

#endif
