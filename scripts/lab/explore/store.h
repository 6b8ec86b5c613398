/* SPDX-License-Identifier: MIT */
/*
 * store.h - every state seen, exactly and small: a state is a tuple of parts, and equal parts are
 * kept once.
 *
 * A part is a piece of the world's variables or a coroutine with its stack. There are few different
 * ones, so a state costs three bytes for each, six for the way there and six in the table that
 * finds it again. Shared by the workers, who are processes.
 */
#ifndef EXPLORE_STORE_H
#define EXPLORE_STORE_H

#include "lib/types.h"

#define MAX_PARTS 32
#define NO_PARENT 0xffffffffU

/* How a state was reached first: coroutine @co made choice @choice in state @parent. */
struct way {
	uint32_t parent;
	uint8_t co, choice;
};

/* States of @parts parts each, in at most @memory bytes. Before any worker is forked. */
void store_open(unsigned parts, unsigned long memory);

/* A number for the @n bytes at @bytes, the same whenever they are the same, never 0. 0: no room. */
uint32_t store_part(const void *bytes, size_t n);
/* The bytes again. */
const char *store_bytes(uint32_t part, size_t *n);

enum noted { NEW, KNOWN, FULL };
/* Has this state been seen? If not it is numbered and kept. */
enum noted store_state(const uint32_t *parts, struct way way);
void store_read(size_t state, uint32_t *parts);
/* parent NO_PARENT: no state has this number. */
struct way store_way(size_t state);

size_t store_end(void); /* the number that the next state will have */
size_t store_states(void);
unsigned long store_used(void); /* bytes */

/* Make room for @more new states; call while no worker is at work. False: they may not fit. */
bool store_reserve(size_t more);

uint64_t store_hash(const void *bytes, size_t n);

#endif
