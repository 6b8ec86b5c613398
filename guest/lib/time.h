/* SPDX-License-Identifier: MIT */
/*
 * time.h - the time CSR in milliseconds, and bounded waiting.
 */
#ifndef GUEST_LIB_TIME_H
#define GUEST_LIB_TIME_H

#include "csr.h"
#include "machine.h"

static inline u64 now(void)
{
	return csr_read(time);
}

static inline u64 ms_to_ticks(u64 ms)
{
	return machine.timebase * ms / 1000;
}

static inline u64 ticks_to_ms(u64 ticks)
{
	return ticks * 1000 / machine.timebase;
}

/* The time @ms milliseconds from now. */
static inline u64 after_ms(u64 ms)
{
	return now() + ms_to_ticks(ms);
}

/*
 * One round of a waiting loop: a pause hint, and the place where a
 * secondary hart notices that its test is over and stops itself.
 */
void cpu_relax(void);

/* Spin for @ms milliseconds. */
void delay_ms(u64 ms);

/* Spin until @cond holds, for at most @ms milliseconds; gives @cond. */
#define WAIT_FOR(cond, ms) ({						\
	u64 end_ = after_ms(ms);					\
	bool ok_;							\
	while (!(ok_ = (cond)) && now() < end_)				\
		cpu_relax();						\
	ok_;								\
})

/*
 * How long one test step may wait for another hart on a crowded machine;
 * bootargs slow=N make it N times as long.
 */
#define PATIENCE_MS (8000 * boot_number("slow", 1))

#endif
