/* SPDX-License-Identifier: MIT */
/*
 * line.c - contracts are in line.h. The sequences are those of ECMA-48.
 *
 * Optional room: console, 105 lines.
 */
#include "dev/line.h"

#include "lib/string.h"

/* line.escape: outside, behind ESC, behind ESC [, in ESC ] and the like */
enum { TEXT, ESCAPE_BEGUN, CONTROL, STRING };

#define ESC 0x1b
#define BEL 0x07

/* What is behind the first @at bytes changes. */
static void changed(struct line *l, unsigned at)
{
	l->same = MIN(l->same, at);
}

static void left(struct line *l, unsigned n)
{
	for (; n && l->cursor; n--)
		while (--l->cursor && (l->text[l->cursor] & 0xc0) == 0x80)
			; /* a character of UTF-8 is one place */
}

/* Take @n bytes out at the cursor. */
static void cut(struct line *l, unsigned n)
{
	n = MIN(n, l->used - l->cursor);
	l->used -= n;
	for (unsigned i = l->cursor; i < l->used; i++)
		l->text[i] = l->text[i + n];
	if (n)
		changed(l, l->cursor);
}

/* Make room for @n more bytes at the cursor. */
static void open(struct line *l, unsigned n)
{
	n = MIN(n, LINE - 1 - l->used);
	for (unsigned i = l->used; i-- > l->cursor;)
		l->text[i + n] = l->text[i];
	memset(l->text + l->cursor, ' ', n);
	l->used += n;
	changed(l, l->cursor);
}

/* ESC [ number @c. */
static void control(struct line *l, char c)
{
	unsigned n = MAX(l->number, 1U);

	if (c == 'C')
		l->cursor = MIN(l->cursor + n, l->used);
	else if (c == 'D')
		left(l, n);
	else if ((c == 'K' || c == 'J') && !l->number)
		cut(l, LINE);
	else if (c == 'P')
		cut(l, n);
	else if (c == '@')
		open(l, n);
}

static void in_escape(struct line *l, char c)
{
	if (l->escape == STRING) {
		l->escape = c == BEL ? TEXT : c == ESC ? ESCAPE_BEGUN : STRING;
	} else if (l->escape == ESCAPE_BEGUN) {
		if (c == '[')
			l->escape = CONTROL;
		else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
			l->escape = STRING;
		else if (c < ' ' || c > '/') /* else it goes on */
			l->escape = TEXT;
		l->number = 0;
	} else if (c >= '0' && c <= '9') {
		l->number = MIN(l->number * 10 + (unsigned)(c - '0'), LINE);
	} else if (c >= '@') {
		control(l, c);
		l->escape = TEXT;
	} else {
		l->number = c == ';' ? 0 : LINE; /* a private one: none of ours */
	}
}

bool line_put(struct line *l, char c)
{
	if (c == '\n') {
		l->escape = TEXT;
		return true;
	}
	if (l->escape) {
		in_escape(l, c);
	} else if (c == '\r') {
		l->cursor = 0;
	} else if (c == '\b') {
		left(l, 1);
	} else if (c == ESC) {
		l->escape = ESCAPE_BEGUN;
	} else if ((uint8_t)c >= ' ' ? c != 0x7f : c == '\t') {
		if (l->cursor == l->used)
			l->used++;
		else if (l->text[l->cursor] != c)
			changed(l, l->cursor);
		l->text[l->cursor++] = c;
	}
	return l->used == LINE;
}

size_t line_copy(char *out, const struct line *l, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		uint8_t c = (uint8_t)l->text[i], before = i ? (uint8_t)l->text[i - 1] : 0;

		/*
		 * 0x80 - 0x9f are the C1 controls, alone or behind 0xc2; else they belong to a
		 * character of UTF-8.
		 */
		*out++ = c >= 0x80 && c < 0xa0 && (before < 0x80 || before == 0xc2) ? '?' : (char)c;
	}
	return to - from;
}
