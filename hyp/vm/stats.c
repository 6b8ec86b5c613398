/* SPDX-License-Identifier: MIT */
/* stats.c - contracts are in stats.h. */
#include "vm/stats.h"

#include "lib/printf.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "vm/vm.h"

#define JSON_VCPU 350 /* bytes for one vCPU: 11 numbers of at most 20 digits, and the words */
#define JSON_VM 100 /* for a VM without its vCPUs */

struct numbers {
	unsigned long ran, waited, idle; /* microseconds */
};

static unsigned long us(uint64_t ticks)
{
	return ticks / timebase * 1000000 + ticks % timebase * 1000000 / timebase;
}

static struct numbers numbers_of(const struct thread *t)
{
	uint64_t now = time_now(), ran = t->ran, waited = t->waited, total = t->born ? now - t->born : 0;

	if (t->state == THREAD_RUNNING)
		ran += now - t->since;
	else if (t->state == THREAD_READY)
		waited += now - t->queued;
	return (struct numbers){ us(ran), us(waited), us(total > ran + waited ? total - ran - waited : 0) };
}

static void print_text(const struct vm *vm, const struct vcpu *v)
{
	const struct thread *t = &v->thread;
	struct numbers n = numbers_of(t);
	const uint64_t *e = v->exits;
	char text[256];
	int len = snprintf(text, sizeof(text),
			   "stats: %s v%u: ran %lu us, waited %lu us, idle %lu us; exits: ecall %lu, interrupt %lu, wfi %lu, mmio %lu, "
			   "fault %lu; switches %lu, migrations %lu\n",
			   vm->name, v->mp.index, n.ran, n.waited, n.idle, e[EXIT_ECALL], e[EXIT_INTERRUPT], e[EXIT_WFI],
			   e[EXIT_MMIO], e[EXIT_FAULT], t->switches, t->migrations);

	port_console_write(text, (size_t)len);
}

static int json_vcpu(char *buf, size_t size, const struct vcpu *v)
{
	const struct thread *t = &v->thread;
	struct numbers n = numbers_of(t);
	const uint64_t *e = v->exits;

	return snprintf(buf, size,
			"%s{\"vcpu\":%u,\"ran_us\":%lu,\"waited_us\":%lu,\"idle_us\":%lu,\"exits\":{\"ecall\":%lu,\"interrupt\":%lu,"
			"\"wfi\":%lu,\"mmio\":%lu,\"fault\":%lu},\"switches\":%lu,\"migrations\":%lu}",
			v->mp.index ? "," : "", v->mp.index, n.ran, n.waited, n.idle, e[EXIT_ECALL], e[EXIT_INTERRUPT], e[EXIT_WFI],
			e[EXIT_MMIO], e[EXIT_FAULT], t->switches, t->migrations);
}

static struct mutex lock = { .rank = RANK_VM, .guard = { .rank = RANK_WAITQ } };
static unsigned ended; /* VMs; guarded by lock */

/* One line whatever there is: what finds no room in it is left out. @lock held. */
static void print_json(void)
{
	static char json[JSON_VM * (MAX_VMS + 1) + JSON_VCPU * OPTIONS_MAX_VCPUS] NOINIT;
	size_t at = (size_t)snprintf(json, sizeof(json), "{\"vms\":[");

	for (unsigned i = 0; i < nr_vms; i++) {
		const struct vm *vm = &vms[i];

		at += (size_t)snprintf(json + at, sizeof(json) - at, "%s{\"vm\":\"%s\",\"boots\":%lu,\"vcpus\":[", i ? "," : "", vm->name,
				       vm->boots);
		for (unsigned k = 0; k < vm->nr_vcpus && at < sizeof(json) - JSON_VCPU - JSON_VM * (nr_vms - i); k++)
			at += (size_t)json_vcpu(json + at, JSON_VCPU, &vm->vcpus[k]);
		at += (size_t)snprintf(json + at, sizeof(json) - at, "]}");
	}
	at += (size_t)snprintf(json + at, sizeof(json) - at, "]}\n");
	port_console_write(json, at);
}

static void print_vm(const struct vm *vm)
{
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		print_text(vm, &vm->vcpus[i]);
}

void stats_print(const struct vm *vm)
{
	mutex_lock(&lock);
	print_vm(vm);
	if (++ended == nr_vms)
		print_json();
	mutex_unlock(&lock);
}

void stats_print_all(void)
{
	mutex_lock(&lock);
	for (unsigned i = 0; i < nr_vms; i++)
		print_vm(&vms[i]);
	print_json();
	mutex_unlock(&lock);
}
