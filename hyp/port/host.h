/* SPDX-License-Identifier: MIT */
/*
 * host.h - the fake machine for tests: port.h on the threads of the machine that builds us, and
 * what tests need besides.
 *
 * A host thread is at once a hart and a thread of the hypervisor; it becomes one by its first call.
 */
#ifndef PORT_HOST_H
#define PORT_HOST_H

#include "port/port.h"

/* Name the calling thread, as log lines and panics show it. Kept by reference. */
void host_name(const char *name);

/*
 * Called at every RACE_POINT by the thread that reaches it. NULL: nothing happens. A hook may
 * block. Set it while no other thread runs.
 */
extern void (*host_race_hook)(const char *point);

/* A hook: at random go on, yield or sleep some microseconds. */
void host_jitter(const char *point);

/* Called by port_panic with the message instead of aborting. NULL: abort. Must not return. */
extern void (*host_panic_hook)(const char *message);

/* A number from the calling thread's own sequence, below @n > 0. */
unsigned host_random(unsigned n);

#endif
