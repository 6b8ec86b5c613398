/* SPDX-License-Identifier: MIT */
/*
 * mp.h - who may run: the run state of every vCPU of one VM, and the operations that change it.
 *
 * Two kinds of lock. vm->lock, a mutex, is the right to move *another* vCPU out of STOPPED and the
 * right to rely on STOPPED staying so; vcpu->lock, a spinlock, guards every change of one vCPU's
 * state. vm->lock is taken first, and at most one vcpu->lock at a time. Nothing here calls upward:
 * an operation decides under its locks and *returns* what the caller has to do (struct mp_result).
 * SBI 3.0 chapters 9 (HSM), 10 (SRST) and 13 (SUSP).
 */
#ifndef MP_MP_H
#define MP_MP_H

#include "lib/types.h"
#include "lock/mutex.h"
#include "lock/spinlock.h"

#define MP_MAX_VCPUS 64

/* HSM states, with the specification's numbers (SBI 3.0 table 9.1). */
enum mp_state {
	MP_STARTED = 0,
	MP_STOPPED = 1,
	MP_START_PENDING = 2,
	MP_STOP_PENDING = 3,
	MP_SUSPENDED = 4,
	MP_SUSPEND_PENDING = 5,
	MP_RESUME_PENDING = 6,
	MP_NR_STATES
};

/*
 * What the VM as a whole is doing. Written under vm->lock; read without it only as a hint that is
 * re-checked.
 */
enum mp_phase {
	MP_RUN, /* vCPUs come and go */
	MP_SUSPENDED_VM, /* a vCPU suspended the system; until it resumes nobody can be started */
	/* From here on the VM is ending. */
	MP_RESETTING, /* SRST: everybody stops at the next checkpoint, nobody can be started */
	MP_DEAD, /* shut down, failed or halted: for good */
};

/* Error numbers of the SBI specification that the protocol answers with. */
enum mp_error {
	MP_OK = 0,
	MP_ERR_DENIED = -4,
	MP_ERR_ALREADY_AVAILABLE = -6,
};

/* What the caller of an operation must do next, after every lock is released. */
enum mp_action {
	MP_NOTHING,
	/* result.target is START_PENDING: give it a fresh context and make it runnable */
	MP_LAUNCH,
	/*
	 * the caller is suspended: sleep until an enabled interrupt (or wake-up), then mp_resume()
	 */
	MP_SLEEP,
	MP_QUIESCE, /* a reset has begun: make every other vCPU pass a checkpoint, then pass one */
	/* the VM is resetting or dead: the caller must pass a checkpoint and will not return */
	MP_CHECKPOINT,
	MP_WAKE, /* result.target is asleep in a system suspend: wake it, it will resume */
	MP_SETTLE, /* the last vCPU has stopped: tell the VM's keeper (mp_settle) */
};

struct mp_vcpu;

/* Two registers: it comes back from every call. */
struct mp_result {
	enum mp_error error; /* the SBI error for the caller */
	enum mp_action action;
	struct mp_vcpu *target; /* for MP_LAUNCH and MP_WAKE, else NULL */
};

struct mp_vcpu {
	/* constant after mp_vcpu_init */
	struct mp_vm *vm;
	unsigned index; /* hart id the guest sees */
	struct spinlock lock;
	/*
	 * guarded by lock; other vCPUs write it only under vm->lock too. Only mp_set() writes it.
	 */
	uint32_t state_; /* enum mp_state; read without the lock by mp_status() and
			 * mp_is_started() alone */
	/* guarded by lock: where the next start or non-retentive resume goes, and its a1 */
	uint64_t entry_pc_, entry_arg_;
	/*
	 * atomic: interrupts (1 << irq) posted by anybody, not yet seen by this vCPU. A start
	 * clears it (H6, H32).
	 */
	uint64_t irq_posted;
};

struct mp_vm {
	struct mutex lock;
	/* guarded by lock */
	uint32_t phase_; /* enum mp_phase; mp_phase_hint() reads it without */
	struct mp_vcpu *suspender_; /* who suspended the system, or NULL */
	bool watched_; /* the keeper has been told of this system suspend (mp_settle) */
	bool wake_asked_; /* it wants the suspender to resume; atomic, set under lock */
	uint32_t reset_type, reset_reason; /* SRST's arguments: valid from MP_RESETTING on */
	/* atomic: vCPUs that are not STOPPED */
	uint32_t live;
	/* constant once the VM runs */
	unsigned nr_vcpus;
	struct mp_vcpu *vcpus[MP_MAX_VCPUS];
};

/* ---- Set-up: one thread, before the VM runs ---------------------------- */
/* @vm has no vCPUs and is in MP_RESETTING, so nobody can be started before mp_boot(). */
void mp_vm_init(struct mp_vm *vm);
/* Adds @v as hart @index == vm->nr_vcpus, STOPPED. */
void mp_vcpu_init(struct mp_vcpu *v, struct mp_vm *vm, unsigned index);

/* ---- Operations on another vCPU: take vm->lock, may sleep, no spinlock held ----- */

/*
 * HART_START (SBI 3.0 section 9.1): start @target at @pc with a1 = @arg. @pc has been validated.
 * @self is the calling vCPU, or NULL for an agent outside the VM. MP_OK + MP_LAUNCH(target), or
 * ALREADY_AVAILABLE: the target is not stopped. Waits out a STOP_PENDING target, not holding
 * vm->lock. MP_CHECKPOINT: the VM is being reset, the call has no result; an outside agent gets
 * MP_ERR_DENIED + MP_NOTHING unless the VM is in MP_RUN. A refused start has written nothing to the
 * target.
 */
struct mp_result mp_hart_start(struct mp_vcpu *self, struct mp_vcpu *target, uint64_t pc,
			       uint64_t arg);

/*
 * SYSTEM_SUSPEND (section 13.1): suspend the VM from @self, to resume at @pc with a1 = @arg.
 * DENIED: another vCPU is not STOPPED. MP_OK + MP_SLEEP: phase is MP_SUSPENDED_VM and @self
 * SUSPENDED; no start can have slipped in, both hold vm->lock. MP_CHECKPOINT: as for a start.
 */
struct mp_result mp_system_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg);

/* Types and reasons of a reset (section 10.1), as the guest names them. */
#define SRST_SHUTDOWN 0
#define SRST_COLD_REBOOT 1
#define SRST_WARM_REBOOT 2
#define SRST_NO_REASON 0
#define SRST_FAILURE 1

/*
 * SYSTEM_RESET (section 10.1) of @vm by its vCPU @self, or by an outside agent (NULL). First caller
 * wins: MP_QUIESCE and phase is MP_RESETTING. Later ones: MP_CHECKPOINT (agent: MP_NOTHING).
 */
struct mp_result mp_system_reset(struct mp_vm *vm, struct mp_vcpu *self, uint32_t type,
				 uint32_t reason);

/*
 * The keeper (console key, wake-after timer) ends the system suspend that mp_settle() has told it
 * of. MP_WAKE(suspender), or MP_NOTHING: that one is over, even if another has begun.
 */
struct mp_result mp_system_wake(struct mp_vm *vm);

/*
 * ---- Operations on oneself: take self->lock only (mp_resume of a system suspend: vm->lock first)
 */

/* A launched vCPU's first act: START_PENDING -> STARTED. Returns its entry point and argument. */
void mp_started(struct mp_vcpu *self, uint64_t *pc, uint64_t *arg);

/*
 * HART_STOP, and a checkpoint's way out: STARTED -> STOP_PENDING. The scheduler calls mp_stopped()
 * once the context is off the hart.
 */
void mp_hart_stop(struct mp_vcpu *self);

/*
 * STOP_PENDING -> STOPPED, called by the scheduler on whichever hart @v just left, with no lock
 * held and never before its context is saved (H5). MP_SETTLE when no vCPU of the VM is left that is
 * not STOPPED.
 */
struct mp_result mp_stopped(struct mp_vcpu *v);

/*
 * HART_SUSPEND (section 9.4): STARTED -> SUSPEND_PENDING -> SUSPENDED. @pc and @arg are kept for a
 * non-retentive resume. The caller does as for MP_SLEEP.
 */
void mp_hart_suspend(struct mp_vcpu *self, uint64_t pc, uint64_t arg) MUST_NOT_HOLD(self->lock);

/*
 * May a suspended @self wake on an outside agent's request? (Its pending interrupts are the
 * caller's question.)
 */
bool mp_wake_asked(const struct mp_vcpu *self);

/*
 * SUSPENDED -> RESUME_PENDING -> STARTED, by the vCPU itself once it has a reason to wake. The one
 * that suspended the system first takes vm->lock and ends the suspend, exactly once. Returns the
 * entry point and argument given when it suspended.
 */
void mp_resume(struct mp_vcpu *self, uint64_t *pc, uint64_t *arg);

/*
 * Must @self stop now (VM resetting or dead)? One unlocked load: whoever sets the phase makes every
 * vCPU ask again.
 */
bool mp_must_stop(const struct mp_vcpu *self);

/* Is @self STARTED: the caller, or whoever is being loaded? Takes no lock, never waits. */
bool mp_is_started(const struct mp_vcpu *self);

/* ---- Anybody ----------------------------------------------------------- */

/* HART_GET_STATUS: a state @v was in during the call; waits a STOP_PENDING out. Takes no lock. */
enum mp_state mp_status(const struct mp_vcpu *v);
const char *mp_state_name(enum mp_state s);
enum mp_phase mp_phase_hint(const struct mp_vm *vm);

/* Post interrupt bits to @v (atomic, ordered before the caller's look at whether @v sleeps). */
void mp_post_irq(struct mp_vcpu *v, uint64_t bits);
/* Take and clear what has been posted. Owner only. */
uint64_t mp_take_irqs(struct mp_vcpu *v);

/* ---- The VM's keeper (a thread outside the VM) --------------------------- */

enum mp_outcome { MP_STILL_RUNNING, MP_ASLEEP, MP_HALTED, MP_RESET };

/*
 * After MP_SETTLE, or to see: what became of the VM? MP_HALTED: all vCPUs stopped with nobody left
 * to start them; phase is now MP_DEAD. MP_RESET: all have stopped for a reset, reset_type and
 * reset_reason say which; phase stays MP_RESETTING while the keeper works. MP_ASLEEP: the system is
 * suspended; from now on mp_system_wake() can end this suspend. MP_STILL_RUNNING: nothing of that.
 * Takes vm->lock.
 */
enum mp_outcome mp_settle(struct mp_vm *vm);

/*
 * End a reset: (re)boot from vCPU 0 at @pc, @arg: phase MP_RUN + MP_LAUNCH(vCPU 0). Also how a VM
 * first starts. Takes vm->lock.
 */
struct mp_result mp_boot(struct mp_vm *vm, uint64_t pc, uint64_t arg);

/* End a reset for good: phase MP_DEAD. Takes vm->lock. */
void mp_kill(struct mp_vm *vm);

#endif
