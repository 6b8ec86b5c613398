/* SPDX-License-Identifier: MIT */
/*
 * sched.c - the world of hyp/sched/sched.c: two harts, vCPUs that suspend, send each other
 * interrupts, yield and stop. The scheduler is compiled unchanged, over the stand-ins in machine/;
 * so are hyp/mp and hyp/vm/life.c: what a vCPU does when it starts, sleeps, is kicked, stops and
 * has left its hart.
 *
 * Two vCPUs: an agent starts them, and stopped ones afresh. Nothing is preempted; threads yield
 * instead. Three or four, more than there are harts: they wait in one queue at the beginning, and
 * wherever the tick is on, it may come.
 *
 * A coroutine is a thread here, a hart an attribute of it: context_switch() hands the hart to the
 * next thread and waits until somebody hands one back. Time stands still. A tick counts as the end
 * of a slice, and what it books is forgotten after the step: all accounts are equal before every
 * tick.
 */
#include "engine.h"
#include "lib/atomic.h"
#include "lib/ensure.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "port/port.h"
#include "protocol.h"
#include "riscv/csr.h"
#include "riscv/mmu.h"
#include "vm/fence.h"
#include "vm/irq.h"
#include "vm/keeper.h"
#include "vm/stuck.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static void wait_for_interrupt(void);

/* The one piece of inline assembly: wfi. */
#define volatile(...) wait_for_interrupt()
#define __asm__
#include "sched/sched.c"
#include "sched/thread.c"
#undef __asm__
#undef volatile

unsigned nr_vcpus = 3, max_ops, max_waiters, with, reduced; /* of main.c; vCPUs: threads */

#define NR_HARTS 2
#define MAX_T 4
#define IDLE(h) (nr_threads + (h))
#define AGENT (nr_threads + NR_HARTS)
#define NR_CO (AGENT + 1)
#define NOWHERE 0xff

struct hart harts[MAX_HARTS];
unsigned nr_harts = NR_HARTS;
static unsigned nr_threads = 2;
static bool crowded; /* more threads than harts */
static bool begun; /* the first state is complete */
static struct vcpu vcpus[MAX_T];
static struct guest_frame frames[MAX_T];
static struct vm the_vm;
static struct thread idles[NR_HARTS], agent;

static struct {
	/* the hart a thread's context is in, ghost and truth at once */
	uint8_t on[MAX_T + NR_HARTS];
	uint8_t from[MAX_T + NR_HARTS]; /* whom it took over from */
	uint8_t sip[NR_HARTS];
	uint8_t tick[NR_HARTS]; /* it is on; only when crowded */
	/* an interrupt has been taken from where it was posted, and not yet been handled */
	uint8_t hvip[MAX_T];
	uint8_t left[MAX_T]; /* operations left in this life */
	uint8_t starts, wakes; /* what the agent may still do */
} s;

static unsigned nr_of(const struct thread *t)
{
	for (unsigned i = 0; i < NR_HARTS; i++)
		if (t == &idles[i])
			return IDLE(i);
	return (unsigned)(CONTAINER_OF(t, struct vcpu, thread) - vcpus);
}

static struct thread *thread_nr(unsigned co)
{
	return co < nr_threads ? &vcpus[co].thread : &idles[co - nr_threads];
}

static const char *name(unsigned co)
{
	static const char *const idle_names[] = { "idle0", "idle1", "agent" }, *const names[] = {
		"v0", "v1", "v2", "v3"
	};

	return co < nr_threads ? names[co] : idle_names[co - nr_threads];
}

const char *lock_name(const void *lock)
{
	if (lock == &rqs[0].lock || lock == &rqs[1].lock)
		return lock == &rqs[0].lock ? "h0's queue" : "h1's queue";
	for (unsigned i = 0; i < nr_threads; i++)
		if (lock == &vcpus[i].thread.lock || lock == &vcpus[i].mp.lock)
			return name(i);
	return "a lock";
}

/* ---- The machine ---- */

static struct hart agent_hart; /* where the agent's held locks are */

struct hart *this_hart(void)
{
	if (me() == AGENT)
		return &agent_hart;
	if (s.on[me()] == NOWHERE)
		violation("H5: %s runs on no hart", name(me()));
	return &harts[s.on[me()]];
}

struct held_locks *port_held_by_hart(void)
{
	return &this_hart()->held;
}

void hart_kick(unsigned index)
{
	if (begun)
		yield_step();
	s.sip[index] = 1;
}

void hart_kick_taken(void)
{
	s.sip[this_hart()->index] = 0;
}

uint64_t explore_sip(void)
{
	return s.sip[this_hart()->index] ? SIP_KICK : 0;
}

void explore_sip_clear(void)
{
	s.sip[this_hart()->index] = 0;
}

void timer_program_with(uint64_t slice_end)
{
	s.tick[this_hart()->index] = slice_end != TIME_NEVER;
}

void timer_program(void)
{
	if (crowded)
		timer_program_with(sched_slice_end());
}

/* to where the coroutine of a thread that has ended comes to rest */
static void *escapes[MAX_CO][5];
static const char kick[] = "kick", turn[] = "turn";

static bool ready(unsigned co, const void *on)
{
	if (on == turn)
		return s.on[co] != NOWHERE;
	return s.sip[s.on[co]] || (!on && (crowded ? s.tick[s.on[co]] : rqs[s.on[co]].n));
}

static void wait_for_interrupt(void)
{
	yield(W_CUSTOM, kick);
}

struct thread *context_switch(struct thread *prev, struct thread *next)
{
	unsigned a = nr_of(prev), b = nr_of(next);

	yield_step(); /* before anything of it is saved */
	if (s.on[b] != NOWHERE)
		violation("I7: %s is run by h%u while its context is still in h%u", name(b),
			  s.on[a], s.on[b]);
	s.on[b] = s.on[a];
	s.from[b] = (uint8_t)a;
	s.on[a] = NOWHERE;
	if (tracing())
		trace("h%u goes from %s to %s", s.on[b], name(a), name(b));
	if (prev->state == THREAD_DEAD)
		__builtin_longjmp(escapes[a], 1); /* its stack is never used again */
	yield(W_CUSTOM, turn);
	return thread_nr(s.from[a]);
}

void thread_trampoline(void) /* never run: begin() has its part */
{
}

uint64_t stack_alloc(void)
{
	return 4096;
}

void timer_cancel(struct timer *timer UNUSED)
{
}

void explore_event(struct vcpu *v UNUSED, const char *what UNUSED)
{
}

void log_write(const char *fmt UNUSED, ...)
{
}

void sched_guest_in(struct vcpu *v UNUSED)
{
}

void sched_guest_out(struct vcpu *v UNUSED)
{
}

/* ---- What life.c asks of the rest of vm/ ---- */

static void live_a_life(struct vcpu *v);

void irq_merge(struct vcpu *v)
{
	if (mp_take_irqs(&v->mp))
		s.hvip[v - vcpus] = 1;
}

bool irq_pending(struct vcpu *v)
{
	irq_merge(v);
	return s.hvip[v - vcpus];
}

void irq_post(struct vcpu *v, uint64_t bits)
{
	mp_post_irq(&v->mp, bits);
	sched_notify(&v->thread);
}

#define fence_wake_waiters(v) ((void)(v))
#define fence_attend(v) ((void)(v))
#define vcpu_trap_wfi() ((void)0)
#define keeper_notify(vm) ((void)(vm)) /* the protocol's world has a keeper */
#define vcpu_reset(v) (s.hvip[(v) - vcpus] = 0)
#define vcpu_set_entry(v, pc, arg) ((void)(v), (void)(pc), (void)(arg))
#define guest_first_entry(frame) live_a_life((frame)->vcpu)
#define irq_watch_timer(v) ((void)(v))
#define irq_unwatch_timer(v) ((void)(v))
#define steal_show(v) ((void)(v)) /* never: guests here do not ask for it */
#define stuck_no_more(v) ((void)(v)) /* never: guests here have no trap handlers */

#include "vm/life.c"

/*
 * Giving a lock back never waits and can as well come early. A vCPU's own moves and its looks at
 * its own interrupts concern nobody here; that it has stopped, and that it is started, does. What
 * else hyp/mp shares is the protocol's world's business.
 */
static bool turn_needed(const volatile void *word, int load UNUSED)
{
	for (unsigned h = 0; h < NR_HARTS; h++)
		if (word == &rqs[h].lock.serving)
			return false;
	for (unsigned i = 0; i < AGENT; i++)
		if (word == &thread_nr(i)->lock.serving)
			return false;
	for (unsigned i = 0; i < nr_threads; i++) {
		const struct mp_vcpu *v = &vcpus[i].mp;

		if (word == &v->lock.next || word == &v->irq_posted)
			return i != me();
		if (word == &v->lock.serving || word == &v->state_)
			return false;
	}
	return (const char *)word < (const char *)&the_vm ||
	       (const char *)word >= (const char *)(&the_vm + 1);
}

/* ---- What vCPUs do ---- */

static void suspend(struct vcpu *v)
{
	uint64_t pc, arg;

	mp_hart_suspend(&v->mp, 0, 0);
	vcpu_wait(v, false);
	mp_resume(&v->mp, &pc, &arg);
	s.hvip[me()] = 0; /* the guest handles it */
}

/*
 * The guest is interrupted by the tick. It has had the hart for a moment, and longer than the
 * others.
 */
static void tick(struct vcpu *v)
{
	this_hart()->rq->slice_end = time_now();
	v->thread.since = time_now() - 1;
	timer_expire();
	vcpu_attend(v);
	v->thread.since = time_now();
}

static void live_a_life(struct vcpu *v)
{
	enum { SUSPEND, YIELD, IPI, STOP, TICK };
	unsigned i = me();

	for (;;) {
		unsigned first = s.left[i] ? SUSPEND : STOP, end = crowded ? TICK + 1 : STOP + 1,
			 what = first;

		if (end - first > 1)
			what += choose(end - first);
		/*
		 * Whatever the guest was about to do, a kick comes first; so does the tick where
		 * nothing else is about to end.
		 */
		if (s.sip[this_hart()->index] || (!crowded && sched_contended())) {
			FORGET_REGISTERS();
			hart_kick_taken();
			vcpu_attend(v);
			continue;
		}
		s.left[i] -= what < STOP;
		switch (what) {
		case SUSPEND:
			FORGET_REGISTERS();
			suspend(v);
			break;
		case YIELD:
			FORGET_REGISTERS();
			sched_yield();
			break;
		case IPI:
			FORGET_REGISTERS();
			irq_post(&vcpus[(i + 1) % nr_threads], 2);
			break;
		case TICK:
			FORGET_REGISTERS();
			if (s.tick[this_hart()->index])
				tick(v);
			break;
		default:
			FORGET_REGISTERS();
			s.left[i] = 0;
			vcpu_stop(v);
		}
	}
}

static bool stopped(unsigned i)
{
	return vcpus[i].mp.state_ == MP_STOPPED;
}

static enum duty may(unsigned co, unsigned choice)
{
	if (co < AGENT)
		return choice == 0 && s.on[co] != NOWHERE ? MUST : NO;
	if (choice < nr_threads)
		return stopped(choice) && s.starts ? MAY : NO;
	return choice < 2 * nr_threads && !vcpus[choice - nr_threads].mp.irq_posted && s.wakes ? MAY
											       : NO;
}

static void begin(unsigned co, unsigned choice)
{
	if (co == AGENT) {
		if (choice >= nr_threads) {
			s.wakes--;
			irq_post(&vcpus[choice - nr_threads], 2);
			return;
		}
		s.starts--;
		s.left[choice] = (uint8_t)(max_ops ? max_ops : 1);
		(void)vcpu_act(NULL, mp_hart_start(NULL, &vcpus[choice].mp, 0, 0));
	} else if (co >= nr_threads) {
		sched_idle();
	} else {
		if (!__builtin_setjmp(escapes[co]))
			sched_thread_start(thread_nr(s.from[co]), vcpu_main, &vcpus[co]);
		memset(escapes[me()], 0, sizeof(escapes[0]));
	}
}

static void describe(unsigned co, unsigned choice, char *buf, size_t size)
{
	if (co == AGENT)
		snprintf(buf, size, "%s v%u", choice < nr_threads ? "starts" : "wakes",
			 choice % nr_threads);
	else
		snprintf(buf, size, "begins");
}

/* ---- What must be true ---- */

static void tidy(struct spinlock *l)
{
	l->next -= l->serving;
	l->serving = 0;
}

static void tidy_held(struct held_locks *h)
{
	for (uint64_t i = h->n + 1; i < HELD_MAX; i++)
		h->at[i].lock = NULL, h->at[i].rank = 0;
}

static const char *check(void)
{
	for (unsigned i = 0; i < AGENT; i++) {
		struct thread *t = thread_nr(i);

		tidy(&t->lock);
		t->ran = t->switches = t->migrations = t->waited = 0;
		t->served = 0;
	}
	for (unsigned h = 0; h < NR_HARTS; h++) {
		tidy(&rqs[h].lock);
		rqs[h].floor = rqs[h].running_served = 0;
		tidy_held(&harts[h].held);
	}
	tidy_held(&agent_hart.held);
	tidy(&the_vm.mp.lock.guard);
	for (unsigned i = 0; i < nr_threads; i++) {
		tidy(&vcpus[i].mp.lock);
		if (stopped(i) && s.on[i] != NOWHERE)
			return "H5: STOPPED is published while the vCPU's context is in use";
		if (stopped(i))
			vcpus[i].mp.irq_posted = 0; /* its next start does that */
	}
	return NULL;
}

static bool queued(const struct thread *t)
{
	unsigned n = 0;

	for (unsigned h = 0; h < NR_HARTS; h++)
		for (const struct thread *q = rqs[h].first; q; q = q->next)
			n += q == t;
	return n;
}

static const char *quiet(void)
{
	bool idle = waits_for(IDLE(0)) == W_CUSTOM || waits_for(IDLE(1)) == W_CUSTOM;

	for (unsigned i = 0; i < nr_threads; i++) {
		const struct thread *t = &vcpus[i].thread;

		if (waits_for(i) == W_LOCK || waits_for(i) == W_RELAX)
			return "I10: deadlock";
		if (t->state == THREAD_SLEEPING && vcpus[i].mp.irq_posted)
			return "I8: lost wake-up, a vCPU sleeps for ever with an interrupt posted";
		if (t->state == THREAD_READY && !queued(t))
			return "H22: a thread is ready and on no queue";
		if (t->state == THREAD_READY && idle && s.on[IDLE(0)] != s.on[IDLE(1)])
			for (unsigned h = 0; h < NR_HARTS; h++)
				if (s.on[IDLE(h)] != NOWHERE)
					return "H23: a thread waits in a queue and a hart idles "
					       "for ever";
		if (t->state == THREAD_READY)
			return "H23: a thread waits in a queue, and nothing will ever disturb who "
			       "has the hart";
		if (t->state == THREAD_DEAD && !stopped(i))
			return "I9: a vCPU's thread has ended and its STOPPED was not published";
	}
	return NULL;
}

static void changes(void)
{
}

static void init(void)
{
	nr_threads = nr_vcpus;
	crowded = nr_threads > NR_HARTS;
	/* no turn is too short to be looked at again: time stands still */
	sched_init(MIN_TURN / 2);
	mp_vm_init(&the_vm.mp);
	for (unsigned i = 0; i < nr_threads; i++) {
		thread_init(&vcpus[i].thread, &vcpus[i], name(i));
		mp_vcpu_init(&vcpus[i].mp, &the_vm.mp, i);
		vcpus[i].vm = &the_vm;
		frames[i].vcpu = &vcpus[i];
		vcpus[i].frame = &frames[i];
		vcpus[i].thread.affinity = 3;
		s.on[i] = NOWHERE;
		region(&vcpus[i].thread, offsetof(struct thread, name));
		region(&vcpus[i].mp.lock, sizeof(vcpus[i].mp) - offsetof(struct mp_vcpu, lock));
	}
	the_vm.nr_vcpus = nr_threads;
	the_vm.vcpus = vcpus;
	the_vm.mp.phase_ = MP_RUN;
	region(&the_vm.mp, offsetof(struct mp_vm, nr_vcpus));
	agent_hart.current = &agent;
	region(&agent.mutexes, offsetof(struct held_locks, at[2]));
	for (unsigned h = 0; h < NR_HARTS; h++) {
		struct thread *t = &idles[h];

		thread_init(t, NULL, name(IDLE(h)));
		t->state = THREAD_RUNNING;
		t->on_hart = &harts[h];
		harts[h].index = h;
		harts[h].idle = harts[h].current = t;
		s.on[IDLE(h)] = (uint8_t)h;
		region(t, offsetof(struct thread, name));
		region(&harts[h], sizeof(harts[h]));
		region(&rqs[h], sizeof(rqs[h]));
	}
	if (crowded) {
		/* the hart on which we start them: no hart idles yet, so there they stay */
		s.on[0] = 0;
		for (unsigned i = 0; i < nr_threads; i++) {
			s.left[i] = (uint8_t)max_ops;
			(void)vcpu_act(NULL, mp_hart_start(NULL, &vcpus[i].mp, 0, 0));
		}
		s.on[0] = NOWHERE;
		s.sip[0] = 0; /* which has just been awakened, and will look */
	} else {
		s.starts = (uint8_t)(nr_threads + 1); /* one of them a second time */
		s.wakes = 1;
	}
	begun = true;
	region(&idle_mask, sizeof(idle_mask));
	region(&agent_hart.held, sizeof(agent_hart.held));
	region(&s, sizeof(s));
	for (unsigned i = 0; i < nr_threads; i++)
		region_of(i, escapes[i], sizeof(escapes[i]));
}

const struct world *sched_world(void)
{
	static struct world w = {
		.init = init,
		.name = name,
		.nr_choices = 2 * MAX_T,
		.may = may,
		.begin = begin,
		.describe = describe,
		.check = check,
		.quiet = quiet,
		.changes = changes,
		.ready = ready,
		.turn = turn_needed,
	};

	w.nr_co = nr_vcpus + NR_HARTS + 1;
	return &w;
}
