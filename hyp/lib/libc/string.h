/* SPDX-License-Identifier: MIT */
/*
 * string.h - what libfdt expects of a C library; lib/string.c and blocks.c (and guest/lib for
 * guests) have the functions.
 *
 * Only for the freestanding build of libfdt: our own files include "lib/string.h".
 */
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include "../string.h"

/* These nothing calls that we link. */
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

#endif
