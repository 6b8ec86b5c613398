/* SPDX-License-Identifier: MIT */
/*
 * sched.c - one run queue per hart, the least served thread first.
 *
 * Where a thread is: on_hart says whose registers hold its context; it is cleared, with release
 * order, by finish_switch() on the *next* thread's stack. A thread that still is on a hart is
 * queued on that hart only, and a hart that looks for work elsewhere passes such a thread by. So
 * nobody ever waits for a context to be saved, and none runs twice (H5, H22).
 *
 * Locks: thread->lock for falling asleep and waking, then rq->lock for the queue. Kicks are sent
 * with neither held.
 */
#include "sched/sched.h"

#include "lib/atomic.h"
#include "lib/ensure.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/machine_stop.h"
#include "sched/runqueue.h"
#include "sched/timer.h"
#include "sched/trace.h"

/* A turn lasts at least this fraction of a slice, unless the thread ends it itself. */
#define MIN_TURN 100

static struct rq rqs[MAX_HARTS];
static uint64_t idle_mask; /* atomic: harts (by index) that look for work or wait for a kick */
static uint64_t slice; /* ticks; constant after boot */

/* switch.S */
void thread_trampoline(void);

void sched_init(uint64_t slice_ticks)
{
	slice = slice_ticks;
	for (unsigned i = 0; i < MAX_HARTS; i++) {
		spin_init(&rqs[i].lock, RANK_RUNQUEUE);
		harts[i].rq = &rqs[i];
	}
}

/* ---- Waking -------------------------------------------------------------- */

/*
 * Where the waking @t shall run: where its context is; else an idle hart, best its last; else its
 * last, or a shorter queue.
 */
static unsigned choose_hart(const struct thread *t)
{
	const struct hart *on = atomic_load_acquire(&t->on_hart);
	uint64_t idle, last = 1UL << t->home;
	unsigned best;

	if (on)
		return on->index;
	idle = atomic_load_relaxed(&idle_mask) & t->affinity;
	if (idle)
		return idle & last ? t->home : (unsigned)__builtin_ctzl(idle);
	best = t->affinity & last ? t->home : (unsigned)__builtin_ctzl(t->affinity);
	/* shorter by two: by one, moving would only exchange the roles */
	for (unsigned i = 0; i < nr_harts; i++)
		if (t->affinity & 1UL << i && rq_length(&rqs[i]) + 1 < rq_length(&rqs[best]))
			best = i;
	return best;
}

/* Put the waking @t on a queue. Returns the hart to kick once t->lock is released, or -1. */
static int enqueue(struct thread *t) MUST_HOLD(t->lock)
{
	unsigned i = choose_hart(t);
	struct rq *rq = harts[i].rq;
	bool look;

	if (atomic_load_relaxed(&idle_mask) & 1UL << i)
		/* it has work now: the next thread should look elsewhere */
		atomic_fetch_and(&idle_mask, ~(1UL << i));
	spin_lock(&rq->lock);
	rq_raise_floor(rq);
	if (t->home != i) {
		/* Its account was kept against another queue's floor. */
		t->served = 0;
		t->home = i;
		t->migrations++;
	}
	/*
	 * A sleeper may have saved up one slice, no more: it gets the hart soon, but cannot keep
	 * it. And whatever it had before it slept, others need not make up for more than one slice
	 * either: nobody starves.
	 */
	if (t->served + slice < rq->floor)
		t->served = rq->floor - slice;
	t->served = MIN(t->served, rq->floor + slice);
	rq_insert(rq, t);
	look = rq->first == t;
	spin_unlock(&rq->lock);
	return look ? (int)i : -1;
}

/* Wake @t, or leave it a token; with @interrupt also kick the hart it runs on. */
static NOINLINE void wake(struct thread *t, bool interrupt)
{
	int kick = -1;

	spin_lock(&t->lock);
	if (t->state == THREAD_SLEEPING) {
		kick = enqueue(t);
	} else {
		const struct hart *on;

		t->token = true;
		/*
		 * Pairs with switch_away(): either we see it on a hart, or it sees what was posted
		 * before this call.
		 */
		atomic_fence();
		on = atomic_load_relaxed(&t->on_hart);
		if (interrupt && on)
			kick = (int)on->index;
	}
	spin_unlock(&t->lock);
	if (kick >= 0)
		hart_kick((unsigned)kick);
}

void sched_notify(struct thread *t)
{
	wake(t, true);
}

void port_unpark(struct thread *t)
{
	wake(t, false);
}

void sched_launch(struct thread *t, void (*entry)(void *), void *arg, size_t reserve)
{
	int kick;

	spin_lock(&t->lock);
	ENSURE(t->state == THREAD_DEAD && !atomic_load_acquire(&t->on_hart));
	/*
	 * What else is in there is of no use to anybody: guest_first_entry clears every register.
	 */
	t->ctx.ra = (uint64_t)thread_trampoline;
	t->ctx.sp = ALIGN_DOWN(t->stack_top - reserve, 16);
	t->ctx.s[1] = (uint64_t)entry;
	t->ctx.s[2] = (uint64_t)arg;
	t->token = false;
	if (!t->born)
		t->born = time_now();
	kick = enqueue(t);
	spin_unlock(&t->lock);
	if (kick >= 0)
		hart_kick((unsigned)kick);
}

/* ---- Switching ------------------------------------------------------------- */

/*
 * The least served thread of @rq that @h may run, out of its queue, or NULL. Never one whose
 * context is still on a hart. Its account was kept against @rq's floor: the caller gives it
 * another.
 */
static NOINLINE struct thread *take_from(struct rq *rq, struct hart *h)
{
	struct thread *t;

	spin_lock(&rq->lock);
	for (t = rq->first; t; t = t->next)
		if (!atomic_load_acquire(&t->on_hart) && t->affinity & 1UL << h->index)
			break;
	if (t) {
		rq_remove(rq, t);
		t->home = h->index;
		t->migrations++;
	}
	spin_unlock(&rq->lock);
	return t;
}

/*
 * The @n-th hart after @h, round all of them: who looks at others begins with its neighbour, or the
 * first would always be asked first.
 */
static struct hart *neighbour(const struct hart *h, unsigned n)
{
	unsigned i = h->index + n;

	return &harts[i < nr_harts ? i : i - nr_harts];
}

/* Take work from another hart. */
static struct thread *pull(struct hart *h)
{
	for (unsigned n = 1; n < nr_harts; n++) {
		struct rq *rq = neighbour(h, n)->rq;
		struct thread *t = rq_length(rq) ? take_from(rq, h) : NULL;

		if (t)
			return t;
	}
	return NULL;
}

/* Choose what runs next on this hart and book it in; the idle thread if there is nothing. */
static struct thread *choose_next(struct hart *h, struct thread *prev, bool requeue)
{
	struct rq *rq = h->rq;
	struct thread *next;

	/*
	 * An idle hart with an empty queue has nothing to book here, and needs no lock to see that:
	 * whoever puts something in, unseen by this look, kicks us after that. If the kick has been
	 * taken already, hart_kick_taken() has ordered this look behind it.
	 */
	if (prev != h->idle || rq_length(rq)) {
		spin_lock(&rq->lock);
		/*
		 * while @prev still counts as running: what it has had alone is nobody's to catch
		 * up
		 */
		rq_raise_floor(rq);
		if (requeue)
			rq_insert(rq, prev);
		next = rq->first;
		if (next)
			rq_remove(rq, next);
		rq_set_running(rq, next, slice);
		spin_unlock(&rq->lock);
		if (next)
			return next;
	}
	next = pull(h);
	if (!next)
		return h->idle;
	spin_lock(&rq->lock);
	next->served = rq->floor;
	rq_set_running(rq, next, slice);
	spin_unlock(&rq->lock);
	return next;
}

/*
 * Somebody waits here who may run on the harts in @allowed: wake an idle one of them to come and
 * look.
 */
static void offer(uint64_t allowed)
{
	uint64_t takers = allowed & atomic_load_relaxed(&idle_mask) & ~(1UL << this_hart()->index);

	if (takers && sched_contended())
		hart_kick((unsigned)__builtin_ctzl(takers));
}

/* On the new thread's stack: the old context is saved, let it go. */
static void finish_switch(struct thread *prev)
{
	struct hart *h = this_hart();
	struct vcpu *left = prev->vcpu;
	bool ended = prev->state == THREAD_DEAD, waiting = prev->state == THREAD_READY;
	uint64_t takers = prev->affinity;

	/*
	 * Pairs with choose_hart() and take_from(): whoever sees NULL sees the saved context. @prev
	 * is not ours after this.
	 */
	atomic_store_release(&prev->on_hart, NULL);
	/*
	 * Before we look who waits for that: pairs with wait_for() and with sched_idle(), which
	 * write first and then look at on_hart.
	 */
	atomic_fence();
	if (left)
		sched_guest_left(left, ended);
	if (h->current->vcpu)
		sched_guest_in(h->current->vcpu);
	timer_program();
	if (waiting)
		offer(takers); /* it could not be pulled before */
}

/*
 * Let another thread have the hart; the current one's account is up to date. False: there was none,
 * or it was us. No spinlock held (L1, L3): this is the one place where a context is switched.
 */
static bool switch_away(bool requeue)
{
	struct hart *h = this_hart();
	struct thread *prev = h->current, *next;

	might_sleep();
	next = choose_next(h, prev, requeue);
	if (next == prev)
		return false;
	if (prev == h->idle)
		atomic_fetch_and(&idle_mask, ~(1UL << h->index));
	if (prev->vcpu)
		sched_guest_out(prev->vcpu);
	h->current = next;
	next->switches++;
	trace_run(next);
	atomic_store_relaxed(&next->on_hart, h);
	/*
	 * Pairs with wake() and fence_vcpus(): sched_guest_in() reads what was posted after this.
	 */
	atomic_fence();
	finish_switch(context_switch(prev, next));
	return true;
}

void sched_thread_start(struct thread *prev, void (*entry)(void *), void *arg)
{
	finish_switch(prev);
	entry(arg);
	port_panic("sched: a thread's entry returned");
}

void port_park(void)
{
	struct thread *t = this_hart()->current;

	might_sleep();
	ENSURE(t != this_hart()->idle);
	spin_lock(&t->lock);
	if (had_token(t)) {
		spin_unlock(&t->lock);
		return;
	}
	leave(t, THREAD_SLEEPING);
	spin_unlock(&t->lock);
	if (!switch_away(false))
		timer_program(); /* woken before it left: a new slice */
}

/*
 * The current thread's last act. Of its own, because clang does not miss an unlock in a function
 * that never returns.
 */
static void end(struct thread *t)
{
	spin_lock(&t->lock);
	leave(t, THREAD_DEAD);
	spin_unlock(&t->lock);
}

void sched_exit(void)
{
	end(this_hart()->current);
	switch_away(false);
	port_panic("sched: a dead thread runs");
}

bool sched_contended(void)
{
	return rq_length(this_hart()->rq) != 0;
}

uint64_t sched_slice_end(void)
{
	return sched_contended() && this_hart()->current != this_hart()->idle
		       ? this_hart()->rq->slice_end
		       : TIME_NEVER;
}

/*
 * Our queue is still long at the end of a slice: a hart with one shorter by two (by one would only
 * exchange roles) gets a thread.
 */
static NOINLINE void share(struct hart *h)
{
	for (unsigned n = 1; n < nr_harts; n++) {
		struct hart *to = neighbour(h, n);
		struct thread *t =
			rq_length(to->rq) + 2 <= rq_length(h->rq) ? take_from(h->rq, to) : NULL;

		if (!t)
			continue;
		spin_lock(&to->rq->lock);
		rq_raise_floor(to->rq);
		t->served = to->rq->floor;
		rq_insert(to->rq, t);
		spin_unlock(&to->rq->lock);
		hart_kick(to->index);
		return;
	}
}

/* Others wait for this hart. */
static NOINLINE void preempt_contended(struct hart *h)
{
	struct rq *rq = h->rq;
	uint64_t mine, grace, takers;
	bool yield;

	if (time_now() - h->current->since < slice / MIN_TURN) {
		/*
		 * It has only just got the hart: whoever makes others wake all the time must not
		 * leave it nothing but switches.
		 */
		rq->slice_end = MIN(rq->slice_end, h->current->since + slice / MIN_TURN);
		timer_program();
		return;
	}
	spin_lock(&rq->lock);
	mine = rq_running_served(rq);
	/* Within a slice only somebody who is clearly behind takes over. */
	grace = time_now() >= rq->slice_end ? 0 : slice / 4;
	yield = rq->first && rq->first->served + grace < mine;
	if (!yield && !grace)
		rq->slice_end = time_now() + slice;
	takers = atomic_load_relaxed(&idle_mask) ? rq_takers(rq) : 0;
	spin_unlock(&rq->lock);
	if (!grace)
		share(h);
	if (yield)
		account(h->current);
	if (!yield || !switch_away(true)) {
		timer_program();
		offer(takers);
	}
}

void sched_preempt(void)
{
	struct hart *h = this_hart();

	if (rq_length(h->rq))
		preempt_contended(h);
	else
		timer_program_with(TIME_NEVER);
}

void sched_yield(void)
{
	struct rq *rq = this_hart()->rq;
	struct thread *t = this_hart()->current;

	/* To the end of the queue: our account rises to that of the last in it. */
	account(t);
	spin_lock(&rq->lock);
	t->served = MAX(t->served, rq_most_served(rq));
	spin_unlock(&rq->lock);
	if (!switch_away(true))
		timer_program();
}

void preempt_point(void)
{
	uint64_t pending = csr_read(sip);

	if (pending & SIP_STIP)
		timer_expire();
	if (pending & host_interrupts)
		host_interrupt();
	if (pending & (SIP_STIP | SIP_KICK))
		sched_preempt();
}

/* ---- Idle -------------------------------------------------------------------- */

void sched_idle(void)
{
	struct hart *h = this_hart();

	for (;;) {
		uint64_t pending;

		/*
		 * First say we are idle, then look. Whoever queues a thread later sees the bit and
		 * kicks us, or has chosen its own hart before; then that hart offers the thread to
		 * the idle ones (offer) as soon as its context is free.
		 */
		atomic_fetch_or(&idle_mask, 1UL << h->index);
		if (switch_away(false))
			continue;
		__asm__ volatile("wfi" : : : "memory");
		pending = csr_read(sip);
		if (pending & SIP_KICK)
			hart_kick_taken();
		while (machine_is_stopping())
			__asm__ volatile("wfi");
		if (pending & SIP_STIP)
			timer_expire();
	}
}
