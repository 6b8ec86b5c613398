/* SPDX-License-Identifier: MIT */
/*
 * trace.h - race points and trace on the real machine: in builds with RACE_POINTS=1, nothing at all
 * in others.
 *
 * schedule= steers the vCPUs of the first VM (scripts/replay/replay.c); trace=1 prints what
 * happened when the last VM ends (scripts/replay/trace.c), for scripts/trace to draw.
 */
#ifndef SCHED_TRACE_H
#define SCHED_TRACE_H

#include "lib/types.h"

struct mutex;
struct thread;
struct vcpu;

#ifdef DORMOUSE_RACE_POINTS

/* A race point that the vCPU @v has passed without running it: nobody can be held at it. */
#define RACE_EVENT(v, name) \
	do { \
		static const char *const point_ \
			__attribute__((used, section("race_points"))) = #name; \
		race_event(v, point_); \
	} while (0)

/*
 * All names given to RACE_POINT() and RACE_EVENT(), collected by the linker; one may be there more
 * than once.
 */
extern const char *const race_points[], *const race_points_end[];

/* Read the schedule. False: fail_text says what is wrong with it. Boot only, once the VMs exist. */
bool replay_init(void);
void race_event(struct vcpu *v, const char *name);
/* The current thread waits for @m; has it now. */
void replay_queued(const struct mutex *m);
void replay_granted(void);
/* The last VM has ended: what was not replayed; the trace, if asked for. */
void replay_end(void);
void trace_dump(void);
/* @t has passed @point; @t gets this hart. */
void trace_point(const struct thread *t, const char *point);
void trace_run(const struct thread *t);

#else

#define RACE_EVENT(v, name) ((void)0)
#define replay_init() true
#define replay_end() ((void)0)
#define trace_dump() ((void)0)
#define trace_run(t) ((void)0)

#endif

#endif
