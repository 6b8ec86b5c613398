/* SPDX-License-Identifier: MIT */
/*
 * life.c - the life of a vCPU as a thread. Contracts are in life.h; the decisions are made in mp/.
 *
 * Pure C: what of a vCPU is in the hart is vcpu.c's business, fence.c's and irq.c's.
 */
#include "vm/life.h"

#include "lib/ensure.h"
#include "lib/log.h"
#include "port/port.h"
#include "sched/trace.h"
#include "vm/fence.h"
#include "vm/irq.h"
#include "vm/keeper.h"
#include "vm/stuck.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* ---- Start and stop ------------------------------------------------------------ */

/* The first thing a launched vCPU's thread does. */
static void vcpu_main(void *arg)
{
	struct vcpu *v = arg;
	uint64_t pc, opaque;

	mp_started(&v->mp, &pc, &opaque);
	vcpu_checkpoint(v);
	log_debug("started at 0x%lx, a1 0x%lx", pc, opaque);
	vcpu_set_entry(v, pc, opaque);
	guest_first_entry(v->frame);
}

void vcpu_stop(struct vcpu *self)
{
	log_debug("stops"); /* not later: who asks for its state waits for the end of this stop */
	timer_cancel(&self->timer); /* H33: nothing may wake a stopped vCPU */
	if (self->stuck_at)
		stuck_no_more(self);
	mp_hart_stop(&self->mp);
	sched_exit();
}

void vcpu_checkpoint(struct vcpu *self)
{
	if (mp_must_stop(&self->mp))
		vcpu_stop(self);
	if (self->steal_at)
		steal_show(self); /* a suspend may be over */
}

void sched_guest_left(struct vcpu *v, bool ended)
{
	fence_wake_waiters(v);
	/* After this call another hart may start it afresh. */
	if (!ended)
		return;
	if (mp_stopped(&v->mp).action == MP_SETTLE)
		keeper_notify(v->vm);
	RACE_EVENT(v, stopped);
}

static NOINLINE void launch(struct vcpu *v)
{
	vcpu_reset(v);
	sched_launch(&v->thread, vcpu_main, v, sizeof(struct guest_frame));
	log_debug("v%u: START_PENDING", v->mp.index);
	RACE_POINT(start_launched);
}

/* What ends in a stop: of @self, or of all. */
static NOINLINE void act_to_stop(struct vcpu *self, enum mp_action action)
{
	if (action == MP_QUIESCE)
		for (unsigned i = 0; i < self->vm->nr_vcpus; i++)
			if (&self->vm->vcpus[i] != self)
				sched_notify(&self->vm->vcpus[i].thread);
	vcpu_stop(self);
}

long vcpu_act(struct vcpu *self, struct mp_result r)
{
	if (r.action == MP_LAUNCH)
		launch(vcpu_of(r.target));
	else if (r.action == MP_WAKE)
		sched_notify(&vcpu_of(r.target)->thread);
	/* for the latter the caller sleeps in its own way */
	else if (r.action != MP_NOTHING && r.action != MP_SLEEP)
		act_to_stop(self, r.action);
	return r.error;
}

/* ---- What comes from outside, and sleep ------------------------------------------ */

void vcpu_attend(struct vcpu *v)
{
	vcpu_checkpoint(v);
	fence_attend(v);
	irq_merge(v);
	sched_preempt();
	vcpu_trap_wfi();
}

void vcpu_wait(struct vcpu *v, bool or_agent)
{
	ENSURE(!port_held_by_thread()->n); /* L4 */
	while (!mp_must_stop(&v->mp) && !irq_pending(v) && !(or_agent && mp_wake_asked(&v->mp))) {
		irq_watch_timer(v);
		port_park();
	}
	irq_unwatch_timer(v);
}
