/* SPDX-License-Identifier: MIT */
/* printf.h - formatted text in a buffer. */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <stdarg.h>

#include "lib/types.h"

/*
 * What we use of the C functions: %d %u %x (with l, ll or z), %s %p %%, the flag 0, a width, and a
 * precision for %s, which may be *. At most @size bytes are written, always terminated if @size >
 * 0. Returns the length the whole text has, without the terminator. A conversion it does not know
 * is printed as it stands.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
