/* SPDX-License-Identifier: MIT */
/*
 * ring.c - the token ring. The token is nothing but to run while the others of the ring are STOPPED
 * or on their way there.
 */
#include "ring.h"
#include "atomic.h"
#include "hart.h"
#include "time.h"

static u32 over;	/* atomic; set by main: whoever holds the token, stop */
static u64 steps;	/* atomic; main reads it when all have stopped */

static struct hart *after(struct hart *h)
{
	do {
		h = h + 1 < harts + hart_count ? h + 1 : harts;
	} while (h == main_hart);
	return h;
}

/* I have the token. Hand it on, then stop (by returning). */
static void hold_token(void *arg)
{
	struct hart *next = after(hart_self());

	add_fetch(&steps, 1);
	while (!load_acquire(&over)) {
		/* Alone in the ring: keep the token and stay awake. */
		if (next == hart_self()) {
			cpu_relax();
			continue;
		}
		/* The next one may still be on its way to STOPPED: retry. */
		hart_prepare(next, hold_token, arg);
		if (!sbi_hart_start(next->id, hart_entry_a, 0).error)
			return;
		cpu_relax();
	}
}

void ring_start(void)
{
	over = 0;
	steps = 0;
	hart_run(after(main_hart), hold_token, NULL);
}

u64 ring_stop(void)
{
	store_release(&over, 1);
	harts_join();
	return load_acquire(&steps);
}
