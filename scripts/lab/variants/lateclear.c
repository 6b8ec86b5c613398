/* SPDX-License-Identifier: MIT */
/*
 * lateclear.c - LOCKING=lateclear, WRONG on purpose: a started vCPU clears its pending interrupts
 * itself, at its first entry.
 *
 * What was sent to it after the start had succeeded, and before it got there, is lost.
 */
#include "lib/atomic.h"
#include "mp/mp_table.h"
#include "mp/step.h"
#include "port/port.h"

bool is_sound(void)
{
	return false;
}

void claim(struct mp_vcpu *t, uint64_t pc, uint64_t arg)
{
	set_entry(t, pc, arg);
	atomic_fetch_add(&t->vm->live, 1U);
	mp_set(t, MP_START_PENDING);
}

void mp_started(struct mp_vcpu *self, uint64_t *pc, uint64_t *arg)
{
	spin_lock(&self->lock);
	atomic_store_relaxed(&self->irq_posted, 0UL);
	mp_set(self, MP_STARTED);
	get_entry(self, pc, arg);
	spin_unlock(&self->lock);
	RACE_POINT(started);
}
