/* SPDX-License-Identifier: MIT */
/*
 * mp_table.c - the state diagram of a hart, as a table, and its only door: mp_set().
 *
 *                START            first entry             STOP             context saved
 *     STOPPED ----------> START_PENDING --> STARTED ----------> STOP_PENDING --> STOPPED
 *                                            |    ^
 *              HART_SUSPEND, SYSTEM_SUSPEND  |    |  wakes by itself
 *                                            v    |
 *                            SUSPEND_PENDING      RESUME_PENDING
 *                                          |      ^
 *                                          v      |
 *                                          SUSPENDED
 */
#include "mp/mp_table.h"

#include "lib/atomic.h"
#include "port/port.h"

/*
 * Who may make which move, and the section that allows it; nobody may make any other
 * (scripts/check/state_diagram.py draws this).
 */
static const bool edges[MP_NR_STATES][8] = { /* not 7: a row is found by a shift */
	/* 9.1 sbi_hart_start; by another vCPU, a reboot, an outside agent */
	[MP_STOPPED][MP_START_PENDING] = true,
	/* 9.1 sbi_hart_start; by the vCPU: its first act */
	[MP_START_PENDING][MP_STARTED] = true,
	/* 9.2 sbi_hart_stop; by the vCPU, also when a reset stops it */
	[MP_STARTED][MP_STOP_PENDING] = true,
	/* 9.2 sbi_hart_stop; by the scheduler it has left */
	[MP_STOP_PENDING][MP_STOPPED] = true,
	/* 9.4 sbi_hart_suspend, 13.1 sbi_system_suspend; by the vCPU */
	[MP_STARTED][MP_SUSPEND_PENDING] = true,
	/* 9.4 sbi_hart_suspend, 13.1 sbi_system_suspend; by the vCPU */
	[MP_SUSPEND_PENDING][MP_SUSPENDED] = true,
	/* 9.4 sbi_hart_suspend, 13.1 sbi_system_suspend; by the vCPU: has a reason */
	[MP_SUSPENDED][MP_RESUME_PENDING] = true,
	/* 9.4 sbi_hart_suspend, 13.1 sbi_system_suspend; by the vCPU */
	[MP_RESUME_PENDING][MP_STARTED] = true,
};

static const char *const state_names[MP_NR_STATES] = {
	[MP_STARTED] = "STARTED",
	[MP_STOPPED] = "STOPPED",
	[MP_START_PENDING] = "START_PENDING",
	[MP_STOP_PENDING] = "STOP_PENDING",
	[MP_SUSPENDED] = "SUSPENDED",
	[MP_SUSPEND_PENDING] = "SUSPEND_PENDING",
	[MP_RESUME_PENDING] = "RESUME_PENDING",
};

const char *mp_state_name(enum mp_state s)
{
	return (unsigned)s < MP_NR_STATES ? state_names[s] : "?";
}

bool mp_legal(enum mp_state from, enum mp_state to)
{
	return (unsigned)from < MP_NR_STATES && (unsigned)to < MP_NR_STATES && edges[from][to];
}

static enum mp_state state_of(const struct mp_vcpu *v)
{
	/* every write is under v->lock, which we hold */
	return (enum mp_state)atomic_load_relaxed(&v->state_);
}

enum mp_state mp_get(const struct mp_vcpu *v)
{
	spin_assert_held(&v->lock); /* L7 */
	return state_of(v);
}

void mp_set(struct mp_vcpu *v, enum mp_state to)
{
	enum mp_state from = state_of(v);

	spin_assert_held(&v->lock);
	if (!mp_legal(from, to))
		port_panic("mp: v%u: %s -> %s is not a legal move", v->index, mp_state_name(from),
			   mp_state_name(to));
	/* Release: pairs with the load in mp_status. */
	atomic_store_release(&v->state_, (uint32_t)to);
	TRACE(STATE, v, mp_state_name(to));
}
