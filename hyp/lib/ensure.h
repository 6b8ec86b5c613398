/* SPDX-License-Identifier: MIT */
/*
 * ensure.h - ENSURE(cond): @cond has been proved; if it is false all the same, going on would be
 * worse than stopping.
 *
 * For our own invariants, in every build. What a guest, a device tree or an option gets wrong is a
 * value to return, never an ENSURE. The condition has no side effects.
 */
#ifndef LIB_ENSURE_H
#define LIB_ENSURE_H

#include "lib/outside.h"

#define ENSURE(cond)                                      \
	do {                                              \
		if (__builtin_expect(!(cond), 0))         \
			ENSURE_FAILED(#cond);             \
	} while (0)

#ifdef __riscv
/*
 * A breakpoint, and behind it what the trap handler shall say (riscv/report.c): half of what a call
 * with three arguments takes, and no call for which a function would need a frame. No other
 * breakpoints are in the image.
 */
struct ensure_failed {
	uint16_t line;
	/* the lower halves of their addresses; the upper ones are ones, as in all of the image */
	uint32_t file, text;
} __attribute__((packed));

#define ENSURE_FAILED(text)                                                               \
	do {                                                                              \
		__asm__ volatile("c.ebreak\n.half %0\n.word %1, %2"                       \
				 : : "i"(__LINE__), "i"(__FILE__), "i"(text));            \
		__builtin_unreachable();                                                  \
	} while (0)
#else
#define ENSURE_FAILED(text) port_panic("%s:%d: not true: %s", __FILE__, __LINE__, text)
#endif

#endif
