/* SPDX-License-Identifier: MIT */
/* log.c - format a line on the stack, keep it in the ring, send it to the console as one piece. */
#include "lib/log.h"

#include "lib/atomic.h"
#include "lib/outside.h"
#include "lib/printf.h"
#include "lib/string.h"

_Static_assert((LOG_RING & (LOG_RING - 1)) == 0, "positions wrap by masking");

struct log_ring log_ring = { .magic = "DMLOG01" };
enum log_level log_level = LOG_NOTICE;

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

void log_set_level(enum log_level level)
{
	log_level = level;
}

bool log_level_named(const char *name, size_t n, enum log_level *level)
{
	for (unsigned i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strlen(level_names[i]) == n && memcmp(level_names[i], name, n) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static void ring_put(const char *s, size_t n)
{
	/* Reserves [at, at + n) for us alone. Relaxed: nobody reads the text on the strength of this number. */
	uint64_t at = atomic_fetch_add_relaxed(&log_ring.written, n);

	/* Relaxed bytes: a hart that is LOG_RING bytes behind may meet the next round here; a torn old line is no harm. */
	for (size_t i = 0; i < n; i++)
		atomic_store_relaxed(&log_ring.text[(at + i) & (LOG_RING - 1)], s[i]);
}

size_t log_copy(char *buf, size_t size)
{
	uint64_t end = atomic_load_relaxed(&log_ring.written); /* a snapshot; lines being written now may be missing */
	uint64_t n;

	if (!size)
		return 0;
	n = MIN(end, (uint64_t)LOG_RING);
	n = MIN(n, (uint64_t)size - 1);
	for (uint64_t i = 0; i < n; i++)
		buf[i] = atomic_load_relaxed(&log_ring.text[(end - n + i) & (LOG_RING - 1)]); /* pairs with nothing: see above */
	buf[n] = '\0';
	return n;
}

void log_vwrite(const char *fmt, va_list ap)
{
	char line[LOG_LINE];
	char who[32];
	size_t n;

	port_context(who, sizeof(who));
	n = (size_t)snprintf(line, sizeof(line), "[%s] ", who);
	n += (size_t)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	if (n > sizeof(line) - 2) { /* newline and terminator */
		n = sizeof(line) - 2;
		memcpy(line + n - 3, "...", 3);
	}
	line[n++] = '\n';
	ring_put(line, n);
	port_console_write(line, n);
}

void log_write(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(fmt, ap);
	va_end(ap);
}
