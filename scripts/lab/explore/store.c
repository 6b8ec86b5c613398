/* SPDX-License-Identifier: MIT */
/*
 * store.c - the states seen: an arena of parts, an array of states, and a table of hashes for each.
 * No entry is ever changed.
 */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT 16UL /* parts are at multiples of it, so that their numbers are small */
#define ARENA (UNIT << 24)
#define PART_SLOTS (1UL << 22)
#define FEWEST_SLOTS (1UL << 21)

struct part {
	uint32_t size, hash;
	char bytes[];
};

/* What the workers share. */
static struct shared {
	size_t arena_used, parts_used, states, holes, slots;
} *shared;

static char *arena;
static uint32_t *part_slots; /* 0: empty */
static uint32_t *slots; /* 1 + number of a state, 0: empty */
static char *states;
static size_t parts_per_state, state_size, states_max, slots_max;
static unsigned long memory;

static void *map(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED) {
		perror("explore: no address space");
		exit(2);
	}
	return p;
}

uint64_t store_hash(const void *bytes, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15UL ^ n, w;
	const char *p = bytes;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdUL;
		h ^= h >> 29;
	}
	for (w = 0; n; n--)
		w = w << 8 | (uint8_t)*p++;
	h = (h ^ w) * 0xc4ceb9fe1a85ec53UL;
	return h ^ h >> 32;
}

void store_open(unsigned parts, unsigned long bytes)
{
	parts_per_state = parts;
	state_size = parts * 3 + sizeof(uint32_t) + 2;
	memory = bytes;
	states_max = MIN(bytes / state_size, 0xfffffff0UL);
	slots_max = FEWEST_SLOTS;
	while (slots_max < states_max * 2)
		slots_max *= 2;
	shared = map(sizeof(*shared));
	arena = map(ARENA);
	part_slots = map(PART_SLOTS * sizeof(*part_slots));
	slots = map(slots_max * sizeof(*slots));
	states = map(states_max * state_size);
	shared->arena_used = UNIT; /* no part has number 0 */
	shared->slots = FEWEST_SLOTS;
}

/* ---- Parts ---- */

static struct part *part_nr(uint32_t nr)
{
	return (struct part *)(arena + nr * UNIT);
}

static uint32_t new_part(const void *bytes, size_t n, uint32_t hash)
{
	size_t size = (sizeof(struct part) + n + UNIT - 1) / UNIT * UNIT;
	size_t at = __atomic_fetch_add(&shared->arena_used, size, __ATOMIC_RELAXED);
	struct part *p = (struct part *)(arena + at);

	if (at + size > ARENA ||
	    __atomic_add_fetch(&shared->parts_used, 1, __ATOMIC_RELAXED) > PART_SLOTS / 4 * 3)
		return 0;
	p->size = (uint32_t)n;
	p->hash = hash;
	memcpy(p->bytes, bytes, n);
	return (uint32_t)(at / UNIT);
}

uint32_t store_part(const void *bytes, size_t n)
{
	uint32_t hash = (uint32_t)store_hash(bytes, n), mine = 0;

	for (size_t at = hash & (PART_SLOTS - 1);; at = (at + 1) & (PART_SLOTS - 1)) {
		uint32_t nr = __atomic_load_n(&part_slots[at], __ATOMIC_ACQUIRE);

		if (!nr) {
			if (!mine)
				mine = new_part(bytes, n, hash);
			/*
			 * Another worker may have taken the slot meanwhile; then nr is what it put
			 * there.
			 */
			if (!mine ||
			    __atomic_compare_exchange_n(&part_slots[at], &nr, mine, false,
							__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
				return mine;
		}
		if (part_nr(nr)->hash == hash && part_nr(nr)->size == n &&
		    !memcmp(part_nr(nr)->bytes, bytes, n))
			return nr;
	}
}

const char *store_bytes(uint32_t part, size_t *n)
{
	*n = part_nr(part)->size;
	return part_nr(part)->bytes;
}

/* ---- States ---- */

static char *state_nr(size_t nr)
{
	return states + nr * state_size;
}

enum noted store_state(const uint32_t *parts, struct way way)
{
	char buf[MAX_PARTS * 3 + sizeof(uint32_t)];
	size_t n = parts_per_state * 3, mask = shared->slots - 1, mine = 0;

	for (size_t i = 0; i < parts_per_state; i++)
		/* little-endian: the fourth byte is 0 and overwritten */
		memcpy(buf + i * 3, &parts[i], sizeof(parts[i]));
	for (size_t at = store_hash(buf, n) & mask;; at = (at + 1) & mask) {
		uint32_t nr = __atomic_load_n(&slots[at], __ATOMIC_ACQUIRE);

		if (!nr) {
			if (!mine) {
				mine = __atomic_add_fetch(&shared->states, 1, __ATOMIC_RELAXED);
				if (mine > states_max || mine > mask / 8 * 7) {
					__atomic_sub_fetch(&shared->states, 1, __ATOMIC_RELAXED);
					return FULL;
				}
				memcpy(state_nr(mine - 1), buf, n);
				memcpy(state_nr(mine - 1) + n, &way.parent, sizeof(way.parent));
				state_nr(mine - 1)[n + 4] = (char)way.co;
				state_nr(mine - 1)[n + 5] = (char)way.choice;
			}
			if (__atomic_compare_exchange_n(&slots[at], &nr, (uint32_t)mine, false,
							__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
				return NEW;
		}
		if (!memcmp(state_nr(nr - 1), buf, n))
			break;
	}
	if (mine) {
		/* Somebody else had the same state at the same moment: this number stays unused. */
		memset(state_nr(mine - 1) + n, 0xff, sizeof(way.parent));
		__atomic_add_fetch(&shared->holes, 1, __ATOMIC_RELAXED);
	}
	return KNOWN;
}

void store_read(size_t state, uint32_t *parts)
{
	const char *p = state_nr(state);

	for (size_t i = 0; i < parts_per_state; i++) {
		memcpy(&parts[i], p + i * 3, sizeof(parts[i]));
		parts[i] &= 0xffffff;
	}
}

struct way store_way(size_t state)
{
	const char *p = state_nr(state) + parts_per_state * 3;
	struct way way = { .co = (uint8_t)p[4], .choice = (uint8_t)p[5] };

	memcpy(&way.parent, p, sizeof(way.parent));
	return way;
}

size_t store_end(void)
{
	return __atomic_load_n(&shared->states, __ATOMIC_RELAXED);
}

size_t store_states(void)
{
	return store_end() - shared->holes;
}

unsigned long store_used(void)
{
	return store_end() * state_size + shared->slots * sizeof(*slots) + shared->arena_used +
	       shared->parts_used * sizeof(*part_slots);
}

/* Put the states into a table of @n slots. */
static void rebuild(size_t n)
{
	size_t mask = n - 1;

	memset(slots, 0, shared->slots * sizeof(*slots));
	shared->slots = n;
	for (size_t i = 0; i < shared->states; i++) {
		size_t at = store_hash(state_nr(i), parts_per_state * 3) & mask;

		if (store_way(i).parent == NO_PARENT)
			continue;
		while (slots[at])
			at = (at + 1) & mask;
		slots[at] = (uint32_t)(i + 1);
	}
}

bool store_reserve(size_t more)
{
	size_t want = shared->states + more, n = shared->slots;

	while (want > n / 4 * 3)
		n *= 2;
	if (want > states_max || n > slots_max ||
	    want * state_size + n * sizeof(*slots) + shared->arena_used > memory)
		return false;
	if (n != shared->slots)
		rebuild(n);
	return true;
}
