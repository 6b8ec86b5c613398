/* SPDX-License-Identifier: MIT */
/*
 * str.h - the memory and string functions that libfdt and the compiler
 * expect to exist, plus the two matchers bootargs need.
 */
#ifndef GUEST_LIB_STR_H
#define GUEST_LIB_STR_H

#include "types.h"

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *p, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
/* Base 0, 10 or 16; no sign, no range check. */
unsigned long strtoul(const char *s, char **end, int base);

/*
 * Byte swaps that the compiler calls by these names. Defined here, so that
 * no guest needs libgcc (whose variants depend on the exact -march).
 */
unsigned int __bswapsi2(unsigned int v);
unsigned long __bswapdi2(unsigned long v);

/*
 * Does @name (all of it) match the @len characters at @pattern? A '*'
 * stands for any run of characters.
 */
bool glob_match(const char *pattern, size_t len, const char *name);

#endif
