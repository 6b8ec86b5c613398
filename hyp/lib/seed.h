/* SPDX-License-Identifier: MIT */
/*
 * seed.h - random numbers for others from one secret: whoever gets some can compute neither those
 * of anybody else, nor earlier or later ones.
 *
 * One block of ChaCha20 (RFC 8439, section 2.3) makes the next state and what is given away, so no
 * state can be found from what left it ("fast key erasure"). What is taken in is added to key,
 * counter and nonce, a block for every 48 bytes. No locks: a struct seed belongs to one thread.
 *
 * Optional room: entropy, 15 lines.
 */
#ifndef LIB_SEED_H
#define LIB_SEED_H

#include "lib/types.h"

struct seed {
	uint32_t in[12]; /* ChaCha20's key (8), counter and nonce; secret. All zero to begin with */
	unsigned at; /* bytes of it that something has been added to since the last block */
};

/* Take in @n bytes. Any thing is welcome: what an attacker knows does no harm. */
void seed_add(struct seed *s, const void *data, size_t n);

/* SEED_SIZE bytes to give away; never the same again. */
#define SEED_SIZE 32
void seed_take(struct seed *s, void *out);

/* The block function: @in is key, counter and nonce. For seed.c and its test. */
void chacha20_block(const uint32_t in[12], uint32_t out[16]);

#endif
