/* SPDX-License-Identifier: MIT */
/* test-with: hyp/dev/line.c hyp/port/host.c */
/* line_test.c - what a guest writes, and what is then in its line. */
#include <string.h>

#include "dev/line.h"
#include "port/host_test.h"

static struct line l;

/* Is the line @text, with the cursor at @cursor, after a guest has written @s into an empty one? */
static bool shows(const char *s, const char *text, unsigned cursor)
{
	bool good;

	l = (struct line){ 0 };
	for (; *s; s++)
		line_put(&l, *s);
	good = l.used == strlen(text) && memcmp(l.text, text, l.used) == 0 && l.cursor == cursor;
	if (!good)
		printf("# \"%.*s\", cursor %u\n", (int)l.used, l.text, l.cursor);
	return good;
}

static void text_is_edited(void)
{
	CHECK(shows("abc", "abc", 3));
	CHECK(shows("abc\rx", "xbc", 1));
	CHECK(shows("abc\b\bx", "axc", 2));
	CHECK(shows("a\303\244\bx", "ax\244", 2)); /* one place, two bytes */
	CHECK(shows("a\tb\001c\177", "a\tbc", 4));
}

static void sequences_edit_the_line(void)
{
	CHECK(shows("abcd\033[3D", "abcd", 1));
	CHECK(shows("abcd\r\033[2C", "abcd", 2));
	CHECK(shows("abcd\r\033[9C", "abcd", 4));
	CHECK(shows("abcd\033[2D\033[K", "ab", 2));
	CHECK(shows("abcd\033[2D\033[J", "ab", 2));
	CHECK(shows("abcd\033[2D\033[1K", "abcd", 2));
	CHECK(shows("abcd\033[3D\033[2P", "ad", 1));
	CHECK(shows("abcd\033[3D\033[P", "acd", 1));
	CHECK(shows("abcd\033[3D\033[2@", "a  bcd", 1));
}

static void all_others_are_left_out(void)
{
	CHECK(shows("a\033[6nb", "ab", 2));
	CHECK(shows("a\033[?25lb", "ab", 2));
	CHECK(shows("a\033[31;1mb", "ab", 2));
	CHECK(shows("a\033]0;title\ab", "ab", 2));
	CHECK(shows("a\033Pq\033\\b", "ab", 2));
	CHECK(shows("a\033(Bb", "ab", 2));
	CHECK(shows("a\033cb", "ab", 2));
}

static void a_line_ends(void)
{
	l = (struct line){ 0 };
	for (unsigned i = 0; i < LINE - 1; i++)
		CHECK(!line_put(&l, 'x'));
	CHECK(line_put(&l, 'x') && l.used == LINE);
	/* Whatever a guest is in the middle of: the next line is a new one. */
	l = (struct line){ 0 };
	CHECK(!line_put(&l, '\033') && !line_put(&l, ']') && line_put(&l, '\n'));
	CHECK(!line_put(&l, 'x') && l.used == 1);
}

static void what_is_the_same_is_known(void)
{
	CHECK(shows("abcd", "abcd", 4));
	l.same = l.used;
	line_put(&l, '\r');
	line_put(&l, 'a');
	CHECK(l.same == 4);
	line_put(&l, 'x');
	CHECK(l.same == 1);
}

static const struct test tests[] = {
	TEST(text_is_edited),
	TEST(sequences_edit_the_line),
	TEST(all_others_are_left_out),
	TEST(a_line_ends),
	TEST(what_is_the_same_is_known),
};

TEST_MAIN(tests)
