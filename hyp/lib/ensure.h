/* SPDX-License-Identifier: MIT */
/*
 * ensure.h - ENSURE(cond): @cond has been proved; if it is false all the same, going on would be worse than stopping.
 *
 * For our own invariants, in every build. What a guest, a device tree or an option gets wrong is a value to return, never
 * an ENSURE. The condition has no side effects.
 */
#ifndef LIB_ENSURE_H
#define LIB_ENSURE_H

#include "lib/outside.h"

#define ENSURE(cond)                                                                     \
	do {                                                                             \
		if (__builtin_expect(!(cond), 0))                                        \
			port_panic("%s:%d: not true: %s", __FILE__, __LINE__, #cond);    \
	} while (0)

#endif
