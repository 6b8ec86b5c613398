/* SPDX-License-Identifier: MIT */
/*
 * steal.h - the time that a vCPU waited for a hart, in the guest's memory. SBI 3.0 chapter 16.
 *
 * Optional room: sta, 10 lines.
 */
#ifndef VM_STEAL_H
#define VM_STEAL_H

#include "lib/types.h"

struct vcpu;

#define STEAL_SIZE 64 /* bytes there, at a multiple of it */

/*
 * Show it at @gpa, STEAL_SIZE bytes in the VM's RAM, from 0 on; they are cleared first. 0: show it
 * no more. By the vCPU itself.
 */
void steal_show_at(struct vcpu *v, gpaddr_t gpa);

#endif
