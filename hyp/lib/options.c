/* SPDX-License-Identifier: MIT */
/* options.c - one row per option: its name, how to read its value, what to say when that fails. Contracts are in options.h. */
#include "lib/options.h"
#include "lib/printf.h"
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

static bool text_is(struct text t, const char *want)
{
	return t.len == strlen(want) && memcmp(t.s, want, t.len) == 0;
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

static int find(const char *const *names, unsigned count, struct text t)
{
	for (unsigned i = 0; i < count; i++)
		if (text_is(t, names[i]))
			return (int)i;
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

		if (d >= base || __builtin_mul_overflow(*value, base, value) || __builtin_add_overflow(*value, d, value))
			return false;
	}
	return !__builtin_mul_overflow(*value, 1UL << shift, value);
}

bool options_mem_ok(uint64_t mem)
{
	return mem >= OPTIONS_MEM_MIN && mem <= OPTIONS_MEM_MAX && IS_ALIGNED(mem, OPTIONS_MEM_UNIT);
}

/* A number from @min to @max, without suffix. */
static bool number(struct text t, uint64_t min, uint64_t max, uint64_t *value)
{
	return t.len > 0 && digit_value(t.s[t.len - 1]) < 16 && options_size(t.s, t.len, value) && *value >= min && *value <= max;
}

static bool small(struct text t, uint64_t min, uint64_t max, unsigned *out)
{
	uint64_t v;

	if (!number(t, min, max, &v))
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

static bool set_log(struct options *o, struct text t)
{
	static const char *const names[] = { "error", "notice", "info", "debug" };
	int i = find(names, ARRAY_SIZE(names), t);

	if (i < 0)
		return false;
	o->log = (unsigned)i;
	o->log_set = true;
	return true;
}

static bool set_wake_after(struct options *o, struct text t)
{
	return number(t, 0, UINT32_MAX, &o->wake_after_ms);
}

/*
 * Linux asks for a cold reboot, never with a reason; with reboot=panic_warm a panic asks for a warm one instead. That is how a panic can be
 * told from a reboot.
 */
static bool set_warm_reboot(struct options *o, struct text t)
{
	o->warm_fails = text_is(t, "fail");
	return o->warm_fails || text_is(t, "reboot");
}

static bool set_exit(struct options *o, struct text t)
{
	o->exit_test = text_is(t, "test");
	return o->exit_test;
}

static bool set_fake_absent(struct options *o, struct text t)
{
	static const char *const names[] = { "sstc", "henvcfg", "senvcfg", "hstateen", "vmid", "fpu", "dbcn" };
	unsigned bits = 0;

	while (t.len > 0) {
		int i = find(names, ARRAY_SIZE(names), cut(&t, ','));

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

		if (!small(cut(&pair, ':'), 0, OPTIONS_MAX_VCPUS - 1, &vcpu) || !small(pair, 0, 63, &hart))
			return false;
		o->affinity[vcpu] |= 1ULL << hart;
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

/* A row has either a function for its value, or a number from min to max that goes to the unsigned field at that offset. */
static const struct row {
	const char *name;
	bool (*set)(struct options *o, struct text value);
	const char *right;
	uint16_t field, min, max;
} rows[] = {
#define NUMBER(field, min, max) offsetof(struct options, field), min, max
	{ "vcpus", NULL, "a number from 1 to 64", NUMBER(vcpus, 1, OPTIONS_MAX_VCPUS) },
	{ "mem", set_mem, OPTIONS_MEM_RULE, 0, 0, 0 },
	{ "log", set_log, "error, notice, info or debug", 0, 0, 0 },
	{ "wake-after", set_wake_after, "milliseconds, 0 for never", 0, 0, 0 },
	{ "stats", NULL, "0 or 1", NUMBER(stats, 0, 1) },
	{ "warm-reboot", set_warm_reboot, "reboot or fail", 0, 0, 0 },
	{ "exit", set_exit, "test", 0, 0, 0 },
	{ "fake-absent", set_fake_absent, "a comma list of sstc, henvcfg, senvcfg, hstateen, vmid, fpu, dbcn", 0, 0, 0 },
	{ "slice", NULL, "milliseconds from 1 to 10000", NUMBER(slice_ms, 1, 10000) },
	{ "affinity", set_affinity, "vCPU:hart-index pairs like 0:1,1:1 (vCPUs 0-63, hart indexes 0-63)", 0, 0, 0 },
	{ "harts", NULL, "a number from 1 to 128", NUMBER(harts, 1, 128) },
#ifdef DORMOUSE_RACE_POINTS
	{ "schedule", set_schedule, "a comma list of vCPU:race-point", 0, 0, 0 },
	{ "trace", NULL, "0 or 1", NUMBER(trace, 0, 1) },
#endif
};

static bool set(struct options *o, const struct row *row, struct text value)
{
	return row->set != NULL ? row->set(o, value) : small(value, row->min, row->max, (unsigned *)((char *)o + row->field));
}

static bool complain(struct text token, const struct row *row, char *err, size_t errlen)
{
	int shown = (int)MIN(token.len, SHOWN_MAX), at;

	if (row != NULL) {
		snprintf(err, errlen, "option '%.*s': %s= must be %s", shown, token.s, row->name, row->right);
		return false;
	}
	at = snprintf(err, errlen, "unknown option '%.*s' (the guest's arguments follow --); known are", shown, token.s);
	for (size_t i = 0; i < ARRAY_SIZE(rows) && (size_t)at < errlen; i++)
		at += snprintf(err + at, errlen - (size_t)at, " %s=", rows[i].name);
	return false;
}

static bool parse_one(struct text token, struct options *o, char *err, size_t errlen)
{
	struct text value = token, name = cut(&value, '=');

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (text_is(name, rows[i].name))
			return set(o, &rows[i], value) || complain(token, &rows[i], err, errlen);
	return complain(token, NULL, err, errlen);
}

bool options_parse(const char *bootargs, struct options *o, char *err, size_t errlen)
{
	const char *s = bootargs;
	bool ok = true;

	memset(o, 0, sizeof(*o));
	o->vcpus = 4;
	o->mem = 128 * MIB;
	o->slice_ms = 10;
	o->guest_bootargs = "";
	for (;;) {
		struct text token = { .len = 0 };

		while (is_space(*s))
			s++;
		if (*s == '\0')
			return ok;
		token.s = s;
		while (*s != '\0' && !is_space(*s))
			s++;
		token.len = (size_t)(s - token.s);
		if (text_is(token, "--")) {
			while (is_space(*s))
				s++;
			o->guest_bootargs = s;
			return ok;
		}
		/* Go on after an error, for exit=test; the first message stays. */
		ok = parse_one(token, o, err, ok ? errlen : 0) && ok;
	}
}
