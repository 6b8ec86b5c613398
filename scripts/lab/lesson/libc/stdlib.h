/* SPDX-License-Identifier: MIT */
/* stdlib.h - as much of the C library as the explorer uses in the page; libc.c. */
#ifndef LESSON_STDLIB_H
#define LESSON_STDLIB_H

#include <stddef.h>

__attribute__((noreturn)) void abort(void);
__attribute__((noreturn)) void exit(int status);
void *calloc(size_t n, size_t size);
void free(void *p); /* does nothing: the page throws the whole machine away */
unsigned long strtoul(const char *text, char **end, int base);

#endif
