/* SPDX-License-Identifier: MIT */
/*
 * sched.h - threads of the hypervisor and who runs when.
 *
 * A thread is a vCPU, a VM's keeper or a hart's idle loop; of vCPUs the scheduler knows no more
 * than three hooks. Each hart has one run queue, ordered by the time its threads have had; the
 * least served runs next. port_park() and port_unpark() of port/port.h are implemented here.
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "lib/types.h"
#include "lock/rank.h"
#include "lock/spinlock.h"
#include "riscv/hart.h"

struct vcpu;

enum thread_state {
	THREAD_DEAD, /* has no context: only sched_launch() makes it run */
	THREAD_READY, /* on one run queue */
	THREAD_RUNNING, /* on one hart */
	THREAD_SLEEPING, /* waits in port_park() */
};

/*
 * What survives a switch: by the ABI only the callee-saved registers, and gp, which is the guest's
 * (switch.S knows the layout).
 */
struct context {
	uint64_t ra, sp, gp, s[12];
};

struct thread {
	struct context ctx; /* valid while on no hart */
	struct spinlock lock; /* guards token and every change to or from SLEEPING and DEAD */
	enum thread_state state; /* READY <-> RUNNING: under the run queue's lock instead */
	bool token; /* somebody unparked us since our last park */
	/* index of the hart whose queue we are or were last on; guarded by that queue's lock */
	unsigned home;
	struct thread *next, *prev; /* in that queue */
	/* atomic: whose registers hold our context. Cleared (release) once it is saved: H5 */
	struct hart *on_hart;
	uint64_t affinity; /* bit i: may run on hart index i; constant while runnable */
	uint64_t served; /* how long we have run, in ticks, as our queue counts */
	uint64_t since; /* when we last got the hart; written by it, under its queue's lock */
	struct held_locks mutexes; /* what we hold over a sleep */
	/* constant after thread_init */
	struct vcpu *vcpu; /* or NULL; for the hooks below, opaque here */
	uint64_t stack_top;
	char name[16];
	/*
	 * statistics, written by whoever queues or runs us: ticks run and queued, switches to us,
	 * times we came from another hart
	 */
	uint64_t ran, waited, switches, migrations;
	uint64_t queued, born; /* when we last became READY; when we were first launched */
};

/* Initialise @t, DEAD, with its own guarded stack. False: no memory. Boot only. */
bool thread_init(struct thread *t, struct vcpu *vcpu, const char *name);

/*
 * Give the DEAD @t a fresh context that calls @entry(arg) with @reserve bytes kept free at the top
 * of its stack, and make it runnable. Takes thread and run-queue locks.
 */
void sched_launch(struct thread *t, void (*entry)(void *arg), void *arg, size_t reserve);

/*
 * End the current thread: it becomes DEAD and the hart goes on with another. For a vCPU,
 * sched_guest_left() follows once its context is off.
 */
NORETURN void sched_exit(void);

/*
 * Make sure @t notices what has just been posted for it: awake if it sleeps, interrupted if it runs
 * in the guest, and in any case its next park returns. What was posted must be ordered before this
 * call (mp_post_irq is).
 */
void sched_notify(struct thread *t);

/*
 * Called by every interrupt and preemption point: give the hart to a thread that has had less of
 * it, if there is one.
 */
void sched_preempt(void);

/* Let the others that want this hart go first, as if the slice had ended. */
void sched_yield(void);

/*
 * Preemption point for long work on a thread: handles what is pending, then sched_preempt(). No
 * spinlock held.
 */
void preempt_point(void);

/*
 * Do others wait for this hart? Decides whether a guest's WFI traps and whether the hart needs its
 * tick.
 */
bool sched_contended(void);

/* When the current time slice ends, in ticks, or UINT64_MAX when nobody else wants this hart. */
uint64_t sched_slice_end(void);

/*
 * Become the idle thread of this hart: runs whatever there is, else waits. Boot calls it last on
 * every hart.
 */
NORETURN void sched_idle(void);

/*
 * Make every hart's queue; time slices have @slice_ticks > 0. Boot only, before any thread is
 * launched.
 */
void sched_init(uint64_t slice_ticks);

/*
 * What a thread that is a vCPU has besides its context. The scheduler does not know what; vm/
 * defines these three. They are called on the hart concerned, no lock held.
 */
/* The thread of @v is about to leave this hart: keep what of @v is in the hart. */
void sched_guest_out(struct vcpu *v);
/* It has this hart now: put @v into the hart, and do what was posted for @v meanwhile. */
void sched_guest_in(struct vcpu *v);
/*
 * It has left this hart, and its context is saved: tell whoever waits for that. @ended: the thread
 * is DEAD, and once this function has published so, another hart may launch it afresh.
 */
void sched_guest_left(struct vcpu *v, bool ended);

/* The first C code on a fresh context (switch.S). */
void sched_thread_start(struct thread *prev, void (*entry)(void *), void *arg);

/* switch.S: save the callee-saved state in @prev, load @next's, return @prev there. */
struct thread *context_switch(struct thread *prev, struct thread *next);

#endif
