/* SPDX-License-Identifier: MIT */
/* host.h - what boot found out about the machine and was told by its user: constant afterwards. */
#ifndef VM_HOST_H
#define VM_HOST_H

#include "conf/machine.h"
#include "conf/options.h"

extern struct machine host_machine;
extern struct options host_options;

/* What guests are offered. */
isa_set host_guest_isa(void);

/*
 * A VM has ended for good. The last one to do so powers the machine off; @failed by any gives exit
 * status 1.
 */
void host_vm_ended(bool failed);

#endif
