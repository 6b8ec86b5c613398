/* SPDX-License-Identifier: MIT */
/*
 * irq.h - interrupts and time as the guest sees them. The vCPU is loaded on this hart unless noted.
 */
#ifndef VM_IRQ_H
#define VM_IRQ_H

#include "lib/types.h"

struct vcpu;

/* Post HVIP_* bits to any vCPU, loaded or not, and make it notice. */
void irq_post(struct vcpu *v, uint64_t bits);
/* Merge what was posted, and a due timer, into hvip. */
void irq_merge(struct vcpu *v);
/* Is an interrupt pending and enabled in vsie (whatever vsstatus.SIE says)? */
bool irq_pending(struct vcpu *v);
/*
 * Set the guest's timer: @guest_time in guest ticks, UINT64_MAX: never. Clears or raises the
 * pending bit at once.
 */
void irq_set_timer(struct vcpu *v, uint64_t guest_time);
/*
 * Around a sleep of @v: let its thread be notified when the guest's timer fires, if the guest has
 * that interrupt enabled. Without Sstc both do nothing: the thread is notified at the time the
 * guest has set, asleep or not.
 */
void irq_watch_timer(struct vcpu *v);
void irq_unwatch_timer(struct vcpu *v);

#endif
