/* SPDX-License-Identifier: MIT */
/*
 * seed.c - ChaCha20 as a source of seeds. Contracts are in seed.h.
 *
 * Optional room: entropy, 55 lines.
 */
#include "lib/seed.h"

#include "lib/string.h"

/* The state is in registers only where every index is a constant. */
#ifdef __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define ROTATE(v, n) ((v) << (n) | (v) >> (32 - (n)))
/* RFC 8439, section 2.1. */
#define QUARTER_ROUND(a, b, c, d) \
	(a += b, d ^= a, d = ROTATE(d, 16), c += d, b ^= c, b = ROTATE(b, 12), \
	 a += b, d ^= a, d = ROTATE(d, 8), c += d, b ^= c, b = ROTATE(b, 7))

void chacha20_block(const uint32_t in[12], uint32_t out[16])
{
	/* "expand 32-byte k", little-endian */
	const uint32_t first[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t x[16];

	UNROLL for (unsigned i = 0; i < 16; i++)
		x[i] = i < 4 ? first[i] : in[i - 4];
	for (unsigned i = 0; i < 10; i++) {
		QUARTER_ROUND(x[0], x[4], x[8], x[12]);
		QUARTER_ROUND(x[1], x[5], x[9], x[13]);
		QUARTER_ROUND(x[2], x[6], x[10], x[14]);
		QUARTER_ROUND(x[3], x[7], x[11], x[15]);
		QUARTER_ROUND(x[0], x[5], x[10], x[15]);
		QUARTER_ROUND(x[1], x[6], x[11], x[12]);
		QUARTER_ROUND(x[2], x[7], x[8], x[13]);
		QUARTER_ROUND(x[3], x[4], x[9], x[14]);
	}
	UNROLL for (unsigned i = 0; i < 16; i++)
		out[i] = x[i] + (i < 4 ? first[i] : in[i - 4]);
}

/* The first half of a block becomes the key, the other half is what the caller may have. */
static void next(struct seed *s, uint32_t out[16])
{
	chacha20_block(s->in, out);
	*s = (struct seed){ 0 };
	memcpy(s->in, out, 8 * sizeof(*out));
}

void seed_add(struct seed *s, const void *data, size_t n)
{
	const uint8_t *from = data;
	uint32_t unused[16];

	for (; n; n--) {
		if (s->at == sizeof(s->in))
			next(s, unused);
		((uint8_t *)s->in)[s->at++] ^= *from++;
	}
}

void seed_take(struct seed *s, void *out)
{
	uint32_t block[16];

	next(s, block);
	memcpy(out, block + 8, SEED_SIZE);
}
