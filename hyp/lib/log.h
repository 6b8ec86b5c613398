/* SPDX-License-Identifier: MIT */
/*
 * log.h - what the hypervisor says: one marked line per call, on the console and in a ring that
 * survives a crash.
 *
 * A line is "[h1 v0] text": who speaks (port_context), then the text without a newline at its end.
 * Longer than LOG_LINE it is cut and ends in "...". No lock is taken here; port_console_write()
 * takes the console's and may sleep: no spinlock is held by who calls this, unless in a panic.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include "lib/types.h"

enum log_level {
	LOG_ERROR, /* something of ours or of the host is broken */
	LOG_NOTICE, /* what a user of `make run` wants to see */
	LOG_INFO, /* how it came about */
	LOG_DEBUG, /* every step */
};

#define LOG_LINE 256 /* bytes of one line, with its mark, newline and terminator */
#define LOG_RING 16384 /* bytes kept; a power of two */

/*
 * The newest lines, for a debugger or a memory dump: find the magic; the byte written last is
 * text[(written - 1) % LOG_RING]. Two harts that write at once fill different parts, so no lock is
 * needed.
 */
struct log_ring {
	char magic[8]; /* "DMLOG01" */
	uint64_t written; /* bytes ever; atomic */
	char text[LOG_RING];
};

extern struct log_ring log_ring;

/* Empty the ring. The boot hart, before its first line. */
void log_begin(void);

/*
 * Lines above this level are dropped before they are formatted. Constant once the options are read.
 */
extern enum log_level log_level;

/* Use the macros below. */
void log_write(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define LOG_AT(level, ...)                        \
	do {                                      \
		if (log_level >= (level))         \
			log_write(__VA_ARGS__);   \
	} while (0)

#define log_error(...) log_write(__VA_ARGS__) /* the lowest level: never dropped */
#define log_notice(...) LOG_AT(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LOG_DEBUG, __VA_ARGS__)

#endif
