/* SPDX-License-Identifier: MIT */
/*
 * steal.c - the time that a vCPU waited for a hart, shown in the guest's memory. Contracts are in
 * steal.h and vcpu.h.
 *
 * What is shown is right whenever the guest runs: it is written when the vCPU is loaded, and when
 * a suspend is over. That of a vCPU that waits lags. Nothing is written while the vCPU is not
 * STARTED: not over a suspend, and not when its stop has begun. A reset loads the VM's memory when
 * all of them have stopped.
 *
 * Optional room: sta, 45 lines.
 */
#include "vm/steal.h"

#include "lib/atomic.h"
#include "riscv/mmu.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* As the guest sees it; it may write there, too. The rest is 0. */
struct shown {
	uint32_t sequence; /* odd while the rest changes */
	uint32_t flags;
	uint64_t steal; /* ns */
};

void steal_show_at(struct vcpu *v, gpaddr_t gpa)
{
	if (gpa)
		vm_write(v->vm, gpa, NULL, STEAL_SIZE);
	v->steal_from = v->steal_shown = v->thread.waited;
	v->steal_at = gpa;
}

void steal_show(struct vcpu *v)
{
	uint64_t ticks = v->thread.waited - v->steal_from;
	struct shown *s;
	uint32_t odd;

	if (v->steal_shown == v->thread.waited || mp_must_stop(&v->mp) || !mp_is_started(&v->mp))
		return;
	v->steal_shown = v->thread.waited;
	s = vm_window(v->vm, v->steal_at, STEAL_SIZE);
	odd = atomic_load_relaxed(&s->sequence) | 1;
	atomic_store_relaxed(&s->sequence, odd);
	atomic_fence(); /* others of the VM may read it */
	s->steal = ticks / timebase * 1000000000 + ticks % timebase * 1000000000 / timebase;
	atomic_store_release(&s->sequence, odd + 1);
	window_close();
}
