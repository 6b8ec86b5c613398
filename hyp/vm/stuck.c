/* SPDX-License-Identifier: MIT */
/*
 * stuck.c - a vCPU whose trap handler traps at its first instruction, again and again. Contracts
 * are in stuck.h.
 *
 * A real hart does that, too, and burns until somebody turns the machine off. Here it goes on like
 * that as well, since another vCPU could mend the page tables, but it is reported; and when no vCPU
 * is left that could, the VM has failed.
 *
 * Optional room: stuck, 70 lines. Needs walk.
 */
#include "vm/stuck.h"

#include "lib/atomic.h"
#include "lib/log.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "vm/life.h"
#include "vm/vcpu.h"
#include "vm/vm.h"
#include "vm/walk.h"

/*
 * The last trap was that of the instruction at the pc, and the pc is where that trap has led.
 * Nothing was executed in between, so nothing but memory can have changed; and that is still as
 * bad. Interrupts, which could lead elsewhere, are off.
 */
static bool cannot_go_on(const struct vcpu *v)
{
	uint64_t pc = v->frame->sepc, vsstatus = csr_read(vsstatus), cause = csr_read(vscause), pte;
	uint32_t insn;
	gpaddr_t gpa;

	if (pc != (csr_read(vstvec) & ~3UL) || pc != csr_read(vsepc) ||
	    !(csr_read(sstatus) & SSTATUS_SPP) ||
	    (vsstatus & (SSTATUS_SPP | SSTATUS_SIE)) != SSTATUS_SPP)
		return false;
	/* Hardware may leave vstval 0: then only an instruction of zeros is sure. */
	if (cause == EXC_ILLEGAL)
		return guest_fetch(pc, &insn) && insn == csr_read(vstval);
	if (cause != EXC_FETCH_PAGE && cause != EXC_FETCH_ACCESS)
		return false;
	return !guest_fetch(pc, &insn) ||
	       (guest_walk(v, pc, &gpa, &pte) == WALK_MAPPED && (pte & (PTE_X | PTE_U)) != PTE_X);
}

/*
 * Are all vCPUs that are not STOPPED stuck? *@since: when the one looked at longest ago was seen
 * so.
 */
static bool all_stuck(const struct vm *vm, uint64_t *since)
{
	unsigned n = 0;

	*since = time_now();
	for (unsigned i = 0; i < vm->nr_vcpus; i++) {
		uint64_t at = atomic_load_relaxed(&vm->vcpus[i].stuck_at);

		if (at) {
			*since = MIN(*since, at);
			n++;
		}
	}
	/*
	 * A vCPU that starts another one is counted until it has stopped itself: nobody slips
	 * through. Acquire: pairs with the count that mp_stopped() takes back, after
	 * stuck_no_more().
	 */
	return n == atomic_load_acquire(&vm->mp.live);
}

void stuck_no_more(struct vcpu *self)
{
	atomic_store_relaxed(&self->stuck_at, 0UL);
	atomic_store_relaxed(&self->vm->all_stuck_at, 0UL);
}

void stuck_check(struct vcpu *self)
{
	struct vm *vm = self->vm;
	uint64_t was = self->stuck_at, since, all;

	if (!cannot_go_on(self)) {
		if (was)
			stuck_no_more(self);
		return;
	}
	atomic_store_relaxed(&self->stuck_at, time_now());
	if (!was)
		log_error("%s: vCPU %u is stuck: its trap handler at 0x%lx traps at once "
			  "(scause %lu, stval 0x%lx)", vm->name, self->mp.index, self->frame->sepc,
			  csr_read(vscause), csr_read(vstval));
	all = atomic_load_relaxed(&vm->all_stuck_at);
	if (!all_stuck(vm, &since)) {
		atomic_store_relaxed(&vm->all_stuck_at, 0UL);
	} else if (!all) {
		atomic_store_relaxed(&vm->all_stuck_at, time_now());
	} else if (since > all) {
		/*
		 * Each was seen stuck again after all were: what one did last for another has had
		 * its effect.
		 */
		log_error("%s: no other vCPU runs that could help; ending the VM", vm->name);
		vcpu_act(self, mp_system_reset(&vm->mp, &self->mp, SRST_SHUTDOWN, SRST_FAILURE));
	}
}
