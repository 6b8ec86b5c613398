/* SPDX-License-Identifier: MIT */
/* anycall.c - SBI calls with random arguments. Contracts are in anycall.h. */
#include "anycall.h"

#include "csr.h"
#include "hart.h"
#include "machine.h"
#include "sbi.h"

bool any_call_keeps;
#define KEEPS	3	/* the last of the extensions that are known */

/* What calls may read and write. */
static u8 buffer[4096] ALIGNED(4096);

u64 any_value(random_fn random)
{
	static const u64 edges[] = {
		0, 1, 2, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff,
		1ul << 32, 1ul << 63, ~0ul, ~0ul - 1, 0x8000000000000001ul,
	};
	u64 r = random();

	switch (r % 4) {
	case 0:
		return edges[(r >> 8) % ARRAY_SIZE(edges)];
	case 1:
		return (r >> 8) % 70;
	case 2:
		return (u64)buffer + (r >> 8) % sizeof(buffer);
	default:
		return r;
	}
}

static u64 any_eid(random_fn random)
{
	static const u64 known[] = {
		EID_BASE, EID_TIME, EID_IPI, EID_RFENCE, EID_HSM, EID_SRST,
		EID_SUSP, EID_DBCN, EID_PMU, EID_FWFT, EID_STA,
	};
	u64 r = random(), n = ARRAY_SIZE(known) - (any_call_keeps ? 0 : KEEPS);

	/* The top bit keeps clear of every extension that exists. */
	return r % 8 ? known[(r >> 8) % n] : r | 0x80000000ul;
}

static void tame_hsm(random_fn random, u64 *x)
{
	static const u64 types[] = { 0, 1, 5, 0x0fffffff, 0x8fffffff, ~0ul };

	switch ((u32)x[16]) {
	case 0:
		x[11] = random() & 1 ? bad_address() : (u64)hart_entry_a;
		break;
	case 1:
		x[16] = 2;	/* not stopping ourselves */
		break;
	case 3:
		x[10] = types[random() % ARRAY_SIZE(types)];
		sbi_set_timer(0);
		csr_set(sie, SIP_STIP);
		break;
	}
}

/* What would rightly end the run, or this hart, gets other arguments. */
static void tame(random_fn random, u64 *x)
{
	switch (x[17]) {
	case EID_HSM:
		tame_hsm(random, x);
		break;
	case EID_SRST:
		x[10] = 3 + x[10] % 1000;
		break;
	case EID_SUSP:
		x[10] = 1 + x[10] % 1000;
		break;
	case EID_DBCN:
		/* Silent, and into our buffer only. */
		x[10] %= 64;
		x[11] = random() & 1 ? bad_address() : (u64)buffer;
		x[12] = 0;
		if ((u32)x[16] == 2)
			x[16] = 3;
		if ((u32)x[16] == 0)
			x[10] = 0;
		break;
	case EID_PMU:
		if ((u32)x[16] != 8)
			break;
		x[10] = random() & 1 ? bad_address() : (u64)buffer;
		x[12] %= sizeof(buffer) / 16 + 1;
		break;
	case EID_STA:
		x[10] = random() & 1 ? any_value(random) | 1 : (u64)buffer;
		break;
	case EID_RFENCE:
		x[13] &= 0xfffff; /* fences of many pages are right, but slow */
		break;
	}
}

void any_call_arguments(random_fn random, u64 *x)
{
	for (u32 n = 10; n < 17; n++)
		x[n] = any_value(random);
	x[17] = any_eid(random);
	if (random() % 8)
		x[16] = random() % 8;
	tame(random, x);
}
