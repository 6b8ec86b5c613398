/* SPDX-License-Identifier: MIT */
/*
 * console.h - printing. A line is formatted first and then written whole
 * under a lock, so lines of different harts never mix.
 */
#ifndef GUEST_LIB_CONSOLE_H
#define GUEST_LIB_CONSOLE_H

#include "types.h"

/* Probe DBCN; without it every byte goes through the legacy putchar. */
void console_init(void);

/* Write @n bytes as they are. Any hart; turns its interrupts off meanwhile. */
void console_write(const char *s, size_t n);

/* Forget what has been typed, up to 4096 keys. Any at all? Paging off. */
bool console_drop_keys(void);

/*
 * printf with %d %u %x %s %c %p %%, 'l', width, '0' and '-'. At most 255
 * characters per call. Any hart.
 */
void print(const char *fmt, ...) PRINTF_LIKE(1, 2);
void vprint(const char *fmt, va_list args);

/* As above into a buffer; always ended by a 0. Gives the length written. */
size_t format(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
size_t vformat(char *buf, size_t size, const char *fmt, va_list args);

#endif
