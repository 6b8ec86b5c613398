/* SPDX-License-Identifier: MIT */
/* fuzz-with: hyp/conf/options.c hyp/conf/fake.c hyp/lib/fail.c */
/* fuzz-options: -max_len=1024 -dict=scripts/test/fuzz/corpus/options.dict */
/* options.c - the hypervisor's command line: whatever is accepted is in range, and means the same
 * when it is said again. */
#include "conf/option.h"
#include "lib/fail.h"
#include "lib/log.h"
#include "scripts/test/fuzz/common/fuzz.h"

/* Stand-ins for VMs and harts: an option of another file, whole. */
#define VM_VCPU_H
#define VM_VM_H
struct vcpu {
	struct {
		unsigned index;
	} mp;
	struct {
		uint64_t affinity;
	} thread;
};

static struct vm {
	unsigned nr_vcpus;
} vms[1] = { { 4 } };
static unsigned nr_vms = 1, nr_harts = 64;

#undef log_notice
#define log_notice(...) ((void)0)
#include "hyp/vm/affinity.c"

/* Options point into the string they were read from: compare what they say. */
static bool same(const struct options *a, const struct options *b)
{
	struct options x = *a, y = *b;

	x.guest_bootargs = y.guest_bootargs = NULL;
	return memcmp(&x, &y, sizeof(x)) == 0 && strcmp(a->guest_bootargs, b->guest_bootargs) == 0;
}

static bool parse(const char *s, struct options *o)
{
	memset(o, 0, sizeof(*o)); /* what lies between the members, for same() */
	return options_parse(s, o);
}

static void in_range(const char *s, const struct options *o)
{
	const char *args = o->guest_bootargs;

	CLAIM(o->vcpus >= 1 && o->vcpus <= OPTIONS_MAX_VCPUS, "%u", o->vcpus);
	CLAIM(options_mem_ok(o->mem), "%lu", o->mem);
	CLAIM(o->log <= LOG_DEBUG && o->warm_fails <= 1 && o->exit_test <= 1, "%s",
	      s);
	CLAIM(o->slice_ms >= 1 && o->slice_ms <= 10000 && o->harts <= 128, "%u %u", o->slice_ms,
	      o->harts);
	CLAIM(args[0] == '\0' || (args > s && args < s + strlen(s)), "points elsewhere");
	for (unsigned i = 0; i < OPTIONS_MAX_VCPUS; i++) {
		struct vcpu v = { .mp.index = i, .thread.affinity = 0 };

		boot.vcpu_made(&v);
		CLAIM(v.thread.affinity == wanted[i], "vCPU %u", i);
	}
}

/* Said twice is said once: the last one wins, affinity= adds up. */
static void twice(const char *s, const struct options *once)
{
	size_t len = strlen(s);
	char *text = malloc(2 * len + 2);
	uint64_t pinned[OPTIONS_MAX_VCPUS];
	struct options o;

	memcpy(pinned, wanted, sizeof(wanted));
	snprintf(text, 2 * len + 2, "%s %s", s, s);
	CLAIM(parse(text, &o) && same(&o, once), "not the same when it is said twice");
	CLAIM(memcmp(pinned, wanted, sizeof(wanted)) == 0, "pinned otherwise");
	free(text);
}

/* A number, against plain arithmetic. */
static void number(const char *s, size_t len)
{
	unsigned __int128 want = 0;
	size_t digits = len, at = 0;
	unsigned shift = 0, base = 10;
	bool good = len > 0;
	uint64_t v;

	if (len > 0 && strchr("kmgKMG", s[len - 1]) != NULL && s[len - 1] != '\0') {
		shift = (s[len - 1] | 0x20) == 'k' ? 10 : (s[len - 1] | 0x20) == 'm' ? 20 : 30;
		digits--;
	}
	if (digits > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		at = 2;
	}
	good = digits > at;
	for (; good && at < digits; at++) { /* stops before 128 bits overflow */
		const char *all = "0123456789abcdefABCDEF",
			   *is = s[at] != '\0' ? strchr(all, s[at]) : NULL;
		unsigned d = is == NULL	     ? 99
			     : is - all > 15 ? (unsigned)(is - all) - 6
					     : (unsigned)(is - all);

		want = want * base + d;
		good = d < base && want <= UINT64_MAX;
	}
	want <<= shift;
	good = good && want <= UINT64_MAX;
	CLAIM(options_size(s, len, &v) == good && (!good || v == (uint64_t)want), "%.*s: %lu",
	      (int)len, s, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_copy("", 1, 0), *was;
	struct options o, again;
	bool ok;

	s = realloc(s, size + 1);
	memcpy(s, data, size);
	s[size] = '\0';
	was = strdup(s);
	fuzz_work = 0;
	ok = parse(s, &o);
	CLAIM(fuzz_work < 10000 + 5000 * size, "%lu for %zu bytes", fuzz_work, size);
	CLAIM(ok == (fail_text[0] == '\0'), "accepted %d, says \"%s\"", ok, fail_text);
	CLAIM(strlen(fail_text) < sizeof(fail_text), "no end");
	CLAIM(memcmp(s, was, strlen(was)) == 0, "the command line has changed");
	in_range(s, &o);
	CLAIM(parse(s, &again) == ok && same(&o, &again), "not the same at the second time");
	if (ok && o.guest_bootargs[0] == '\0' && strstr(s, "--") == NULL)
		twice(s, &o);
	for (const char *at = s; *at != '\0'; at += strcspn(at, "=,: "), at += *at != '\0')
		number(at, strcspn(at, ",: "));
	free(was);
	free(s);
	return 0;
}
