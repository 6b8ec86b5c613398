/* SPDX-License-Identifier: MIT */
/*
 * life.h - a vCPU as a thread: its start and end, its sleep, and what it passes in between.
 *
 * Pure C over mp/, sched/ and the rest of vm/: the explorer compiles life.c as it is. It also
 * defines the scheduler's hook sched_guest_left().
 */
#ifndef VM_LIFE_H
#define VM_LIFE_H

#include "lib/types.h"
#include "mp/mp.h"

struct vcpu;

/*
 * Carry out what an mp operation of @self decided (struct mp_result); of the VM's keeper (NULL),
 * where it is MP_LAUNCH or MP_WAKE. Returns its SBI error; for MP_QUIESCE and MP_CHECKPOINT it does
 * not return.
 */
long vcpu_act(struct vcpu *self, struct mp_result r);
/* Pass a checkpoint: stop here, for good, if the VM is resetting or dead. */
void vcpu_checkpoint(struct vcpu *self);
/* HART_STOP's second half, and a checkpoint's: leave the hart; the scheduler publishes STOPPED. */
NORETURN void vcpu_stop(struct vcpu *self);
/* A kick or a tick arrived in the guest: look at everything that could have been posted. */
void vcpu_attend(struct vcpu *v);
/*
 * Sleep until an interrupt is pending and enabled, or an agent asks a system-suspended VM to wake
 * (@or_agent), or the VM resets: the caller passes a checkpoint after this.
 */
void vcpu_wait(struct vcpu *v, bool or_agent);

#endif
