/* SPDX-License-Identifier: MIT */
/*
 * timer.c - per-hart lists of deadlines over one compare register each (Sstc, or the firmware's
 * TIME extension).
 */
#include "sched/timer.h"

#include "lib/atomic.h"
#include "lock/spinlock.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/fw.h"
#include "riscv/hart.h"
#include "sched/sched.h"

struct timer_list {
	struct spinlock lock;
	struct timer *first; /* by deadline, ascending; guarded by lock */
	uint64_t soonest; /* first's deadline; written with the lock held, read without (atomic) */
} __attribute__((aligned(64)));

static struct timer_list lists[MAX_HARTS];

void timer_init(struct timer *t, struct thread *thread)
{
	*t = (struct timer){ .hart = NO_HART, .thread = thread };
}

/* After every change of the list. */
static void note_soonest(struct timer_list *l) MUST_HOLD(l->lock)
{
	/* pairs with timer_program */
	atomic_store_relaxed(&l->soonest, l->first ? l->first->deadline : TIME_NEVER);
}

void timer_init_hart(void)
{
	struct hart *h = this_hart();

	spin_init(&lists[h->index].lock, RANK_TIMER);
	lists[h->index].soonest = TIME_NEVER;
	h->timer_set = 0;
	timer_program();
}

void timer_take_off(struct timer *t)
{
	unsigned i;

	/*
	 * Expiry may take it off the list between our look and our lock; it never moves to another
	 * list by itself.
	 */
	while ((i = atomic_load_relaxed(&t->hart)) != NO_HART) {
		struct timer_list *l = &lists[i];

		spin_lock(&l->lock);
		for (struct timer **p = &l->first; *p; p = &(*p)->next) {
			if (*p == t) {
				*p = t->next;
				atomic_store_relaxed(&t->hart, NO_HART);
				note_soonest(l);
				break;
			}
		}
		spin_unlock(&l->lock);
	}
}

void timer_arm(struct timer *t, uint64_t deadline)
{
	unsigned i = this_hart()->index;
	struct timer_list *l = &lists[i];
	struct timer **p;
	bool sooner;

	timer_cancel(t);
	if (deadline == TIME_NEVER)
		return;
	spin_lock(&l->lock);
	for (p = &l->first; *p && (*p)->deadline <= deadline; p = &(*p)->next)
		;
	t->deadline = deadline;
	t->next = *p;
	*p = t;
	atomic_store_relaxed(&t->hart, i);
	note_soonest(l);
	sooner = l->first == t;
	spin_unlock(&l->lock);
	if (sooner)
		timer_program();
}

/*
 * Never more than a second ahead: that often stuck_check() looks at a guest, even at one that is
 * alone on its hart.
 */
static NOINLINE void set_hardware(struct hart *h, uint64_t next)
{
	uint64_t at = MIN(next, time_now() + timebase);

	h->timer_set = next;
	if (common_caps.sstc)
		csr_write(CSR_STIMECMP, at);
	else
		fw_set_timer(at);
}

void timer_program_with(uint64_t slice_end)
{
	struct hart *h = this_hart();
	/*
	 * Without the lock: only this hart adds timers here. Another may take one off meanwhile;
	 * then we wake up once in vain.
	 */
	uint64_t next = atomic_load_relaxed(&lists[h->index].soonest);

	next = MIN(next, slice_end);
	if (next != h->timer_set)
		set_hardware(h, next);
}

void timer_program(void)
{
	timer_program_with(sched_slice_end());
}

void timer_expire(void)
{
	struct hart *h = this_hart();
	struct timer_list *l = &lists[h->index];

	for (;;) {
		struct timer *t;

		spin_lock(&l->lock);
		t = l->first;
		if (!t || t->deadline > time_now()) {
			spin_unlock(&l->lock);
			break;
		}
		l->first = t->next;
		note_soonest(l);
		/*
		 * Release: who sees this writes t->next anew without our lock (timer_arm), and we
		 * have read it. Pairs with timer_cancel.
		 */
		atomic_store_release(&t->hart, NO_HART);
		spin_unlock(&l->lock);
		/*
		 * The thread looks at the time itself, so a timer re-armed meanwhile is at worst
		 * looked at early.
		 */
		sched_notify(t->thread);
	}
	h->timer_set = 0; /* what fired must be set again, even to the same time */
	timer_program();
}
