/* SPDX-License-Identifier: MIT */
/*
 * runqueue.h - the queue of one hart: who waits there, who runs, and what each has been served; how
 * a thread leaves its hart. sched.c's own.
 *
 * All under the queue's lock but `n`, which anybody may read as a hint, and slice_end, which
 * belongs to the hart.
 */
#ifndef SCHED_RUNQUEUE_H
#define SCHED_RUNQUEUE_H

#include "lib/atomic.h"
#include "riscv/csr.h"
#include "sched/sched.h"

struct rq {
	struct spinlock lock;
	unsigned n; /* threads queued; written under lock (atomic) */
	/* guarded by lock */
	struct thread *first, *last; /* by served, ascending; equals in order of arrival */
	struct thread *running; /* NULL: idle */
	uint64_t running_served; /* running's account when it got the hart */
	uint64_t floor; /* nobody here has been served less for long; never falls */
	uint64_t slice_end; /* written by the hart itself */
} __attribute__((aligned(64)));

/* How many wait in @rq, as a hint: who needs to be sure takes the lock and looks again. */
static inline unsigned rq_length(const struct rq *rq)
{
	return atomic_load_relaxed(&rq->n); /* pairs with the stores in rq_insert and rq_remove */
}

static inline void rq_insert(struct rq *rq, struct thread *t) MUST_HOLD(rq->lock)
{
	struct thread *after = rq->last;

	while (after && after->served > t->served)
		after = after->prev;
	t->prev = after;
	t->next = after ? after->next : rq->first;
	*(t->next ? &t->next->prev : &rq->last) = t;
	*(after ? &after->next : &rq->first) = t;
	t->state = THREAD_READY;
	t->queued = time_now();
	atomic_store_relaxed(&rq->n, rq->n + 1);
}

static inline void rq_remove(struct rq *rq, struct thread *t) MUST_HOLD(rq->lock)
{
	*(t->prev ? &t->prev->next : &rq->first) = t->next;
	*(t->next ? &t->next->prev : &rq->last) = t->prev;
	t->next = t->prev = NULL;
	t->waited += time_now() - t->queued;
	atomic_store_relaxed(&rq->n, rq->n - 1);
}

/* What the running thread has been served by now; meaningless when idle. */
static inline uint64_t rq_running_served(const struct rq *rq)
{
	return rq->running_served + (time_now() - rq->running->since);
}

/*
 * Raise the floor to what the least served runnable thread has had. Whoever is about to compare an
 * account with the floor, or to take the least served thread away, does this first.
 */
static inline void rq_raise_floor(struct rq *rq) MUST_HOLD(rq->lock)
{
	uint64_t least = UINT64_MAX;

	if (rq->running)
		least = rq_running_served(rq);
	if (rq->first)
		least = MIN(least, rq->first->served);
	if (least != UINT64_MAX && least > rq->floor)
		rq->floor = least;
}

/* The account of the last in @rq; 0: nobody waits. */
static inline uint64_t rq_most_served(const struct rq *rq) MUST_HOLD(rq->lock)
{
	return rq->last ? rq->last->served : 0;
}

/* @t (NULL: nobody) has the hart of @rq for a slice. It is in no queue. */
static inline void rq_set_running(struct rq *rq, struct thread *t, uint64_t slice)
	MUST_HOLD(rq->lock)
{
	rq->running = t;
	if (!t)
		return;
	t->state = THREAD_RUNNING;
	t->since = time_now();
	rq->running_served = t->served;
	rq->slice_end = t->since + slice;
}

/*
 * Book what the current thread has had of the hart; while it is still RUNNING, so nobody else looks
 * at its account.
 */
static inline void account(struct thread *t)
{
	uint64_t ran = time_now() - t->since;

	t->served += ran;
	t->ran += ran;
}

/* Was there a token for @t? It is gone now. */
static inline bool had_token(struct thread *t) MUST_HOLD(t->lock)
{
	if (!t->token)
		return false;
	t->token = false;
	return true;
}

/* The current thread @t is about to leave its hart, as @to: nobody queues it until it is woken. */
static inline void leave(struct thread *t, enum thread_state to) MUST_HOLD(t->lock)
{
	account(t);
	t->state = to;
}

/* Which harts may run one of those who wait here. */
static inline uint64_t rq_takers(const struct rq *rq) MUST_HOLD(rq->lock)
{
	uint64_t takers = 0;

	for (const struct thread *t = rq->first; t; t = t->next)
		takers |= t->affinity;
	return takers;
}

#endif
