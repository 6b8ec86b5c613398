/* SPDX-License-Identifier: MIT */
/* stats.h - what VMs did with their time, for people and for programs. */
#ifndef VM_STATS_H
#define VM_STATS_H

#include "lib/types.h"

struct vm;

/*
 * Print, per vCPU of @vm, the time run, waited and idle (neither) since it was first started, exits
 * by cause, switches and migrations: a readable line each. @vm has ended, once; with the last one
 * everything follows as one line of JSON, for all VMs. NULL: the whole of it, for all VMs, now; the
 * numbers of a running vCPU are a snapshot. May sleep; no lock held.
 */
void stats_print(const struct vm *vm);

#endif
