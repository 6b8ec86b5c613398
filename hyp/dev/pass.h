/* SPDX-License-Identifier: MIT */
/*
 * pass.h - what the guest's PLIC asks about sources that are wires of the host. Without the room
 * pass-through there are none.
 */
#ifndef DEV_PASS_H
#define DEV_PASS_H

#include "lib/types.h"

struct vcpu;
struct vm;
struct vm_config;

/* Is @source of @vm a wire of the host? Constant while VMs run. */
bool pass_is_host(const struct vm *vm, unsigned source);

/* @v wants the sources from 32 * @word on of which @bits has a bit. No spinlock held. */
void pass_wanted(struct vcpu *v, unsigned word, uint32_t bits);

/*
 * Its VM has completed @source, a wire of the host: it may interrupt again, if it was held. No
 * spinlock held.
 */
void pass_completed(unsigned source);

/*
 * Has @vm a device of the machine with registers at @base, a page, or with the interrupt @source?
 * Then it has no emulated one there. Boot only.
 */
bool pass_stands_in(const struct vm_config *vm, gpaddr_t base, unsigned source);

#endif
