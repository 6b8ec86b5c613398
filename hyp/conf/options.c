/* SPDX-License-Identifier: MIT */
/*
 * options.c - one row per option: its name, how to read its value, what to say when that fails.
 * Contracts are in options.h.
 */
#include "conf/options.h"

#include "lib/fail.h"
#include "lib/log.h"
#include "lib/string.h"

#define SHOWN_MAX 64 /* characters of an offending option that a message repeats */

/* A stretch of text inside the command line. */
struct text {
	const char *s;
	size_t len;
};

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

/* Cut what stands before the first @sep off @rest (all of it, if there is none), and skip @sep. */
static struct text cut(struct text *rest, char sep)
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

/* Which of @words, separated by |, @t is; -1: none. */
static int find(const char *words, struct text t)
{
	struct text rest = { words, strlen(words) };

	for (int i = 0; rest.len != 0; i++) {
		struct text word = cut(&rest, '|');

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

/* A number from @min to @max, without suffix. */
static bool number(struct text t, unsigned min, unsigned max, unsigned *out)
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

/* In the order of their bits. */
#define FAKES "sstc|henvcfg|senvcfg|hstateen|vmid|fpu|dbcn|imsic|htinst|htval|stval"

static bool set_fake_absent(struct options *o, struct text t)
{
	unsigned bits = 0;

	while (t.len > 0) {
		int i = find(FAKES, cut(&t, ','));

		if (i < 0)
			return false;
		bits |= 1U << i;
	}
	o->fake_absent = bits;
	return true;
}

static bool set_affinity(struct options *o, struct text t)
{
	unsigned vcpu, hart;

	if (t.len == 0)
		return false;
	while (t.len > 0) {
		struct text pair = cut(&t, ',');

		if (!number(cut(&pair, ':'), 0, OPTIONS_MAX_VCPUS - 1, &vcpu) ||
		    !number(pair, 0, 63, &hart))
			return false;
		o->affinity[vcpu] |= 1ULL << hart;
		o->pinned |= 1ULL << vcpu;
	}
	return true;
}

#ifdef DORMOUSE_RACE_POINTS
static bool set_schedule(struct options *o, struct text t)
{
	o->schedule = t.s;
	o->schedule_len = t.len;
	return t.len > 0;
}
#endif

/*
 * A value is read by the row's function, if it has one; else it is a number from min to max, if it
 * has a max; else one of the words in @right, of which the first stands for min. The latter two go
 * to the unsigned field at that offset.
 */
static const struct row {
	const char *name, *right;
	bool (*set)(struct options *o, struct text value);
	uint16_t field, min;
	uint32_t max;
} rows[] = {
#define NUMBER(field, min, max) NULL, offsetof(struct options, field), min, max
#define WORDS(field, min) NULL, offsetof(struct options, field), min, 0
	{ "vcpus", "a number", NUMBER(vcpus, 1, OPTIONS_MAX_VCPUS) },
	{ "mem", OPTIONS_MEM_RULE, set_mem, 0, 0, 0 },
	{ "log", "error|notice|info|debug", WORDS(log, LOG_ERROR) },
	{ "wake-after", "milliseconds (0: never)", NUMBER(wake_after_ms, 0, UINT32_MAX) },
	{ "stats", "a number", NUMBER(stats, 0, 1) },
	{ "warm-reboot", "reboot|fail", WORDS(warm_fails, false) },
	{ "exit", "test", WORDS(exit_test, true) },
	{ "fake-absent", "a comma list of " FAKES, set_fake_absent, 0, 0, 0 },
	{ "counters", "vcpu|host", WORDS(host_counters, false) },
	{ "slice", "milliseconds", NUMBER(slice_ms, 1, 10000) },
	{ "affinity", "vCPU:hart-index pairs like 0:1,1:1 (vCPUs 0-63, hart indexes 0-63)",
	  set_affinity, 0, 0, 0 },
	{ "harts", "a number", NUMBER(harts, 1, 128) },
#ifdef DORMOUSE_RACE_POINTS
	{ "schedule", "a comma list of vCPU:race-point", set_schedule, 0, 0, 0 },
	{ "trace", "a number", NUMBER(trace, 0, 1) },
#endif
};

static bool set(struct options *o, const struct row *row, struct text value)
{
	unsigned *field = (unsigned *)((char *)o + row->field);
	int word;

	if (row->set != NULL)
		return row->set(o, value);
	if (row->max != 0)
		return number(value, row->min, row->max, field);
	word = find(row->right, value);
	if (word >= 0)
		*field = row->min + (unsigned)word;
	return word >= 0;
}

static bool parse_one(struct text token, struct options *o)
{
	struct text value = token, name = cut(&value, '=');
	const char *also = fail_text[0] != '\0' ? "; " : "";
	int shown = (int)MIN(token.len, SHOWN_MAX);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (find(r->name, name) < 0)
			continue;
		if (set(o, r, value))
			return true;
		fail_more("%soption '%.*s': %s= must be %s", also, shown, token.s, r->name,
			  r->right);
		return r->max != 0 && fail_more(" from %u to %u", r->min, r->max);
	}
	fail_more("%sunknown option '%.*s' (the guest's arguments follow --); known are", also,
		  shown, token.s);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fail_more(" %s=", rows[i].name);
	return false;
}

bool options_parse(const char *bootargs, struct options *o)
{
	bool ok = true;

	fail_text[0] = '\0';
	*o = (struct options){ .vcpus = 4,
			       .mem = 128 * MIB,
			       .log = LOG_NOTICE,
			       .slice_ms = 10,
			       .guest_bootargs = "" };
	for (const char *s = skip_space(bootargs); *s != '\0'; s = skip_space(s)) {
		struct text token = { s, 0 };

		while (*s != '\0' && !is_space(*s))
			s++;
		token.len = (size_t)(s - token.s);
		if (find("--", token) == 0) {
			o->guest_bootargs = skip_space(s);
			break;
		}
		ok = parse_one(token, o) && ok;
	}
	return ok;
}
