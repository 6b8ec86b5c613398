/* SPDX-License-Identifier: MIT */
/* replay.h - what sched/trace.h is in builds with RACE_POINTS=1. */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "lib/types.h"

struct mutex;
struct thread;
struct vcpu;

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

#endif
