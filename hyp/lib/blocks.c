/* SPDX-License-Identifier: MIT */
/*
 * blocks.c - copy and fill memory, eight bytes at a time.
 *
 * The guests have their own, guest/lib/str.c: nothing is hot there, so it moves bytes, in a quarter
 * of the code; and a guest must not judge the hypervisor by the hypervisor's own code.
 *
 * The harts we run on may trap on a misaligned load: words are loaded and stored where they are
 * aligned, and shifted in between where one side is not aligned as the other is.
 *
 * Optional room: blocks, 110 lines.
 */
#include "lib/string.h"

#include "lib/types.h"

/* Keep gcc from recognising the loops below as memcpy and memset, and calling themselves. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)
#define BLOCK 8 /* words at a time */

static bool word_aligned(uintptr_t a)
{
	return (a & (WORD - 1)) == 0;
}

/*
 * Copy whole words to @d, which is aligned, from @s, which is not; returns how many bytes. No word
 * is loaded that is not completely in the source: of the first one, its bytes.
 */
static size_t copy_shifted(uint8_t *d, const uint8_t *s, size_t n)
{
	const unsigned skew = (uintptr_t)s % WORD, right = 8 * skew, left = 64 - right;
	const word_t *from = (const word_t *)(s + WORD - skew);
	word_t *to = (word_t *)d, rest = 0;

	if (n < 2 * WORD)
		return 0;
	for (unsigned i = WORD - skew; i-- > 0;)
		rest = rest << 8 | s[i];
	/* What is in @rest comes behind it, once the next word is there. */
	n = (n - WORD + skew) / WORD * WORD;
	for (size_t i = n; i >= BLOCK * WORD; i -= BLOCK * WORD, from += BLOCK, to += BLOCK) {
		word_t w[BLOCK];

		UNROLL for (unsigned k = 0; k < BLOCK; k++)
			w[k] = from[k];
		UNROLL for (unsigned k = 0; k < BLOCK; k++) {
			to[k] = rest | w[k] << left;
			rest = w[k] >> right;
		}
	}
	for (; to < (word_t *)(d + n); from++, to++) {
		*to = rest | *from << left;
		rest = *from >> right;
	}
	return n;
}

/* From the front: right also when @d overlaps the source from below. */
static void copy(uint8_t *d, const uint8_t *s, size_t n)
{
	size_t words;

	for (; n && !word_aligned((uintptr_t)d); n--)
		*d++ = *s++;
	if (word_aligned((uintptr_t)s)) {
		/* Loads before stores: an in-order hart does not wait for each. */
		for (; n >= BLOCK * WORD; n -= BLOCK * WORD, d += BLOCK * WORD, s += BLOCK * WORD) {
			word_t w[BLOCK];

			UNROLL for (unsigned i = 0; i < BLOCK; i++)
				w[i] = ((const word_t *)s)[i];
			UNROLL for (unsigned i = 0; i < BLOCK; i++)
				((word_t *)d)[i] = w[i];
		}
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word_t *)d = *(const word_t *)s;
	} else {
		words = copy_shifted(d, s, n);
		d += words;
		s += words;
		n -= words;
	}
	while (n--)
		*d++ = *s++;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	copy(to, from, n);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if ((uintptr_t)d - (uintptr_t)s >= n) {
		copy(d, s, n);
		return to;
	}
	while (n--) /* the end first; rare and short */
		d[n] = s[n];
	return to;
}

void *memset(void *s, int c, size_t n)
{
	uint8_t *d = s;
	word_t w = (uint8_t)c * 0x0101010101010101UL;

	for (; n && !word_aligned((uintptr_t)d); n--)
		*d++ = (uint8_t)c;
	for (; n >= BLOCK * WORD; n -= BLOCK * WORD, d += BLOCK * WORD)
		UNROLL for (unsigned i = 0; i < BLOCK; i++)
			((word_t *)d)[i] = w;
	for (; n >= WORD; n -= WORD, d += WORD)
		*(word_t *)d = w;
	while (n--)
		*d++ = (uint8_t)c;
	return s;
}
