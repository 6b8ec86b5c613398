/* SPDX-License-Identifier: MIT */
/* trace.h - stands in for hyp/sched/trace.h: the explorer has its own. */
#ifndef SCHED_TRACE_H
#define SCHED_TRACE_H

struct vcpu;

void explore_event(struct vcpu *v, const char *name);
#define trace_run(thread) ((void)(thread))
#define RACE_EVENT(v, name) explore_event((v), #name)

#endif
