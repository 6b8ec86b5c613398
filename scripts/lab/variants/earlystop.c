/* SPDX-License-Identifier: MIT */
/*
 * earlystop.c - LOCKING=earlystop, WRONG on purpose: HART_STOP publishes STOPPED itself, while its
 * context is still on the hart.
 *
 * Somebody starts the vCPU elsewhere: two harts use one context.
 */
#include "lib/atomic.h"
#include "mp/mp_table.h"
#include "mp/step.h"
#include "port/port.h"

bool is_sound(void)
{
	return false;
}

void mp_hart_stop(struct mp_vcpu *self)
{
	spin_lock(&self->lock);
	mp_set(self, MP_STOP_PENDING);
	mp_set(self, MP_STOPPED);
	atomic_fetch_sub(&self->vm->live, 1U);
	spin_unlock(&self->lock);
	RACE_POINT(stop_published);
}

struct mp_result mp_stopped(struct mp_vcpu *v)
{
	return result(MP_OK, atomic_load_acquire(&v->vm->live) ? MP_NOTHING : MP_SETTLE, NULL);
}
