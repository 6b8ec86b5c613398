/* SPDX-License-Identifier: MIT */
/*
 * pmu.c - PMU: counters of a hart, and what they count. SBI 3.0 chapter 11.
 *
 * Counter 0 is cycle and 2 is instret, which run from a start on; 1 would be the time and is none.
 * The other sixteen count what guests ask of the hypervisor, and why they leave to it. Events of
 * the hart but those two would be a call of our firmware at each switch, and an overflow interrupt
 * has no way into a guest. Events in all modes are counted, also where flags exclude some; there
 * are no snapshots.
 *
 * Nobody pays for the counting of calls until a counter wants it: then a function that counts takes
 * the place of the others in the SBI's table, for good. The legacy timer is not counted.
 *
 * Optional room: pmu, 200 lines.
 */
#include "lib/atomic.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/mmu.h"
#include "sbi/sbi.h"
#include "vm/fence.h"
#include "vm/host.h"
#include "vm/room.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

enum { CYCLE = 0, INSTRET = 2, FIRST_FW = 3 };
#define FIXED (1U << CYCLE | 1U << INSTRET)
#define ALL_FW ((1U << PMU_COUNTERS) - (1U << FIRST_FW))

#define SKIP_MATCH 1UL
#define CLEAR_VALUE 2UL
#define AUTO_START 4UL
#define CONFIG_FLAGS 0xffUL /* the others of these are modes to leave out: hints */
#define FLAG_VALUE 1UL /* start: with a value; stop: forget the event */
#define FLAG_SNAPSHOT 2UL
#define FLAGS (FLAG_VALUE | FLAG_SNAPSHOT)

/* Functions that share one here. */
enum { NUM_COUNTERS = 0, START = 3, FW_READ = 5 };
/* Events of the firmware. After each one that is sent comes the one that it is received. */
enum { EVENT_FW = 0xf0000, SET_TIMER = 5, IPI_SENT = 6, FENCE_I_SENT = 8, OURS = 256 };

/* Of event_get_info: an entry has event, output, both 32 bits, and data; how many at a call. */
#define INFO_SIZE 16UL
#define MAX_INFOS 65536
#define INFOS_AT_ONCE 256UL

/* ---- What calls are counted ------------------------------------------------------ */

static const uint32_t counted[] = { 0x54494d45, 0x735049, 0x52464e43 }; /* TIME, IPI, RFENCE */
static const sbi_fn *original[ARRAY_SIZE(counted)];

static struct sbi_ret count_and_call(struct vcpu *v, const uint64_t *a)
{
	unsigned i = (uint32_t)a[7] == counted[0] ? 0 : (uint32_t)a[7] == counted[1] ? 1 : 2;
	unsigned sent = (i == 1 ? IPI_SENT : FENCE_I_SENT + 2 * (uint32_t)a[6]) - SET_TIMER;
	struct sbi_ret r = original[i][(uint32_t)a[6]](v, a);
	uint64_t all = ~0UL >> (64 - v->vm->nr_vcpus), set;

	v->events[0] += i == 0;
	/* It has been looked at; base -1 is all. Others only are counted. */
	set = i == 0 || r.error ? 0 : a[1] == ~0UL ? all : a[0] ? a[0] << a[1] : 0;
	set &= ~(1UL << v->mp.index);
	for (struct vcpu *to = v->vm->vcpus; set; to++, set >>= 1)
		if (set & 1) {
			v->events[sent]++;
			atomic_fetch_add_relaxed(&to->events[sent + 1], 1);
		}
	return r;
}

static void remember_originals(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(counted); i++)
		original[i] = sbi_find(counted[i])->functions;
}

static const struct watcher watcher = { .vms_made = remember_originals };
ROW(watcher, watcher);

static void count_calls(void)
{
	static const sbi_fn all[] = { count_and_call, count_and_call, count_and_call };

	for (unsigned i = 0; i < ARRAY_SIZE(counted); i++)
		if (original[i])
			sbi_replace(counted[i], all);
}

/* ---- Counters ---------------------------------------------------------------------- */

/* With counters=host a guest reads the hart's own cycle and instret, and cannot stop them. */
static uint32_t existing(void)
{
	return ALL_FW | (common_caps.counters && !host_options.host_counters ? FIXED : 0);
}

static uint32_t running(const struct vcpu *v)
{
	return v->pmu.changed ^ FIXED;
}

/* The set of (base, mask) in a[0] and a[1]. False: it is empty, or one of it does not exist. */
static bool counter_set(const uint64_t *a, uint32_t *set)
{
	uint64_t base = a[0], all = base < PMU_COUNTERS ? a[1] << base : 0;

	*set = (uint32_t)all;
	return all && all >> base == a[1] && !(all & ~(uint64_t)existing());
}

/* The counters that can count it. */
static uint32_t that_count(uint64_t event, uint64_t data)
{
	uint64_t code = event - EVENT_FW;

	if (!data && (code - SET_TIMER < PMU_EVENTS || code - OURS < EXIT_KINDS))
		return ALL_FW;
	/* 1 is cycles, 2 is instructions */
	return data || event - 1 > 1 ? 0 : existing() & 1U << (event == 1 ? CYCLE : INSTRET);
}

static uint64_t value(const struct vcpu *v, unsigned i)
{
	if (!(running(v) & 1U << i))
		return v->pmu.value[i];
	if (1U << i & ALL_FW)
		return atomic_load_relaxed(v->pmu.from[i]) - v->pmu.value[i];
	return v->counters[i / INSTRET] + (i == CYCLE ? csr_read(cycle) : csr_read(instret));
}

static void set_value(struct vcpu *v, unsigned i, uint64_t to)
{
	v->pmu.used = 1;
	if (!(running(v) & 1U << i))
		v->pmu.value[i] = to;
	else if (1U << i & ALL_FW)
		v->pmu.value[i] = atomic_load_relaxed(v->pmu.from[i]) - to;
	else
		v->counters[i / INSTRET] += to - value(v, i);
}

/* Start or stop it where it stands. */
static void flip(struct vcpu *v, unsigned i)
{
	uint64_t at = value(v, i);

	v->pmu.changed ^= 1U << i;
	set_value(v, i, at);
}

/* ---- The functions ------------------------------------------------------------------ */

/* How many; and of one: CSR, width less 1, and bit 63 if it is of the firmware. */
static struct sbi_ret get_info(struct vcpu *v UNUSED, const uint64_t *a)
{
	if ((uint32_t)a[6] == NUM_COUNTERS)
		return SBI_OK(PMU_COUNTERS);
	if (a[0] >= PMU_COUNTERS || !(existing() & 1U << a[0]))
		return SBI_ERR(SBI_INVALID_PARAM);
	return SBI_OK(63UL << 12 | (a[0] >= FIRST_FW ? 1UL << 63 : CSR_CYCLE + a[0]));
}

static struct sbi_ret config_matching(struct vcpu *v, const uint64_t *a)
{
	uint64_t flags = a[2], event = a[3], data = a[4];
	uint64_t code = event - EVENT_FW;
	uint32_t set, can = that_count(event, data);
	unsigned i;

	if (flags & ~CONFIG_FLAGS || !counter_set(a, &set))
		return SBI_ERR(SBI_INVALID_PARAM);
	if (!(flags & SKIP_MATCH)) {
		set &= can & ~running(v);
		/* One that is mapped may be somebody's who will start it. */
		set = set & ~v->pmu.mapped ? set & ~v->pmu.mapped : set;
	}
	i = (unsigned)__builtin_ctz(set | 1U << 31);
	if (!set || (i >= FIRST_FW && can != ALL_FW && !(v->pmu.mapped & 1U << i)))
		return SBI_ERR(SBI_NOT_SUPPORTED);
	if (i >= FIRST_FW && can == ALL_FW && !(running(v) & 1U << i)) {
		/* Ours are in the order of enum exit_kind. */
		v->pmu.from[i] = code >> 8 ? &v->exits[code - OURS] : &v->events[code - SET_TIMER];
		v->pmu.mapped |= 1U << i;
		v->pmu.used = 1;
		count_calls();
	}
	if (flags & CLEAR_VALUE)
		set_value(v, i, 0);
	if (flags & AUTO_START && !(running(v) & 1U << i))
		flip(v, i);
	return SBI_OK(i);
}

/* Start or stop. Errors of both are alike. */
static struct sbi_ret change(struct vcpu *v, const uint64_t *a)
{
	bool start = (uint32_t)a[6] == START;
	uint64_t flags = a[2];
	uint32_t set, as_wanted;

	/* Of the firmware's, one that is not mapped counts nothing. */
	if (flags & ~FLAGS || (start && flags == FLAGS) || !counter_set(a, &set) ||
	    (start && set & ALL_FW & ~v->pmu.mapped))
		return SBI_ERR(SBI_INVALID_PARAM);
	if (flags & FLAG_SNAPSHOT)
		return SBI_ERR(SBI_NO_SHMEM);
	as_wanted = set & (start ? running(v) : ~running(v));
	for (uint32_t left = set & ~as_wanted; left; left &= left - 1) {
		if (start && flags & FLAG_VALUE)
			set_value(v, (unsigned)__builtin_ctz(left), a[3]);
		flip(v, (unsigned)__builtin_ctz(left));
	}
	if (!start && flags & FLAG_VALUE)
		v->pmu.mapped &= ~set;
	return SBI_ERR(!as_wanted ? 0 : start ? SBI_ALREADY_STARTED : SBI_ALREADY_STOPPED);
}

/* The upper half, which is another function, is 0. */
static struct sbi_ret fw_read(struct vcpu *v, const uint64_t *a)
{
	if (a[0] < FIRST_FW || a[0] >= PMU_COUNTERS)
		return SBI_ERR(SBI_INVALID_PARAM);
	return SBI_OK((uint32_t)a[6] == FW_READ ? value(v, (unsigned)a[0]) : 0);
}

static struct sbi_ret snapshot_set_shmem(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_ERR(SBI_NOT_SUPPORTED);
}

/* Of @n entries; the guest may write there meanwhile. False: one is no event. */
static bool tell(volatile uint32_t *e, uint64_t n)
{
	for (; n; n--, e += INFO_SIZE / sizeof(*e)) {
		uint32_t event = e[0];

		if (event >> 20)
			return false;
		e[1] = that_count(event, e[2] | (uint64_t)e[3] << 32) != 0;
	}
	return true;
}

static struct sbi_ret event_get_info(struct vcpu *v, const uint64_t *a)
{
	uint64_t n = a[2], off = a[0] - v->vm->ram_base, size = v->vm->ram_size, part;
	bool good = true;

	if (a[3] || a[0] % INFO_SIZE)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (a[1] || off > size || n > (size - off) / INFO_SIZE)
		return SBI_ERR(SBI_INVALID_ADDRESS);
	if (n > MAX_INFOS)
		return SBI_ERR(SBI_FAILED);
	for (; n && good; n -= part, off += part * INFO_SIZE) {
		struct vcpu *away = fence_leave(); /* who wants to fence it need not wait for all */

		part = MIN(n, INFOS_AT_ONCE);
		good = tell(vm_window(v->vm, v->vm->ram_base + off, part * INFO_SIZE), part);
		window_close();
		fence_return(away);
		preempt_point();
	}
	return good ? SBI_OK(0) : SBI_ERR(SBI_INVALID_PARAM);
}

SBI_EXTENSION(0x504d55, get_info, get_info, config_matching, change, change, fw_read, fw_read,
	      snapshot_set_shmem, event_get_info);
