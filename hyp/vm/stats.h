/* SPDX-License-Identifier: MIT */
/* stats.h - what VMs did with their time, for people and for programs. */
#ifndef VM_STATS_H
#define VM_STATS_H

struct vm;

/*
 * Print, per vCPU, the time run, waited and idle since it was first started, exits by cause, switches and migrations: a readable
 * line each, then all of them as one line of JSON. May sleep; no lock held. The numbers of a running vCPU are a snapshot.
 */
void stats_print(struct vm *vm);
void stats_print_all(void);

#endif
