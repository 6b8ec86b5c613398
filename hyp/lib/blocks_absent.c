/* SPDX-License-Identifier: MIT */
/* blocks_absent.c - without the room blocks: memory is copied and filled byte by byte. */
#include "lib/string.h"

#include "lib/types.h"

/* Keep gcc from recognising the loops below as memcpy and memset, and calling themselves. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* The compiler calls them, too, where it sees no call when it decides what to keep. */
#define KEPT __attribute__((used))

KEPT void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	while (n--)
		*d++ = *s++;
	return to;
}

KEPT void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(to, from, n);
	while (n--)
		d[n] = s[n];
	return to;
}

KEPT void *memset(void *s, int c, size_t n)
{
	uint8_t *d = s;

	while (n--)
		*d++ = (uint8_t)c;
	return s;
}
