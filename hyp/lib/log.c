/* SPDX-License-Identifier: MIT */
/* log.c - format a line on the stack, keep it in the ring, send it to the console as one piece. */
#include "lib/log.h"

#include <stdarg.h>

#include "lib/atomic.h"
#include "lib/outside.h"
#include "lib/printf.h"
#include "lib/string.h"

_Static_assert((LOG_RING & (LOG_RING - 1)) == 0, "positions wrap by masking");

struct log_ring log_ring NOINIT;
enum log_level log_level = LOG_NOTICE;

void log_begin(void)
{
	log_ring.written = 0;
	memcpy(log_ring.magic, "DMLOG01", sizeof(log_ring.magic));
}

static void ring_put(const char *s, size_t n)
{
	/*
	 * Reserves [at, at + n) for us alone. Relaxed: nobody reads the text on the strength of
	 * this number.
	 */
	uint64_t at = atomic_fetch_add_relaxed(&log_ring.written, n);

	/*
	 * Relaxed bytes: a hart that is LOG_RING bytes behind may meet the next round here; a torn
	 * old line is no harm.
	 */
	for (size_t i = 0; i < n; i++)
		atomic_store_relaxed(&log_ring.text[(at + i) & (LOG_RING - 1)], s[i]);
}

void log_write(const char *fmt, ...)
{
	char line[LOG_LINE];
	char who[32];
	va_list ap;
	size_t n;

	port_context(who, sizeof(who));
	n = (size_t)snprintf(line, sizeof(line), "[%s] ", who);
	va_start(ap, fmt);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (n > sizeof(line) - 2) { /* newline and terminator */
		n = sizeof(line) - 2;
		memcpy(line + n - 3, "...", 3);
	}
	line[n++] = '\n';
	ring_put(line, n);
	port_console_write(line, n);
}
