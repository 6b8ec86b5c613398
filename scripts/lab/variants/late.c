/* SPDX-License-Identifier: MIT */
/*
 * late.c - LOCKING=late, WRONG on purpose: HART_START publishes START_PENDING first and writes the
 * entry point later, outside the target's lock.
 *
 * Whoever starts at the sight of the state reads an entry point that nobody has written yet.
 */
#include "lib/atomic.h"
#include "mp/mp_table.h"
#include "mp/step.h"

bool is_sound(void)
{
	return false;
}

void claim(struct mp_vcpu *t, uint64_t pc, uint64_t arg)
{
	atomic_store_relaxed(&t->irq_posted, 0UL);
	atomic_fetch_add(&t->vm->live, 1U);
	mp_set(t, MP_START_PENDING);
	spin_unlock(&t->lock);
	set_entry(t, pc, arg);
	spin_lock(&t->lock);
}
