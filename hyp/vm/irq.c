/* SPDX-License-Identifier: MIT */
/*
 * irq.c - interrupts and time as a guest sees them. hvip holds what we make pending.
 *
 * With Sstc the guest's own compare register keeps its time and we have nothing to do; without,
 * v->deadline does and a timer of ours looks after it.
 */
#include "vm/irq.h"

#include "lib/atomic.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

void irq_post(struct vcpu *v, uint64_t bits)
{
	mp_post_irq(&v->mp, bits);
	sched_notify(&v->thread);
}

static NOINLINE void show_external(struct vcpu *v)
{
	v->external_shown ^= 1;
	if (v->external_shown)
		csr_set(hvip, HVIP_VSEIP);
	else
		csr_clear(hvip, HVIP_VSEIP);
}

void irq_merge(struct vcpu *v)
{
	uint64_t bits = mp_take_irqs(&v->mp);

	if (!common_caps.guest_sstc && v->deadline <= time_now()) {
		/* it fires once; the bit stays until the guest sets the timer again */
		v->deadline = TIME_NEVER;
		bits |= HVIP_VSTIP;
	}
	if (bits)
		csr_set(hvip, bits);
	/* pairs with the store in plic.c, and the fence behind it */
	if (atomic_load_relaxed(&v->external) != v->external_shown)
		show_external(v);
}

bool irq_pending(struct vcpu *v)
{
	irq_merge(v);
	/*
	 * hip and hie, not their aliases vsip and vsie: QEMU 7.2 leaves the Sstc timer out of the
	 * former.
	 */
	return csr_read(hip) & csr_read(hie) & HVIP_ALL;
}

/* Guest to host time; what lies beyond the end of time is never. */
static uint64_t host_time(const struct vcpu *v, uint64_t guest_time)
{
	uint64_t boot = -v->vm->time_delta;

	return guest_time > TIME_NEVER - boot ? TIME_NEVER : guest_time + boot;
}

/* The timer of a guest whose hart has no compare register for it. */
static NOINLINE void set_deadline(struct vcpu *v, uint64_t guest_time)
{
	csr_clear(hvip, HVIP_VSTIP);
	v->deadline = host_time(v, guest_time);
	timer_arm(&v->timer, v->deadline > time_now() ? v->deadline : TIME_NEVER);
	irq_merge(v);
}

void irq_set_timer(struct vcpu *v, uint64_t guest_time)
{
	/* All-ones is special to some models: one less is just as far away. */
	if (common_caps.guest_sstc)
		csr_write(CSR_VSTIMECMP, MIN(guest_time, TIME_NEVER - 1));
	else
		set_deadline(v, guest_time);
}

void irq_watch_timer(struct vcpu *v)
{
	if (!common_caps.guest_sstc)
		return;
	timer_arm(&v->timer,
		  csr_read(hie) & HVIP_VSTIP ? host_time(v, csr_read(CSR_VSTIMECMP)) : TIME_NEVER);
}

void irq_unwatch_timer(struct vcpu *v)
{
	if (common_caps.guest_sstc)
		timer_cancel(&v->timer);
}
