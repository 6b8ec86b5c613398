/* SPDX-License-Identifier: MIT */
/*
 * stats.c - what VMs did with their time, for people and for programs: stats=1, and Ctrl-] s.
 *
 * Per vCPU the time run, waited and idle (neither) since it was first started, exits by cause,
 * switches and migrations: a readable line each, and everything as one line of JSON.
 *
 * Optional room: stats, 100 lines. Needs options.
 */
#include "conf/option.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "vm/room.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define VCPU_SIZE 350 /* bytes for one vCPU: 12 numbers of at most 20 digits, and the words */
#define JSON_VM 100 /* for a VM without its vCPUs */

/*
 * For people and for programs: what comes before the vCPU's number, then the same numbers in the
 * same order.
 */
#define TEXT \
	"stats: %s v%u: ran %lu us, waited %lu us, idle %lu us; exits: ecall %lu, interrupt %lu, " \
	"wfi %lu, mmio %lu, fault %lu; switches %lu, migrations %lu\n"
#define JSON \
	"%s{\"vcpu\":%u,\"ran_us\":%lu,\"waited_us\":%lu,\"idle_us\":%lu,\"exits\":{" \
	"\"ecall\":%lu,\"interrupt\":%lu,\"wfi\":%lu,\"mmio\":%lu,\"fault\":%lu}," \
	"\"switches\":%lu,\"migrations\":%lu}"

static unsigned asked_for; /* stats=1; constant after boot */

static unsigned long us(uint64_t ticks)
{
	return ticks / timebase * 1000000 + ticks % timebase * 1000000 / timebase;
}

/* One vCPU in the form of @format: TEXT or JSON. Returns the length. */
static size_t put_vcpu(char buf[VCPU_SIZE], const char *format, const char *before,
		       const struct vcpu *v)
{
	const struct thread *t = &v->thread;
	const uint64_t *e = v->exits;
	uint64_t now = time_now(), ran = t->ran, waited = t->waited,
		 total = t->born ? now - t->born : 0;

	if (t->state == THREAD_RUNNING)
		ran += now - t->since;
	else if (t->state == THREAD_READY)
		waited += now - t->queued;
	return (size_t)snprintf(buf, VCPU_SIZE, format, before, v->mp.index, us(ran), us(waited),
				us(total > ran + waited ? total - ran - waited : 0), e[EXIT_ECALL],
				e[EXIT_INTERRUPT], e[EXIT_WFI], e[EXIT_MMIO], e[EXIT_FAULT],
				t->switches, t->migrations);
}

static struct mutex lock = { .rank = RANK_STATS, .guard = { .rank = RANK_WAITQ } };
static unsigned ended; /* VMs; guarded by lock */

/* One line whatever there is: what finds no room in it is left out. @lock held. */
static void print_json(void)
{
	static char json[JSON_VM * (MAX_VMS + 1) + VCPU_SIZE * OPTIONS_MAX_VCPUS] NOINIT;
	size_t at = (size_t)snprintf(json, sizeof(json), "{\"vms\":[");

	for (unsigned i = 0; i < nr_vms; i++) {
		const struct vm *vm = &vms[i];

		at += (size_t)snprintf(json + at, sizeof(json) - at,
				       "%s{\"vm\":\"%s\",\"boots\":%lu,\"vcpus\":[", i ? "," : "",
				       vm->name, vm->boots);
		for (unsigned k = 0;
		     k < vm->nr_vcpus && at < sizeof(json) - VCPU_SIZE - JSON_VM * (nr_vms - i);
		     k++)
			at += put_vcpu(json + at, JSON, k ? "," : "", &vm->vcpus[k]);
		at += (size_t)snprintf(json + at, sizeof(json) - at, "]}");
	}
	at += (size_t)snprintf(json + at, sizeof(json) - at, "]}\n");
	port_console_write(json, at);
}

static void print_text(const struct vm *vm) MUST_HOLD(lock)
{
	char text[VCPU_SIZE];

	for (unsigned i = 0; i < vm->nr_vcpus; i++) {
		size_t n = put_vcpu(text, TEXT, vm->name, &vm->vcpus[i]);

		port_console_write(text, n);
	}
}

/* A VM that has ended, with the last one all of them as JSON. */
static void print_ended(struct vm *vm)
{
	if (!asked_for && log_level < LOG_INFO)
		return;
	mutex_lock(&lock);
	print_text(vm);
	if (++ended == nr_vms)
		print_json();
	mutex_unlock(&lock);
}

/* All of them, now; the numbers of a running vCPU are a snapshot. */
static void print_all(void)
{
	mutex_lock(&lock);
	for (unsigned i = 0; i < nr_vms; i++)
		print_text(&vms[i]);
	print_json();
	mutex_unlock(&lock);
}

static const struct option option = {
	.name = "stats",
	.right = "a number",
	.max = 1,
	.own = &asked_for,
	.own_size = sizeof(asked_for),
};
static const struct watcher end = { .vm_ended = print_ended };
static const struct command show = { .key = 's', .what = "statistics", .run = print_all };

ROW(option, option);
ROW(watcher, end);
ROW(command, show);
