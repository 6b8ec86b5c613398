/* SPDX-License-Identifier: MIT */
/* stuck.h - a vCPU whose trap handler traps at its first instruction, again and again. */
#ifndef VM_STUCK_H
#define VM_STUCK_H

#include "lib/types.h"

struct vcpu;

/*
 * Can the loaded vCPU @self go on at all, or does its trap handler's first instruction trap? Says
 * so on the console; ends the VM, and does not return, if no vCPU of it is left that could change
 * that. Called now and then when the guest has been interrupted; no lock held.
 */
void stuck_check(struct vcpu *self);
/* @self, which has been stuck, goes on after all, or is about to stop. */
void stuck_no_more(struct vcpu *self);

#endif
