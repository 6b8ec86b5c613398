/* SPDX-License-Identifier: MIT */
/* accesses.h - one load, store, atomic or jump at a place that may trap; for trap_catch(). */
#ifndef GUEST_SOAK_ACCESSES_H
#define GUEST_SOAK_ACCESSES_H

#include "../lib/test.h"

static u64 roll(void); /* random, of whoever includes this */

static void do_load(void *p)
{
	switch (roll() % 4) {
	case 0:
		(void)*(volatile u8 *)p;
		break;
	case 1:
		(void)*(volatile u16 *)p;
		break;
	case 2:
		(void)*(volatile u32 *)p;
		break;
	default:
		(void)*(volatile u64 *)p;
	}
}

static void do_store(void *p)
{
	if (roll() & 1)
		*(volatile u64 *)p = roll();
	else
		*(volatile u8 *)p = (u8)roll();
}

static void do_amo(void *p)
{
	add_fetch((u32 *)p, 1);
}

static void do_jump(void *p)
{
	((void (*)(void))p)();
}

static void (*const accesses[])(void *) = { do_load, do_store, do_amo, do_jump };

#endif
