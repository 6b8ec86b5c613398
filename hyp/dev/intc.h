/* SPDX-License-Identifier: MIT */
/*
 * intc.h - the guest's interrupt controller, as the devices that are wired to it see it. There is
 * one implementation, plic.c. Without that room these do nothing, and drivers poll.
 */
#ifndef DEV_INTC_H
#define DEV_INTC_H

#include "lib/types.h"

struct tree_out;
struct vm;

/* The wires of QEMU's virt machine, which some kernels know by heart: one per device. */
#define INTC_UART 10
#define INTC_RTC 11

/*
 * The device at wire @source of @vm wants attention, or (@level false) does not any more. Any
 * thread; no spinlock held. Who changes a level at the same time as others looks again, after this
 * call, whether it still is the right one.
 */
void intc_line(struct vm *vm, unsigned source, bool level);

/* Into the node of the device at wire @source: where it is connected. */
void intc_wire(struct tree_out *o, unsigned source);

#endif
