/* SPDX-License-Identifier: MIT */
/* keeper.h - the thread per VM that boots it, reboots it and wakes it from a system suspend. */
#ifndef VM_KEEPER_H
#define VM_KEEPER_H

#include "lib/types.h"

struct vm;

/* Load and boot @vm for the first time. */
void keeper_start(struct vm *vm);
/* Something about the VM has changed that its keeper must look at. Any context, no spinlock of rank >= RANK_THREAD held. */
void keeper_notify(struct vm *vm);

#endif
