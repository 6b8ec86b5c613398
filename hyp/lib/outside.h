/* SPDX-License-Identifier: MIT */
/*
 * outside.h - the three things lib/ itself asks of the machine it runs on.
 *
 * They belong to port/port.h, which includes this file; declared here because lib/ includes nothing
 * above itself.
 */
#ifndef LIB_OUTSIDE_H
#define LIB_OUTSIDE_H

#include "lib/types.h"

/* Stop the machine loudly: a broken invariant of ours, never a guest's mistake. */
NORETURN void port_panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Write who is speaking ("h1 v0", "h0 keeper", ...) for the head of a log line; always terminates
 * @buf.
 */
void port_context(char *buf, size_t size);

/*
 * Send the @n bytes of one whole line to the host's console, not mixed with other lines: takes the
 * console lock (lock/console.h). May sleep, for as long as the console takes: the caller holds no
 * spinlock, unless in a panic.
 */
void port_console_write(const char *s, size_t n);

#endif
