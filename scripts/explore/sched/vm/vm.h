/* SPDX-License-Identifier: MIT */
/* vm.h - stands in for hyp/vm/vm.h: what the scheduler calls when a vCPU comes and goes. */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/sched.h"
#include "vm/trace.h"

struct vcpu {
	struct thread thread;
};

void vcpu_load(struct vcpu *v);
void vcpu_save(struct vcpu *v);
void vcpu_left_hart(struct vcpu *v, bool ended);

#endif
