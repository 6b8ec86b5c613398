/* SPDX-License-Identifier: MIT */
/*
 * string.c - memory and string functions. Plain loops; the memory ones move eight bytes at a time where they can.
 *
 * The harts we run on may trap on a misaligned load, so words are used only when both sides are equally aligned.
 */
#include "lib/string.h"

#include "lib/types.h"

/* Keep gcc from recognising the loops below as memcpy and memset, and calling themselves. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)

static bool word_aligned(uintptr_t a)
{
	return (a & (WORD - 1)) == 0;
}

/* From the front: right also when @d overlaps the source from below. */
static void copy(uint8_t *d, const uint8_t *s, size_t n)
{
	if (word_aligned((uintptr_t)d ^ (uintptr_t)s)) {
		for (; n && !word_aligned((uintptr_t)d); n--)
			*d++ = *s++;
		/* Four loads before four stores: an in-order hart does not wait for each. */
		for (; n >= 4 * WORD; n -= 4 * WORD, d += 4 * WORD, s += 4 * WORD) {
			const word_t *ws = (const word_t *)s;
			word_t *wd = (word_t *)d;
			word_t a = ws[0], b = ws[1], c = ws[2], e = ws[3];

			wd[0] = a;
			wd[1] = b;
			wd[2] = c;
			wd[3] = e;
		}
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word_t *)d = *(const word_t *)s;
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
	for (; n >= 4 * WORD; n -= 4 * WORD, d += 4 * WORD) {
		word_t *wd = (word_t *)d;

		wd[0] = w;
		wd[1] = w;
		wd[2] = w;
		wd[3] = w;
	}
	for (; n >= WORD; n -= WORD, d += WORD)
		*(word_t *)d = w;
	while (n--)
		*d++ = (uint8_t)c;
	return s;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n; n--, p++) {
		if (*p == (uint8_t)c)
			return (void *)p;
	}
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}
