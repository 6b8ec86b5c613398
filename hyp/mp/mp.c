/* SPDX-License-Identifier: MIT */
/*
 * mp.c - who may run: the operations on the run state of a VM's vCPUs.
 *
 * Takes vm->lock (to move another vCPU, or to rely on one staying stopped) outside vcpu->lock (any
 * change of one vCPU), never two of the latter. After taking vm->lock the phase is looked at again;
 * nothing read before counts. Nobody waits for another vCPU with vm->lock held. Calls nothing
 * outside mp/, lock/, port/ and lib/: the caller acts on the mp_result. SBI 3.0 chapters 9 (HSM),
 * 10 (SRST) and 13 (SUSP). Rules and reasons: hyp/lock/README.md.
 */
#include "mp/mp.h"

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "mp/mp_table.h"
#include "mp/step.h"
#include "port/port.h"

/* ---- Guarded fields: each accessor names the lock that its object needs ---- */

/*
 * The relaxed accesses below are ordered by vm->lock. They are atomic for mp_phase_hint() and for
 * the wrong variants.
 */
STEP enum mp_phase phase(const struct mp_vm *vm) MUST_HOLD(vm->lock)
{
	return (enum mp_phase)atomic_load_relaxed(&vm->phase_);
}

STEP void set_phase(struct mp_vm *vm, enum mp_phase to, struct mp_vcpu *suspender)
	MUST_HOLD(vm->lock)
{
	/*
	 * Every change of phase starts afresh: a wish to wake belongs to the suspend it was made
	 * for, and so does having seen one.
	 */
	vm->watched_ = false;
	atomic_store_relaxed(&vm->wake_asked_, false); /* pairs with the load in mp_wake_asked */
	atomic_store_relaxed(&vm->suspender_, suspender); /* pairs with the load in mp_resume */
	atomic_store_relaxed(&vm->phase_, (uint32_t)to); /* pairs with the load in mp_phase_hint */
}

static bool is_watched(const struct mp_vm *vm) MUST_HOLD(vm->lock)
{
	return vm->watched_;
}

static void set_watched(struct mp_vm *vm) MUST_HOLD(vm->lock)
{
	vm->watched_ = true;
}

STEP struct mp_vcpu *suspender(const struct mp_vm *vm) MUST_HOLD(vm->lock)
{
	return atomic_load_relaxed(&vm->suspender_);
}

STEP bool phase_is_final(const struct mp_vm *vm) MUST_HOLD(vm->lock)
{
	return phase(vm) >= MP_RESETTING;
}

STEP void set_entry(struct mp_vcpu *v, uint64_t pc, uint64_t arg) MUST_HOLD(v->lock)
{
	v->entry_pc_ = pc;
	v->entry_arg_ = arg;
}

STEP void get_entry(const struct mp_vcpu *v, uint64_t *pc, uint64_t *arg) MUST_HOLD(v->lock)
{
	*pc = v->entry_pc_;
	*arg = v->entry_arg_;
}

STEP struct mp_result result(enum mp_error error, enum mp_action action, struct mp_vcpu *target)
{
	return (struct mp_result){ .error = error, .action = action, .target = target };
}

/* ---- Set-up --------------------------------------------------------------- */

void mp_vm_init(struct mp_vm *vm)
{
	*vm = (struct mp_vm){ .phase_ = MP_RESETTING }; /* nobody can be started before mp_boot() */
	mutex_init(&vm->lock, RANK_VM);
}

void mp_vcpu_init(struct mp_vcpu *v, struct mp_vm *vm, unsigned index)
{
	ENSURE(index == vm->nr_vcpus && index < MP_MAX_VCPUS);
	*v = (struct mp_vcpu){ .vm = vm, .index = index, .state_ = MP_STOPPED };
	spin_init(&v->lock, RANK_VCPU);
	vm->vcpus[vm->nr_vcpus++] = v;
}

/* ---- Operations on another vCPU ------------------------------------------- */

/*
 * Move the stopped @t out of STOPPED. The whole right to do that is in the two locks the signature
 * asks for. All that the first entry reads is written before the state; interrupts posted from now
 * on belong to the new life, older ones are gone.
 */
STEP void claim(struct mp_vcpu *t, uint64_t pc, uint64_t arg) MUST_HOLD(t->vm->lock)
	MUST_HOLD(t->lock)
{
	/* L6, L7: where a call forgets to look, or a lock, no vCPU comes to life. */
	PROMISED(phase(t->vm) == MP_RUN && rank_holds(port_held_by_thread(), &t->vm->lock));
	set_entry(t, pc, arg);
	/* before the starter's return, so before any post that follows it */
	atomic_store_relaxed(&t->irq_posted, 0UL);
	/*
	 * Under the target's lock, as in mp_stopped: `live` never counts a vCPU less than its state
	 * says.
	 */
	atomic_fetch_add(&t->vm->live, 1U); /* pairs with the fetch_sub in mp_stopped */
	mp_set(t, MP_START_PENDING);
}

/*
 * One attempt at mp_hart_start. *@again: the target is about to be stopped, ask again once it is.
 */
STEP struct mp_result try_start(struct mp_vcpu *self, struct mp_vcpu *t, uint64_t pc, uint64_t arg,
				bool *again) MUST_HOLD(t->vm->lock)
{
	struct mp_result r = result(MP_OK, MP_LAUNCH, t);
	enum mp_state state;

	*again = false;
	if (phase(t->vm) != MP_RUN) {
		if (!self)
			return result(MP_ERR_DENIED, MP_NOTHING, NULL);
		if (phase_is_final(t->vm))
			return result(MP_OK, MP_CHECKPOINT, NULL);
		/*
		 * A vCPU that can ask is not stopped, so it would have kept the suspend from
		 * happening.
		 */
		PROMISED(false);
	}
	spin_lock(&t->lock);
	state = mp_get(t);
	if (state == MP_STOP_PENDING)
		*again = true;
	else if (state != MP_STOPPED)
		r = result(MP_ERR_ALREADY_AVAILABLE, MP_NOTHING, NULL);
	else
		claim(t, pc, arg);
	spin_unlock(&t->lock);
	return r;
}

OPERATION struct mp_result mp_hart_start(struct mp_vcpu *self, struct mp_vcpu *target, uint64_t pc,
					 uint64_t arg)
{
	struct mp_result r;
	bool again;

	for (;;) {
		mutex_lock(&target->vm->lock);
		RACE_POINT(start_entered);
		r = try_start(self, target, pc, arg, &again);
		RACE_POINT(start_decided);
		mutex_unlock(&target->vm->lock);
		if (!again)
			return r;
		/* waits until it is no longer STOP_PENDING, with no lock held */
		(void)mp_status(target);
	}
}

/*
 * Is every vCPU but @self STOPPED? With vm->lock held the answer "yes" stays true: nobody can be
 * started. "No" may be out of date at once, but it was true during the call, and that is all a
 * DENIED says.
 */
STEP bool others_stopped(const struct mp_vcpu *self) MUST_HOLD(self->vm->lock)
{
	for (unsigned i = 0; i < self->vm->nr_vcpus; i++) {
		struct mp_vcpu *v = self->vm->vcpus[i];
		enum mp_state s;

		if (v == self)
			continue;
		spin_lock(&v->lock);
		s = mp_get(v);
		spin_unlock(&v->lock);
		if (s != MP_STOPPED)
			return false;
		RACE_POINT(susp_checked_one);
	}
	return true;
}

STEP struct mp_result try_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
	MUST_HOLD(self->vm->lock)
{
	if (phase_is_final(self->vm))
		return result(MP_OK, MP_CHECKPOINT, NULL);
	PROMISED(phase(self->vm) == MP_RUN); /* as in try_start */
	if (!others_stopped(self))
		return result(MP_ERR_DENIED, MP_NOTHING, NULL);
	RACE_POINT(susp_scanned);
	/*
	 * Relaxed load: pairs with the counting under each vCPU's lock, and the scan has taken
	 * every one of them.
	 */
	PROMISED(atomic_load_relaxed(&self->vm->live) == 1);
	set_phase(self->vm, MP_SUSPENDED_VM, self);
	mp_hart_suspend(self, pc, arg);
	RACE_POINT(susp_committed);
	return result(MP_OK, MP_SLEEP, NULL);
}

OPERATION struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	struct mp_result r;

	mutex_lock(&self->vm->lock);
	r = try_suspend(self, pc, arg);
	mutex_unlock(&self->vm->lock);
	return r;
}

OPERATION struct mp_result mp_system_reset(struct mp_vm *vm, struct mp_vcpu *self, uint32_t type,
					   uint32_t reason)
{
	struct mp_result r = result(MP_OK, MP_QUIESCE, NULL);

	mutex_lock(&vm->lock);
	if (phase_is_final(vm)) {
		r.action = self ? MP_CHECKPOINT : MP_NOTHING;
	} else {
		vm->reset_type = type;
		vm->reset_reason = reason;
		/*
		 * A system suspend ends here too: its vCPU finds no suspend to resume from, only a
		 * reset to obey.
		 */
		set_phase(vm, MP_RESETTING, NULL);
		RACE_POINT(reset_committed);
	}
	mutex_unlock(&vm->lock);
	return r;
}

struct mp_result mp_system_wake(struct mp_vm *vm)
{
	struct mp_result r = result(MP_OK, MP_NOTHING, NULL);

	mutex_lock(&vm->lock);
	if (is_watched(vm)) {
		/*
		 * Relaxed: the wake-up that the caller now sends orders it before the load in
		 * mp_wake_asked.
		 */
		atomic_store_relaxed(&vm->wake_asked_, true);
		r = result(MP_OK, MP_WAKE, suspender(vm));
	}
	mutex_unlock(&vm->lock);
	return r;
}

/* ---- Operations on oneself ------------------------------------------------- */

OPERATION void mp_started(struct mp_vcpu *self, uint64_t *pc, uint64_t *arg)
{
	spin_lock(&self->lock);
	mp_set(self, MP_STARTED);
	get_entry(self, pc, arg);
	spin_unlock(&self->lock);
	RACE_POINT(started);
}

OPERATION void mp_hart_stop(struct mp_vcpu *self)
{
	spin_lock(&self->lock);
	mp_set(self, MP_STOP_PENDING);
	spin_unlock(&self->lock);
	RACE_POINT(stop_pending);
}

OPERATION struct mp_result mp_stopped(struct mp_vcpu *v)
{
	bool last;

	spin_lock(&v->lock);
	mp_set(v, MP_STOPPED);
	/*
	 * Pairs with the fetch_add in claim(): whoever takes the count to 0, and nobody else,
	 * reports it.
	 */
	last = atomic_fetch_sub(&v->vm->live, 1U) == 1;
	spin_unlock(&v->lock);
	return result(MP_OK, last ? MP_SETTLE : MP_NOTHING, NULL);
}

void mp_hart_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
{
	spin_lock(&self->lock);
	mp_set(self, MP_SUSPEND_PENDING);
	set_entry(self, pc, arg);
	mp_set(self, MP_SUSPENDED);
	spin_unlock(&self->lock);
}

bool mp_wake_asked(const struct mp_vcpu *self)
{
	/*
	 * Pairs with the store in mp_system_wake. True only while somebody is in a system suspend,
	 * and nobody else sleeps then.
	 */
	return atomic_load_relaxed(&self->vm->wake_asked_);
}

/* End the system suspend that @self began, unless a reset has ended it already. */
STEP void end_system_suspend(struct mp_vcpu *self)
{
	RACE_POINT(resume_chosen);
	mutex_lock(&self->vm->lock);
	if (suspender(self->vm) == self) {
		PROMISED(phase(self->vm) == MP_SUSPENDED_VM);
		set_phase(self->vm, MP_RUN, NULL);
	}
	mutex_unlock(&self->vm->lock);
}

void mp_resume(struct mp_vcpu *self, uint64_t *pc, uint64_t *arg)
{
	/*
	 * Without the lock: only we make ourselves the suspender, so "somebody else" and "nobody"
	 * are final answers, and "we" is asked again under the lock. Pairs with the stores in
	 * set_phase.
	 */
	if (atomic_load_relaxed(&self->vm->suspender_) == self)
		end_system_suspend(self);
	spin_lock(&self->lock);
	mp_set(self, MP_RESUME_PENDING);
	get_entry(self, pc, arg);
	mp_set(self, MP_STARTED);
	spin_unlock(&self->lock);
	RACE_POINT(resumed);
}

bool mp_must_stop(const struct mp_vcpu *self)
{
	return mp_phase_hint(self->vm) >= MP_RESETTING;
}

/* ---- Anybody ---------------------------------------------------------------- */

/* Acquire: pairs with the store in mp_set. Who sees STOPPED may reuse what the vCPU was using. */
static enum mp_state look(const struct mp_vcpu *v)
{
	return (enum mp_state)atomic_load_acquire(&v->state_);
}

/*
 * Bounded: its hart is switching away from it, interrupts off. Out of the way of all other answers.
 */
static NOINLINE enum mp_state wait_for_stop(const struct mp_vcpu *v)
{
	struct port_wait w = { .what = "stop of vCPU", .on = v };
	enum mp_state s;

	rank_assert_not_held(port_held_by_thread(), &v->vm->lock); /* L5 */
	do {
		port_relax(&w);
		s = look(v);
	} while (s == MP_STOP_PENDING);
	return s;
}

bool mp_is_started(const struct mp_vcpu *self)
{
	return look(self) == MP_STARTED;
}

enum mp_state mp_status(const struct mp_vcpu *v)
{
	enum mp_state s = look(v);

	return s == MP_STOP_PENDING ? wait_for_stop(v) : s;
}

enum mp_phase mp_phase_hint(const struct mp_vm *vm)
{
	/* pairs with set_phase; the kick that follows orders it */
	return (enum mp_phase)atomic_load_relaxed(&vm->phase_);
}

void mp_post_irq(struct mp_vcpu *v, uint64_t bits)
{
	atomic_fetch_or(&v->irq_posted, bits); /* pairs with the swap in mp_take_irqs */
	/*
	 * The poster's half of the handshake with a vCPU that goes to sleep: post, fence, look
	 * whether it sleeps. The other half, in the scheduler: say that it sleeps, fence,
	 * mp_take_irqs(). One of the two sees the other.
	 */
	atomic_fence();
}

uint64_t mp_take_irqs(struct mp_vcpu *v)
{
	/*
	 * Relaxed look first, to keep the common case to one load; the swap pairs with the fetch_or
	 * in mp_post_irq.
	 */
	if (!atomic_load_relaxed(&v->irq_posted))
		return 0;
	return atomic_swap(&v->irq_posted, 0UL);
}

/* ---- The VM's keeper ----------------------------------------------------------- */

enum mp_outcome mp_settle(struct mp_vm *vm)
{
	enum mp_outcome o = MP_STILL_RUNNING;

	mutex_lock(&vm->lock);
	if (phase(vm) == MP_SUSPENDED_VM) {
		set_watched(vm);
		o = MP_ASLEEP;
	} else if (atomic_load_acquire(&vm->live) == 0) {
		/*
		 * With vm->lock held 0 stays 0: claim() needs it. Pairs with the counting in
		 * claim() and mp_stopped().
		 */
		if (phase(vm) == MP_RESETTING) {
			o = MP_RESET;
		} else if (phase(vm) == MP_RUN) {
			set_phase(vm, MP_DEAD, NULL);
			o = MP_HALTED;
		}
	}
	mutex_unlock(&vm->lock);
	return o;
}

struct mp_result mp_boot(struct mp_vm *vm, uint64_t pc, uint64_t arg)
{
	struct mp_vcpu *first = vm->vcpus[0];

	mutex_lock(&first->vm->lock);
	ENSURE(phase(first->vm) == MP_RESETTING);
	ENSURE(atomic_load_relaxed(&vm->live) == 0); /* as in mp_settle */
	set_phase(first->vm, MP_RUN, NULL);
	spin_lock(&first->lock);
	claim(first, pc, arg);
	spin_unlock(&first->lock);
	mutex_unlock(&first->vm->lock);
	return result(MP_OK, MP_LAUNCH, first);
}

void mp_kill(struct mp_vm *vm)
{
	mutex_lock(&vm->lock);
	set_phase(vm, MP_DEAD, NULL);
	mutex_unlock(&vm->lock);
}
