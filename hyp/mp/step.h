/* SPDX-License-Identifier: MIT */
/*
 * step.h - the steps that the operations of mp.c are made of, for the laboratory: a wrong variant
 * (LOCKING=, scripts/lab/variants) is linked beside mp.c and replaces a few of them, or operations,
 * by name. In the hypervisor itself steps are static, and this changes nothing; where a variant may
 * be linked (its own builds, the host tests, the explorer) they are weak.
 */
#ifndef MP_STEP_H
#define MP_STEP_H

#include "lib/ensure.h"
#include "mp/mp.h"

#ifdef DORMOUSE_LAB
/* The variant's own function of that name comes before ours. */
#define STEP __attribute__((weak))
#define OPERATION __attribute__((weak))

/*
 * Defined by a wrong variant alone, where its answer is false: it does not promise that a VM is
 * never suspended while another vCPU is not stopped. A breach of that is then no fault of ours but
 * the lesson, and for the guest to observe.
 */
bool is_sound(void) __attribute__((weak));

static inline bool promises_nothing(void)
{
	bool (*asked)(void) = is_sound;

	return asked && !asked();
}

#define PROMISED(cond) ENSURE(promises_nothing() || (cond))

enum mp_phase phase(const struct mp_vm *vm) MUST_HOLD(vm->lock);
void set_phase(struct mp_vm *vm, enum mp_phase to, struct mp_vcpu *suspender) MUST_HOLD(vm->lock);
bool phase_is_final(const struct mp_vm *vm) MUST_HOLD(vm->lock);
struct mp_vcpu *suspender(const struct mp_vm *vm) MUST_HOLD(vm->lock);
void set_entry(struct mp_vcpu *v, uint64_t pc, uint64_t arg) MUST_HOLD(v->lock);
void get_entry(const struct mp_vcpu *v, uint64_t *pc, uint64_t *arg) MUST_HOLD(v->lock);
struct mp_result result(enum mp_error error, enum mp_action action, struct mp_vcpu *target);
void claim(struct mp_vcpu *t, uint64_t pc, uint64_t arg) MUST_HOLD(t->vm->lock) MUST_HOLD(t->lock);
struct mp_result try_start(struct mp_vcpu *self, struct mp_vcpu *t, uint64_t pc, uint64_t arg,
			   bool *again) MUST_HOLD(t->vm->lock);
bool others_stopped(const struct mp_vcpu *self) MUST_HOLD(self->vm->lock);
struct mp_result try_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg)
	MUST_HOLD(self->vm->lock);
void end_system_suspend(struct mp_vcpu *self);

#else
#define STEP static
#define OPERATION
#define PROMISED(cond) ENSURE(cond)
#endif

#endif
