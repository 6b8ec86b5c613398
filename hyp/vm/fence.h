/* SPDX-License-Identifier: MIT */
/* fence.h - remote fences between the vCPUs of a VM. */
#ifndef VM_FENCE_H
#define VM_FENCE_H

#include "lib/types.h"

struct vcpu;

/* fence.i and/or hfence.vvma on every vCPU in @mask (bit i: vCPU i), done when it returns. */
void fence_vcpus(struct vcpu *self, uint64_t mask);
/* Do what was asked of the loaded vCPU @v. */
void fence_attend(struct vcpu *v);
/* Make the harts look that wait for fences of @v. */
void fence_wake_waiters(struct vcpu *v);
/*
 * Around a call of the firmware that may take long, by whatever thread: nobody waits meanwhile for
 * fences of the vCPU that this thread is, if it is one. It makes them good before its guest goes
 * on. Between the two nothing may use the guest's translations. The second gets what the first
 * returns.
 */
struct vcpu *fence_leave(void);
void fence_return(struct vcpu *v);

#endif
