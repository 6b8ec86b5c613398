/* SPDX-License-Identifier: MIT */
/* vm.h - stands in for hyp/vm/vm.h: what of a vCPU and a VM concerns the scheduler and the start and end of a life. */
#ifndef VM_VM_H
#define VM_VM_H

#include "mp/mp.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/trace.h"

struct guest_frame {
	uint64_t nothing;
};

struct vm;

struct vcpu {
	struct mp_vcpu mp;
	struct thread thread;
	struct vm *vm;
	struct vcpu *frame; /* of the guest: live_a_life() needs no more than to know who it is */
	int timer;
	uint64_t stuck_at; /* always 0: guests here have no trap handlers */
};

struct vm {
	struct mp_vm mp;
	unsigned nr_vcpus;
	struct vcpu *vcpus;
};

static inline struct vcpu *vcpu_of(struct mp_vcpu *mp)
{
	return CONTAINER_OF(mp, struct vcpu, mp);
}

static inline void stuck_no_more(struct vcpu *v UNUSED)
{
}

long vcpu_act(struct vcpu *self, struct mp_result r);
void vcpu_attend(struct vcpu *v);
void vcpu_checkpoint(struct vcpu *self);
void sched_guest_left(struct vcpu *v, bool ended);
void sched_guest_in(struct vcpu *v);
NORETURN void vcpu_stop(struct vcpu *self);
void vcpu_wait(struct vcpu *v, bool or_agent);
void sched_guest_out(struct vcpu *v);

#endif
