/* SPDX-License-Identifier: MIT */
/*
 * room.h - what a file that can be taken out is told of, without being known to anybody: rows of
 * its own (lib/rows.h).
 */
#ifndef VM_ROOM_H
#define VM_ROOM_H

#include "lib/rows.h"
#include "lib/types.h"

struct vcpu;
struct vm;

/* Each may be NULL. */
struct watcher {
	/* Boot only: a vCPU has been made; then, once: all VMs have. */
	void (*vcpu_made)(struct vcpu *v);
	void (*vms_made)(void);
	/* @vm has ended. By its keeper, once; may sleep, no lock held. */
	void (*vm_ended)(struct vm *vm);
};

ROWS(watcher, struct watcher);

/* Ctrl-] and a letter at the console. */
struct command {
	char key; /* none of 0-7 */
	const char *what; /* it does, in a word or two */
	void (*run)(void); /* may sleep, no lock held */
};

ROWS(command, struct command);

#endif
