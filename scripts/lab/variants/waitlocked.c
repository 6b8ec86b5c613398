/* SPDX-License-Identifier: MIT */
/*
 * waitlocked.c - LOCKING=waitlocked, WRONG on purpose: SYSTEM_RESET waits for all others to stop
 * while it holds vm->lock.
 *
 * One of them waits for that mutex, and is not stopped.
 */
#include "lib/atomic.h"
#include "mp/step.h"
#include "port/port.h"

bool is_sound(void)
{
	return false;
}

struct mp_result mp_system_reset(struct mp_vm *vm, struct mp_vcpu *self, uint32_t type,
				 uint32_t reason)
{
	struct mp_result r = result(MP_OK, MP_QUIESCE, NULL);
	struct port_wait w = { .what = "quiet of the VM", .on = vm };

	mutex_lock(&vm->lock);
	if (phase_is_final(vm)) {
		r.action = self ? MP_CHECKPOINT : MP_NOTHING;
	} else {
		vm->reset_type = type;
		vm->reset_reason = reason;
		set_phase(vm, MP_RESETTING, NULL);
		RACE_POINT(reset_committed);
		while (atomic_load_acquire(&vm->live) > (self ? 1 : 0))
			port_relax(&w);
	}
	mutex_unlock(&vm->lock);
	return r;
}
