/* SPDX-License-Identifier: MIT */
/* keeper.h - the thread per VM that boots it, reboots it and wakes it from a system suspend. */
#ifndef VM_KEEPER_H
#define VM_KEEPER_H

#include "lib/types.h"

struct vm;

/* Load and boot @vm for the first time. */
void keeper_start(struct vm *vm);
/*
 * Something about the VM has changed that its keeper must look at. Any context, no spinlock of rank
 * >= RANK_THREAD held.
 */
void keeper_notify(struct vm *vm);

/* ---- What the keeper asks of the VM's console, which vm/ does not know: dev/console.c ---- */
/* Has a key been typed for @vm? It stays there for the next read. */
bool console_key_waiting(struct vm *vm);

/* @vm has ended: its keys are nobody's, and another VM gets the focus. */
void console_vm_ended(struct vm *vm);

/* Fetch what has been typed, and show prompts, for whomever: when no guest may be asking. */
void console_poll(void);

#endif
