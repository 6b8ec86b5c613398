/* SPDX-License-Identifier: MIT */
/*
 * alarm.c - the clock's alarm as a source of wake-ups. Contracts are in alarm.h. Goldfish RTC;
 * RISC-V PLIC specification 1.0.0.
 */
#include <libfdt.h>

#include "alarm.h"
#include "../lib/hart.h"
#include "../lib/machine.h"

#define SOURCE 11
#define PLIC(offset) (*(volatile u32 *)(0x0c000000ul + (offset)))
#define PRIORITY PLIC(4 * SOURCE)
#define CONTEXT (2 * main_hart->id + 1) /* its S-mode */
#define ENABLE PLIC(0x2000 + 0x80 * CONTEXT)
#define THRESHOLD PLIC(0x200000 + 0x1000 * CONTEXT)
#define CLAIM PLIC(0x200004 + 0x1000 * CONTEXT)

static volatile u32 *const rtc = (volatile u32 *)0x101000;

enum { TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH, IRQ_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR };

bool alarm_there(void)
{
	static const char *const parts[] = { "google,goldfish-rtc", "sifive,plic-1.0.0" };
	bool there = true;

	for (u32 i = 0; i < ARRAY_SIZE(parts); i++)
		there &= fdt_node_offset_by_compatible(machine.fdt, -1, parts[i]) >= 0;
	return there;
}

void alarm_in(u64 ms)
{
	u64 low = rtc[TIME_LOW]; /* keeps the other half */
	u64 at = ((u64)rtc[TIME_HIGH] << 32 | low) + ms * 1000000;

	PRIORITY = 1;
	THRESHOLD = 0;
	ENABLE |= 1u << SOURCE;
	rtc[CLEAR] = 1;
	rtc[IRQ_ENABLED] = 1;
	rtc[ALARM_HIGH] = (u32)(at >> 32);
	rtc[ALARM_LOW] = (u32)at;
}

bool alarm_take(void)
{
	u32 source = CLAIM;

	rtc[CLEAR_ALARM] = 1;
	rtc[CLEAR] = 1;
	CLAIM = source;
	return source == SOURCE;
}
