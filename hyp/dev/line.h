/* SPDX-License-Identifier: MIT */
/*
 * line.h - one line of a VM that shares the console: what a terminal would show of it, and nothing
 * else.
 *
 * Whatever a guest writes only edits the text in here, so no control character of its reaches the
 * terminal: it cannot write over another's line, move elsewhere, change colours or make the
 * terminal answer. Not locked: the caller does.
 *
 * Optional room: console, 15 lines.
 */
#ifndef DEV_LINE_H
#define DEV_LINE_H

#include "lib/types.h"

#define LINE 160 /* bytes; longer lines are broken */

struct line {
	char text[LINE];
	unsigned used, cursor; /* bytes; cursor <= used */
	unsigned same; /* so many from the beginning are as they were when somebody last set this */
	unsigned escape, number; /* where in an escape sequence the guest is; its last number */
};

/*
 * The guest writes @c. Understood are what shells and their line editors need: carriage return,
 * backspace, and the sequences ESC [ C, D, K, J, P and @ within the line. All others are left out.
 * Returns whether the line is complete.
 */
bool line_put(struct line *l, char c);

/*
 * Copy the bytes @from ... @to of the text, without what some terminals would take for control
 * characters.
 */
size_t line_copy(char *out, const struct line *l, unsigned from, unsigned to);

#endif
