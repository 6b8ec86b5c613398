/* SPDX-License-Identifier: MIT */
/*
 * trace.h - race points and trace on the real machine: in builds with RACE_POINTS=1, nothing at all
 * in others.
 *
 * schedule= steers the vCPUs of the first VM (scripts/lab/replay/replay.c); trace=1 prints what
 * happened when the last VM ends (scripts/lab/replay/trace.c), for scripts/run/trace.py to draw.
 */
#ifndef SCHED_TRACE_H
#define SCHED_TRACE_H

#ifdef DORMOUSE_RACE_POINTS
#include "scripts/lab/replay/replay.h"
#else
#define RACE_EVENT(v, name) ((void)0)
#define replay_init() true
#define replay_end() ((void)0)
#define trace_dump() ((void)0)
#define trace_run(t) ((void)0)
#endif

#endif
