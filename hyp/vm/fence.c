/* SPDX-License-Identifier: MIT */
/*
 * fence.c - remote fences between the vCPUs of a VM.
 *
 * Each vCPU has two counters: fence_asked and fence_done. A vCPU that runs is kicked and the caller
 * waits for its hart to catch up; one that does not run catches up when it is next loaded, so
 * nobody waits for it (H31). A vCPU that starts begins with a full local fence, so a stopped one
 * needs nothing either (H29).
 *
 * Optional room: rfence, 100 lines.
 */
#include "vm/fence.h"

#include "lib/atomic.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

void fence_wake_waiters(struct vcpu *v)
{
	uint64_t who;

	if (!atomic_load_relaxed(&v->fence_waiters))
		return;
	who = atomic_swap(&v->fence_waiters, 0);
	for (unsigned i = 0; i < nr_harts; i++)
		if (who & 1UL << i)
			hart_kick(i);
}

void fence_attend(struct vcpu *v)
{
	/*
	 * Acquire: the page-table writes that made the asker ask are visible to the walks after the
	 * fence.
	 */
	uint64_t asked = atomic_load_acquire(&v->fence_asked);

	if (asked == v->fence_done)
		return;
	fence_self();
	/* Release: done only once the fence is. Pairs with caught_up(). */
	atomic_store_release(&v->fence_done, asked);
	atomic_fence();
	fence_wake_waiters(v);
}

/* The current thread's vCPU, or NULL if nobody can ask it for fences: it is none, or alone. */
static struct vcpu *current_vcpu(void)
{
	struct vcpu *v = this_hart()->current ? this_hart()->current->vcpu : NULL;

	return v && v->vm->nr_vcpus > 1 ? v : NULL;
}

struct vcpu *fence_leave(void)
{
	struct vcpu *v = current_vcpu();

	if (!v)
		return NULL;
	/*
	 * Release: what the guest has done before is seen by whoever sees this. Pairs with
	 * caught_up().
	 */
	atomic_store_release(&v->fence_away, 1U);
	atomic_fence(); /* as in finish_switch() */
	fence_wake_waiters(v);
	return v;
}

void fence_return(struct vcpu *v)
{
	if (!v)
		return;
	atomic_store_relaxed(&v->fence_away, 0U);
	/*
	 * Pairs with fence_vcpus(), as switch_away(): it sees that we are back, or we see what it
	 * asks.
	 */
	atomic_fence();
	fence_attend(v);
}

/*
 * Has @v fenced up to @ticket, or left the hart or the guest (then it will before it is back in
 * there)?
 */
static bool caught_up(struct vcpu *v, uint64_t ticket)
{
	return (int64_t)(atomic_load_acquire(&v->fence_done) - ticket) >= 0 ||
	       !atomic_load_acquire(&v->thread.on_hart) || atomic_load_acquire(&v->fence_away);
}

/*
 * Wait for a *hart*, which runs with interrupts off in bounded sections only. Two harts may wait
 * for each other, so each keeps doing what it is asked meanwhile; WFI instead of spinning, because
 * the other hart may need the host's processor.
 */
static void wait_for(struct vcpu *self, struct vcpu *v, uint64_t ticket)
{
	uint64_t me = 1UL << this_hart()->index;

	while (!caught_up(v, ticket)) {
		hart_kick_taken();
		atomic_fetch_or(&v->fence_waiters, me);
		fence_attend(self);
		if (caught_up(v, ticket))
			break;
		__asm__ volatile("wfi" : : : "memory");
	}
	/* We may have swallowed a kick meant for something else. */
	csr_set(sip, SIP_SSIP);
}

void fence_vcpus(struct vcpu *self, uint64_t mask)
{
	uint64_t ticket[MP_MAX_VCPUS], wait = 0, several = mask & (mask - 1);

	if (several)
		hart_kicks_gather();
	for (unsigned i = 0; i < self->vm->nr_vcpus; i++) {
		struct vcpu *v = &self->vm->vcpus[i];
		struct hart *on;

		if (!(mask & 1UL << i) || v == self)
			continue;
		/*
		 * amo, then fence: pairs with switch_away() - we see it on a hart or its load sees
		 * the request.
		 */
		ticket[i] = atomic_fetch_add(&v->fence_asked, 1) + 1;
		atomic_fence();
		on = atomic_load_relaxed(&v->thread.on_hart);
		if (!on)
			continue;
		wait |= 1UL << i;
		hart_kick(on->index);
	}
	if (several)
		hart_kicks_send();
	if (mask & 1UL << self->mp.index)
		fence_self();
	for (unsigned i = 0; wait; i++, wait >>= 1)
		if (wait & 1)
			wait_for(self, &self->vm->vcpus[i], ticket[i]);
}
