/* SPDX-License-Identifier: MIT */
/*
 * allown.c - LOCKING=allown, WRONG on purpose: no vm->lock: SYSTEM_SUSPEND takes every vCPU's lock,
 * its own first.
 *
 * Two that do it at once each hold what the other waits for.
 */
#include "unlocked.h"

static struct mp_result decide(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_vm *vm = self->vm;

	if (phase_is_final(vm))
		return result(MP_OK, MP_CHECKPOINT, NULL);
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i] != self && mp_get(vm->vcpus[i]) != MP_STOPPED)
			return result(MP_ERR_DENIED, MP_NOTHING, NULL);
	set_phase(vm, MP_SUSPENDED_VM, self);
	mp_set(self, MP_SUSPEND_PENDING);
	set_entry(self, pc, arg);
	mp_set(self, MP_SUSPENDED);
	return result(MP_OK, MP_SLEEP, NULL);
}

struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_vm *vm = self->vm;
	struct mp_result r;

	spin_lock(&self->lock);
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i] != self)
			spin_lock(&vm->vcpus[i]->lock);
	r = decide(self, pc, arg);
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		spin_unlock(&vm->vcpus[i]->lock);
	return r;
}
