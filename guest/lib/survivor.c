/* SPDX-License-Identifier: MIT */
/*
 * survivor.c - the note in memory, with a mark and a checksum: memory is
 * random after power-on, and firmware may have cleared it.
 */
#include "survivor.h"
#include "atomic.h"
#include "machine.h"

#define MARK 0x6472656d6f757365ul

struct stored {
	u64 mark;
	struct survivor note;
	u64 check;
	u64 pulse[MAX_HARTS];
};

extern struct stored _survivor;

static u64 checksum(const struct survivor *s)
{
	u64 sum = MARK ^ s->phase;

	for (u32 i = 0; i < ARRAY_SIZE(s->count); i++)
		sum = (sum << 7 | sum >> 57) + s->count[i];
	return sum;
}

bool survivor_load(struct survivor *s)
{
	*s = _survivor.note;
	return _survivor.mark == MARK && s->phase &&
	       _survivor.check == checksum(s);
}

void survivor_save(const struct survivor *s)
{
	_survivor.note = *s;
	_survivor.check = checksum(s);
	_survivor.mark = MARK;
	fence_all();
}

void survivor_clear(void)
{
	_survivor.mark = 0;
	fence_all();
}

volatile u64 *survivor_pulse(u32 index)
{
	return &_survivor.pulse[index];
}
