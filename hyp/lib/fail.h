/* SPDX-License-Identifier: MIT */
/*
 * fail.h - what is wrong with what boot reads: said where it is found, in one text, which is
 * printed where boot gives up.
 *
 * For the boot hart, before the others run.
 */
#ifndef LIB_FAIL_H
#define LIB_FAIL_H

#include "lib/types.h"

extern char fail_text[400];

/*
 * Say what is wrong: instead of what was said before, or behind it. Both are false, for a reader
 * that returns so.
 */
#define fail(...) ({ fail_say(false, __VA_ARGS__); false; })
#define fail_more(...) ({ fail_say(true, __VA_ARGS__); false; })
void fail_say(bool more, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
