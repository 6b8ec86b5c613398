/* SPDX-License-Identifier: MIT */
/*
 * sched.c - the world of hyp/vm/sched.c: two harts, two or three vCPU threads that sleep, wake each other, yield and stop, and an
 * agent that starts stopped ones afresh. The scheduler is compiled unchanged, over the stand-ins in sched/.
 *
 * A coroutine is a thread here, a hart an attribute of it: context_switch() hands the hart to the next thread and waits until
 * somebody hands one back. Time stands still, so nothing is preempted; threads yield instead.
 */
#include "vm/vm.h"

#include "engine.h"
#include "lib/atomic.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "port/port.h"
#include "protocol.h"
#include "riscv/csr.h"
#include "riscv/mmu.h"

static void wait_for_interrupt(void);

/* The one piece of inline assembly: wfi. */
#define volatile(...) wait_for_interrupt()
#define __asm__
#ifndef SCHED_SOURCE
#define SCHED_SOURCE "../../hyp/vm/sched.c"
#endif
#include SCHED_SOURCE
#include "../../hyp/vm/thread.c"
#undef __asm__
#undef volatile

unsigned nr_vcpus = 3, max_ops, with; /* of main.c; vCPUs: threads */

#define NR_HARTS 2
#define MAX_T 3
#define IDLE(h) (nr_threads + (h))
#define AGENT (nr_threads + NR_HARTS)
#define NR_CO (AGENT + 1)
#define NOWHERE 0xff

struct hart harts[MAX_HARTS];
unsigned nr_harts = NR_HARTS;
static unsigned nr_threads = 2;
static struct vcpu vcpus[MAX_T];
static struct thread idles[NR_HARTS];

static struct {
	uint8_t on[MAX_T + NR_HARTS]; /* the hart a thread's context is in, ghost and truth at once */
	uint8_t from[MAX_T + NR_HARTS]; /* whom it took over from */
	uint8_t sip[NR_HARTS];
	uint8_t reason[MAX_T]; /* to be awake: posted, not yet taken */
	uint8_t stopped[MAX_T]; /* published: may be started afresh */
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
	static const char *const idle_names[] = { "idle0", "idle1", "agent" }, *const names[] = { "v0", "v1", "v2" };

	return co < nr_threads ? names[co] : idle_names[co - nr_threads];
}

const char *lock_name(const void *lock)
{
	if (lock == &rqs[0].lock || lock == &rqs[1].lock)
		return lock == &rqs[0].lock ? "h0's queue" : "h1's queue";
	for (unsigned i = 0; i < nr_threads; i++)
		if (lock == &vcpus[i].thread.lock)
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
	yield_step();
	s.sip[index] = 1;
}

void hart_kick_taken(void)
{
	s.sip[this_hart()->index] = 0;
}

uint64_t explore_sip(void)
{
	return s.sip[this_hart()->index] ? SIP_SSIP : 0;
}

void explore_sip_clear(void)
{
	s.sip[this_hart()->index] = 0;
}

static void *escapes[MAX_CO][5]; /* to where the coroutine of a thread that has ended comes to rest */
static const char kick[] = "kick", turn[] = "turn";

static bool ready(unsigned co, const void *on)
{
	if (on == turn)
		return s.on[co] != NOWHERE;
	return s.sip[s.on[co]] || (!on && rqs[s.on[co]].n);
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
		violation("I7: %s is run by h%u while its context is still in h%u", name(b), s.on[a], s.on[b]);
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

void vcpu_load(struct vcpu *v UNUSED)
{
}

void vcpu_save(struct vcpu *v UNUSED)
{
}

void vcpu_left_hart(struct vcpu *v, bool ended)
{
	if (ended) {
		if (s.on[v - vcpus] != NOWHERE)
			violation("H5: STOPPED is published for %s while its context is in use", name((unsigned)(v - vcpus)));
		s.stopped[v - vcpus] = 1;
	}
}

/* Giving a lock back never waits and can as well come early; statistics and one's own reason are nobody else's business. */
static bool is_protected(const volatile void *word, int load)
{
	for (unsigned h = 0; h < NR_HARTS; h++)
		if (word == &rqs[h].lock.serving)
			return true;
	for (unsigned i = 0; i < AGENT; i++)
		if (word == &thread_nr(i)->lock.serving)
			return true;
	return load && word == &s.reason[me()]; /* the park that follows is the step */
}

/* ---- What threads do ---- */

static void notify(unsigned i)
{
	atomic_store_relaxed(&s.reason[i], 1);
	sched_notify(&vcpus[i].thread);
}

static void live_a_life(void *arg UNUSED)
{
	unsigned i = me();

	for (;;) {
		unsigned what = s.left[i] ? choose(4) : 3;

		/* Whatever the guest was about to do, a kick comes first; so does the tick, which is on while others wait. */
		if (s.sip[this_hart()->index] || sched_contended()) {
			hart_kick_taken();
			sched_preempt();
			continue;
		}
		s.left[i] -= s.left[i] > 0;
		switch (what) {
		case 0:
			while (!atomic_load_relaxed(&s.reason[i]))
				port_park();
			atomic_store_relaxed(&s.reason[i], 0);
			break;
		case 1:
			sched_yield();
			break;
		case 2:
			notify((i + 1) % nr_threads);
			break;
		default:
			s.left[i] = 0;
			sched_exit();
		}
	}
}

static enum duty may(unsigned co, unsigned choice)
{
	if (co < AGENT)
		return choice == 0 && s.on[co] != NOWHERE ? MUST : NO;
	if (choice < nr_threads)
		return s.stopped[choice] && s.starts ? MAY : NO;
	return choice < 2 * nr_threads && !s.reason[choice - nr_threads] && s.wakes ? MAY : NO;
}

static void begin(unsigned co, unsigned choice)
{
	if (co == AGENT) {
		if (choice >= nr_threads) {
			s.wakes--;
			notify(choice - nr_threads);
			return;
		}
		s.starts--;
		s.stopped[choice] = 0;
		s.left[choice] = (uint8_t)(max_ops ? max_ops : 1);
		sched_launch(&vcpus[choice].thread, live_a_life, NULL, 0);
	} else if (co >= nr_threads) {
		sched_idle();
	} else {
		if (!__builtin_setjmp(escapes[co]))
			sched_thread_start(thread_nr(s.from[co]), live_a_life, NULL);
		memset(escapes[me()], 0, sizeof(escapes[0]));
	}
}

static void describe(unsigned co, unsigned choice, char *buf, size_t size)
{
	if (co == AGENT)
		snprintf(buf, size, "%s v%u", choice < nr_threads ? "starts" : "wakes", choice % nr_threads);
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
	for (unsigned i = h->n; i < HELD_MAX; i++)
		h->at[i].lock = NULL, h->at[i].rank = 0;
}

static const char *check(void)
{
	for (unsigned i = 0; i < AGENT; i++) {
		struct thread *t = thread_nr(i);

		tidy(&t->lock);
		t->ran = t->switches = t->migrations = 0;
	}
	for (unsigned h = 0; h < NR_HARTS; h++) {
		tidy(&rqs[h].lock);
		tidy_held(&harts[h].held);
		harts[h].kicks = harts[h].ticks = 0;
	}
	tidy_held(&agent_hart.held);
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
		if (t->state == THREAD_SLEEPING && s.reason[i])
			return "I8: lost wake-up, a thread sleeps for ever with a reason posted";
		if (t->state == THREAD_READY && !queued(t))
			return "H22: a thread is ready and on no queue";
		if (t->state == THREAD_READY && idle && s.on[IDLE(0)] != s.on[IDLE(1)])
			for (unsigned h = 0; h < NR_HARTS; h++)
				if (s.on[IDLE(h)] != NOWHERE)
					return "H23: a thread waits in a queue and a hart idles for ever";
		if (t->state == THREAD_DEAD && !s.stopped[i])
			return "I9: a thread has ended and its STOPPED was not published";
	}
	return NULL;
}

static void changes(void)
{
}

static void init(void)
{
	nr_threads = nr_vcpus == 2 ? 2 : 3;
	sched_init(MIN_TURN / 2); /* no turn is too short to be looked at again: time stands still */
	for (unsigned i = 0; i < nr_threads; i++) {
		thread_init(&vcpus[i].thread, &vcpus[i], name(i));
		vcpus[i].thread.affinity = 3;
		s.on[i] = NOWHERE;
		s.stopped[i] = 1;
		region(&vcpus[i].thread, offsetof(struct thread, name));
	}
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
	s.starts = (uint8_t)(nr_threads + 1); /* one of them a second time */
	s.wakes = 1;
	region(&idle_mask, sizeof(idle_mask));
	region(&agent_hart.held, sizeof(agent_hart.held));
	region(&s, sizeof(s));
	region(escapes, sizeof(escapes[0]) * nr_threads);
}

const struct world *sched_world(void)
{
	static struct world w = {
		.init = init, .name = name, .nr_choices = 2 * MAX_T, .may = may, .begin = begin, .describe = describe,
		.check = check, .quiet = quiet, .changes = changes, .ready = ready, .protected = is_protected,
	};

	w.nr_co = (nr_vcpus == 2 ? 2 : 3) + NR_HARTS + 1;
	return &w;
}
