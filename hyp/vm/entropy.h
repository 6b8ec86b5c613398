/* SPDX-License-Identifier: MIT */
/* entropy.h - seeds for the guests' random numbers. */
#ifndef VM_ENTROPY_H
#define VM_ENTROPY_H

#include "lib/types.h"

struct vm;

/* Find out what nobody can guess, once; says so if there is too little. Boot only, harts probed. */
void entropy_gather(void);
/* Give a new VM its secret. Boot only. */
void entropy_for_vm(struct vm *vm);
/* Is there enough, so that nobody can guess a seed? After entropy_gather(). */
bool entropy_enough(void);
/* A seed for this boot of the VM. By its keeper only. */
void entropy_take(struct vm *vm, uint64_t seed[4]);

#endif
