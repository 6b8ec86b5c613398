/* SPDX-License-Identifier: MIT */
/*
 * main.c - the benchmark guest: what every operation costs, on whatever SBI
 * implementation is below. Bootargs: set=calls,harts,growth,fair,wake (the
 * default is calls,harts), only=NAME-PREFIX, ms=N (fair and wake).
 */
#include "bench.h"
#include "str.h"

#define MAX_SAMPLES 256

static struct {
	const char *name;
	u32 n;
	u64 insns[MAX_SAMPLES], ticks[MAX_SAMPLES];
} row;

static u64 empty_insns = ~0ul;	/* what a look at the counter costs */

bool bench_begin(const char *name)
{
	size_t len;
	const char *only = boot_option("only", &len);

	row.name = name;
	row.n = 0;
	return !only || strncmp(name, only, len) == 0;
}

void bench_add(u64 insns, u64 ticks)
{
	if (row.n == MAX_SAMPLES)
		return;
	row.insns[row.n] = insns > empty_insns ? insns - empty_insns : 0;
	row.ticks[row.n++] = ticks;
}

/* 1, or what it takes to emulate it. */
static void look_at_nothing(void)
{
	for (u32 n = 0; n < 16; n++) {
		u64 i0 = instret(), i1 = instret();

		empty_insns = MIN(empty_insns, i1 - i0);
	}
}

static void sort(u64 *v, u32 n)
{
	for (u32 i = 1; i < n; i++) {
		u64 x = v[i];
		u32 k = i;

		for (; k && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

void bench_end(void)
{
	u64 *i = row.insns, *t = row.ticks;
	u32 last = row.n - 1, mid = row.n / 2;

	if (!row.n) {
		bench_skip(row.name, "no sample");
		return;
	}
	sort(i, row.n);
	sort(t, row.n);
	print("%-26s %9lu %9lu %9lu insns  %7lu %7lu %7lu ticks\n", row.name,
	      i[0], i[mid], i[last], t[0], t[mid], t[last]);
	print("BENCH {\"name\":\"%s\",\"n\":%u,\"insns\":[%lu,%lu,%lu],"
	      "\"ticks\":[%lu,%lu,%lu]}\n", row.name, row.n, i[0], i[mid],
	      i[last], t[0], t[mid], t[last]);
}

void bench_skip(const char *name, const char *why)
{
	print("%-26s skipped: %s\n", name, why);
	print("BENCH {\"name\":\"%s\",\"skip\":\"%s\"}\n", name, why);
}

void bench_value(const char *name, const char *unit, u64 value)
{
	print("%-26s %9lu %s\n", name, value, unit);
	print("BENCH {\"name\":\"%s\",\"unit\":\"%s\",\"value\":%lu}\n", name,
	      unit, value);
}

static bool wanted(const char *set)
{
	size_t len, n = strlen(set);
	const char *sets = boot_option("set", &len);

	if (!sets) {
		sets = "calls,harts";
		len = strlen(sets);
	}
	for (const char *end = sets + len; sets + n <= end; sets++)
		if (strncmp(sets, set, n) == 0)
			return true;
	return false;
}

void guest_main(void)
{
	csr_write(sie, 0);
	look_at_nothing();
	print("bench: %lu harts, SBI implementation %lu version %lx\n",
	      hart_count, sbi_impl_id().value, sbi_impl_version().value);
	bench_value("first_instruction", "insns", first_instret);
	if (wanted("calls"))
		bench_calls();
	if (wanted("harts"))
		bench_harts();
	if (wanted("growth"))
		bench_growth();
	if (wanted("fair"))
		bench_fair();
	if (wanted("wake"))
		bench_wake();
	print("bench: done\n");
	machine_shutdown(false);
}
