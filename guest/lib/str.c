/* SPDX-License-Identifier: MIT */
/*
 * str.c - memory and string functions. Plain loops: the guests are small
 * and nothing here is hot. The build must not turn them into calls to
 * themselves, hence the attribute on the memory functions.
 *
 * The hypervisor has its own, hyp/lib/blocks.c: that one moves words, which
 * takes four times as many bytes, and a guest must not judge the hypervisor
 * by the hypervisor's own code.
 */
#include "str.h"

#define PLAIN_LOOP \
	__attribute__((optimize("no-tree-loop-distribute-patterns")))

PLAIN_LOOP void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	while (n--)
		*d++ = *s++;
	return dst;
}

PLAIN_LOOP void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (d <= s)
		return memcpy(dst, src, n);
	while (n--)
		d[n] = s[n];
	return dst;
}

PLAIN_LOOP void *memset(void *dst, int byte, size_t n)
{
	u8 *d = dst;

	while (n--)
		*d++ = (u8)byte;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *p, int byte, size_t n)
{
	const u8 *s = p;

	for (; n; n--, s++)
		if (*s == (u8)byte)
			return (void *)(uintptr_t)s;
	return NULL;
}

PLAIN_LOOP size_t strlen(const char *s)
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

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c)
			found = s;
		if (!*s)
			return (char *)(uintptr_t)found;
	}
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long v = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && s[1] == 'x') {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = 10;
	for (; digit_value(*s) < base; s++)
		v = v * (unsigned long)base + (unsigned long)digit_value(*s);
	if (end)
		*end = (char *)(uintptr_t)s;
	return v;
}

unsigned int __bswapsi2(unsigned int v)
{
	v = (v & 0x00ff00ffu) << 8 | (v >> 8 & 0x00ff00ffu);
	return v << 16 | v >> 16;
}

unsigned long __bswapdi2(unsigned long v)
{
	return (unsigned long)__bswapsi2((unsigned int)v) << 32 |
	       __bswapsi2((unsigned int)(v >> 32));
}

bool glob_match(const char *pattern, size_t len, const char *name)
{
	if (!len)
		return !*name;
	if (*pattern != '*')
		return *name && *name == *pattern &&
		       glob_match(pattern + 1, len - 1, name + 1);
	do {
		if (glob_match(pattern + 1, len - 1, name))
			return true;
	} while (*name++);
	return false;
}
