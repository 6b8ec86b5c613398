/* SPDX-License-Identifier: MIT */
/*
 * allidx.c - LOCKING=allidx, WRONG on purpose: no vm->lock: SYSTEM_SUSPEND takes every vCPU's lock,
 * in the order of their numbers.
 *
 * That is right for START and SUSPEND among vCPUs. The price: interrupts off for as long as there
 * are vCPUs; and the phase is guarded by nothing, so a reset and an outside agent still come in
 * between.
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

	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		spin_lock(&vm->vcpus[i]->lock);
	r = decide(self, pc, arg);
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		spin_unlock(&vm->vcpus[i]->lock);
	return r;
}
