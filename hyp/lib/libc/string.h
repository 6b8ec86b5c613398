/* SPDX-License-Identifier: MIT */
/*
 * string.h - what libfdt expects of a C library; lib/string.c (and guest/lib for guests) has the functions.
 *
 * Only for the freestanding build of libfdt: our own files include "lib/string.h".
 */
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <stddef.h>

void *memchr(const void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *s, int c, size_t n);
char *strchr(const char *s, int c);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
char *strrchr(const char *s, int c);

#endif
