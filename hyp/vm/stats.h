/* SPDX-License-Identifier: MIT */
/* stats.h - what VMs did with their time, for people and for programs. */
#ifndef VM_STATS_H
#define VM_STATS_H

struct vm;

/*
 * Print, per vCPU, the time run, waited and idle (neither) since it was first started, exits by cause, switches and migrations: a
 * readable line each, then everything as one line of JSON, for all VMs. The numbers of a running vCPU are a snapshot. May sleep; no
 * lock held.
 */
void stats_print_all(void);

/* The same for @vm, which has ended; the line of JSON comes with the last one. Once per VM. */
void stats_print(const struct vm *vm);

#endif
