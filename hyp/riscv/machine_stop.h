/* SPDX-License-Identifier: MIT */
/* machine_stop.h - the two ways out: an orderly power-off and a panic. */
#ifndef RISCV_MACHINE_STOP_H
#define RISCV_MACHINE_STOP_H

#include "lib/atomic.h"
#include "lib/types.h"

/* Boot: end with an exit status through QEMU's test device at @pa (sifive,test0). */
void stop_use_test_device(paddr_t pa);
/* Do so now, if there is one: waits until QEMU has seen it. */
void stop_by_test_device(int status);

/* What machine_stop() will do, for a message. */
const char *machine_end_name(void);
/* Do it; returns if the firmware can neither do it nor power off. */
void machine_end(void);

/*
 * The run is over: power off, or what at-end= says. @status 0 = all is well, 1 = not (only the test
 * device can tell, which comes first). Any hart.
 */
NORETURN void machine_stop(int status);

/*
 * Is the machine being powered off, or has some hart panicked? Then the others stay where they are.
 */
static inline bool machine_is_stopping(void)
{
	extern uint32_t machine_stopping;

	/* pairs with the swaps in fault.c; the kick that follows orders it */
	return atomic_load_relaxed(&machine_stopping) != 0;
}

#endif
