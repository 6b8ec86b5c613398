/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line, and the options of what is always there. Contracts are in
 * options.h and option.h. Other files have their own rows.
 *
 * Optional room: options, 175 lines.
 */
#include "conf/option.h"

#include "lib/fail.h"
#include "lib/log.h"
#include "lib/string.h"

#define SHOWN_MAX 64 /* characters of an offending option that a message repeats */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_space(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

struct text text_cut(struct text *rest, char sep)
{
	struct text head = *rest;
	const char *at = head.len != 0 ? memchr(head.s, sep, head.len) : NULL;
	size_t skip = at != NULL ? 1 : 0;

	if (at != NULL)
		head.len = (size_t)(at - head.s);
	rest->s += head.len + skip;
	rest->len -= head.len + skip;
	return head;
}

int text_find(const char *words, struct text t)
{
	struct text rest = { words, strlen(words) };

	for (int i = 0; rest.len != 0; i++) {
		struct text word = text_cut(&rest, '|');

		if (word.len == t.len && memcmp(word.s, t.s, t.len) == 0)
			return i;
	}
	return -1;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

bool options_size(const char *s, size_t len, uint64_t *value)
{
	unsigned base = 10, shift = 0;

	*value = 0;
	if (len > 0) {
		char last = (char)(s[len - 1] | 0x20);

		shift = last == 'k' ? 10 : last == 'm' ? 20 : last == 'g' ? 30 : 0;
		len -= shift != 0;
	}
	if (len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
		len -= 2;
	}
	if (len == 0)
		return false;
	for (; len > 0; s++, len--) {
		unsigned d = (unsigned)digit_value(*s);

		if (d >= base || __builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, d, value))
			return false;
	}
	return !__builtin_mul_overflow(*value, 1UL << shift, value);
}

bool options_mem_ok(uint64_t mem)
{
	return mem >= OPTIONS_MEM_MIN && mem <= OPTIONS_MEM_MAX &&
	       IS_ALIGNED(mem, OPTIONS_MEM_UNIT);
}

bool text_number(struct text t, unsigned min, unsigned max, unsigned *out)
{
	uint64_t v;

	if (t.len == 0 || digit_value(t.s[t.len - 1]) > 15 || !options_size(t.s, t.len, &v) ||
	    v < min || v > max)
		return false;
	*out = (unsigned)v;
	return true;
}

static bool set_mem(struct options *o, struct text t)
{
	uint64_t v;

	if (!options_size(t.s, t.len, &v) || !options_mem_ok(v))
		return false;
	o->mem = v;
	return true;
}

#define NUMBER(field, min, max) NULL, offsetof(struct options, field), min, max
#define WORDS(field, min) NULL, offsetof(struct options, field), min, 0

/* The others are found by the linker. */
static const struct option rows[] = {
	{ "vcpus", "a number", NUMBER(vcpus, 1, OPTIONS_MAX_VCPUS), NULL, 0 },
	{ "mem", OPTIONS_MEM_RULE, set_mem, 0, 0, 0, NULL, 0 },
	{ "log", "error|notice|info|debug", WORDS(log, LOG_ERROR), NULL, 0 },
	{ "wake-after", "milliseconds (0: never)", NUMBER(wake_after_ms, 0, UINT32_MAX), NULL, 0 },
	{ "warm-reboot", "reboot|fail", WORDS(warm_fails, false), NULL, 0 },
	{ "exit", "test", WORDS(exit_test, true), NULL, 0 },
	{ "counters", "vcpu|host", WORDS(host_counters, false), NULL, 0 },
	{ "slice", "milliseconds", NUMBER(slice_ms, 1, 10000), NULL, 0 },
	{ "harts", "a number", NUMBER(harts, 1, 128), NULL, 0 },
};

/* The @i-th option there is, or NULL. */
static const struct option *option_at(size_t i)
{
	if (i < ARRAY_SIZE(rows))
		return &rows[i];
	i -= ARRAY_SIZE(rows);
	return i < (size_t)(__stop_rows_option - __start_rows_option) ? __start_rows_option[i]
								       : NULL;
}

static bool set(struct options *o, const struct option *row, struct text value)
{
	unsigned *field = row->own != NULL ? row->own : (void *)((char *)o + row->field);
	int word;

	if (row->set != NULL)
		return row->set(o, value);
	if (row->max != 0)
		return text_number(value, row->min, row->max, field);
	word = text_find(row->right, value);
	if (word >= 0)
		*field = row->min + (unsigned)word;
	return word >= 0;
}

static bool parse_one(struct text token, struct options *o)
{
	struct text value = token, name = text_cut(&value, '=');
	const char *also = fail_text[0] != '\0' ? "; " : "";
	int shown = (int)MIN(token.len, SHOWN_MAX);
	const struct option *r;

	for (size_t i = 0; (r = option_at(i)) != NULL; i++) {
		if (text_find(r->name, name) < 0)
			continue;
		if (set(o, r, value))
			return true;
		fail_more("%soption '%.*s': %s= must be %s", also, shown, token.s, r->name,
			  r->right);
		return r->max != 0 && fail_more(" from %u to %u", r->min, r->max);
	}
	fail_more("%sunknown option '%.*s' (the guest's arguments follow --); known are", also,
		  shown, token.s);
	for (size_t i = 0; (r = option_at(i)) != NULL; i++)
		fail_more(" %s=", r->name);
	return false;
}

bool options_parse(const char *bootargs, struct options *o)
{
	const struct option *r;
	bool ok = true;

	for (size_t i = 0; (r = option_at(i)) != NULL; i++)
		if (r->own != NULL)
			memset(r->own, 0, r->own_size);
	fail_text[0] = '\0';
	*o = OPTIONS_DEFAULT;
	for (const char *s = skip_space(bootargs); *s != '\0'; s = skip_space(s)) {
		struct text token = { s, 0 };

		while (*s != '\0' && !is_space(*s))
			s++;
		token.len = (size_t)(s - token.s);
		if (text_find("--", token) == 0) {
			o->guest_bootargs = skip_space(s);
			break;
		}
		ok = parse_one(token, o) && ok;
	}
	return ok;
}
