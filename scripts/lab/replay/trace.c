/* SPDX-License-Identifier: MIT */
/*
 * trace.c - the last few thousand events that matter to the protocol (RACE_POINTS=1 builds only):
 * state changes of vCPUs, race
 * points, who waits for and holds which mutex, which thread a hart runs. trace=1 prints them when
 * the last VM ends:
 *
 *   trace: begin TICKS-PER-SECOND
 *   trace: TIME h0 v2 state STOPPED          the thread, not the caller: here vCPU 2, changed on
 *   hart 0
 *   trace: end EVENTS LOST
 *
 * No lock: a slot is claimed by one atomic add, and the dump runs when the VMs are silent.
 */
#include "sched/trace.h"

#include "conf/option.h"
#include "lib/atomic.h"
#include "lib/printf.h"
#include "lock/mutex.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "vm/host.h"
#include "vm/vcpu.h"

#define EVENTS 4096 /* 40 bytes each */

static struct event {
	uint64_t time;
	const struct thread *by;
	const char *kind, *what; /* constant strings */
	unsigned hart;
} events[EVENTS];
static uint64_t recorded; /* atomic: events ever */

static void record(const struct thread *by, const char *kind, const char *what)
{
	struct event *e = &events[atomic_fetch_add_relaxed(&recorded, 1UL) % EVENTS];

	*e = (struct event){
		.time = time_now(), .by = by, .kind = kind, .what = what, .hart = this_hart()->index
	};
}

void trace_point(const struct thread *t, const char *point)
{
	record(t, "point", point);
}

void trace_run(const struct thread *t)
{
	record(t, "run", "");
}

void port_trace(enum port_trace kind, const void *what, const char *detail)
{
	static const char *const kinds[] = { "state", "wait", "take", "free" };
	const struct mutex *m = what;

	if (kind == TRACE_STATE) {
		record(&vcpu_of((struct mp_vcpu *)(uintptr_t)what)->thread, kinds[kind], detail);
		return;
	}
	if (m->rank != RANK_VM)
		/*
		 * what is steered and drawn is the protocol; the console's only has to do with how
		 * it is told
		 */
		return;
	record(this_hart()->current, kinds[kind], rank_name(m->rank));
	if (kind == TRACE_LOCK_WAIT)
		replay_queued(m);
	else if (kind == TRACE_LOCK_TAKEN)
		replay_granted();
}

static unsigned wanted; /* trace=1 */
static const struct option option = {
	.name = "trace",
	.right = "a number",
	.max = 1,
	.own = &wanted,
	.own_size = sizeof(wanted),
};

ROW(option, option);

void trace_dump(void)
{
	uint64_t n = atomic_load_relaxed(&recorded), lost = n > EVENTS ? n - EVENTS : 0;
	char line[120];
	int begin = snprintf(line, sizeof(line), "trace: begin %lu\n", timebase);

	if (!wanted)
		return;
	port_console_write(line, (size_t)begin);
	for (uint64_t i = lost; i < n; i++) {
		const struct event *e = &events[i % EVENTS];

		port_console_write(line, (size_t)snprintf(line, sizeof(line),
							  "trace: %lu h%u %s %s %s\n", e->time,
							  e->hart, e->by->name, e->kind, e->what));
	}
	port_console_write(line, (size_t)snprintf(line, sizeof(line), "trace: end %lu %lu\n",
						  n - lost, lost));
}
