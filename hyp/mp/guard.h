/* SPDX-License-Identifier: MIT */
/*
 * guard.h - what keeps a START from slipping into a SYSTEM_SUSPEND: the seam where the variants of LOCKING= differ.
 *
 * One guard_*.c is linked; mp.c is the same for all of them and calls these functions where a variant may differ.
 *   mutex  vm->lock around both: correct, and what Dormouse is.
 *   none   nothing: each state under its own lock, as Linux KVM does it. The race of locking chapter 1.
 *   flag   a "suspend in progress" flag that START looks at: the first patch proposed for KVM.
 * The annotations state the protocol. A variant that does not follow it is one that clang -Wthread-safety rejects.
 */
#ifndef MP_GUARD_H
#define MP_GUARD_H

#include "mp/mp.h"

/*
 * Does the variant promise that a VM is never suspended while another vCPU is not stopped? Only then is a breach of that a
 * fault of ours (ENSURE); otherwise it is the lesson, and for the guest to observe.
 */
extern const bool guard_is_sound;

/* Around HART_START: from before its first look at the VM until after the target's state has changed. May sleep. */
void guard_start_enter(struct mp_vm *vm) ACQUIRES(vm->lock);
void guard_start_leave(struct mp_vm *vm) RELEASES(vm->lock);

/* Inside it, with the target's lock held: must this start fail, stopped target or not? */
bool guard_start_refused(const struct mp_vm *vm);

/* Around SYSTEM_SUSPEND: the scan of all other vCPUs and the change that follows. May sleep. @done: it was not denied. */
void guard_suspend_enter(struct mp_vm *vm) ACQUIRES(vm->lock);
void guard_suspend_leave(struct mp_vm *vm, bool done) RELEASES(vm->lock);

/* A vCPU of @vm is about to run guest code after a start or a suspend. No lock held. */
void guard_vcpu_runs(struct mp_vm *vm);

#endif
