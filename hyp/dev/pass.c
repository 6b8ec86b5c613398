/* SPDX-License-Identifier: MIT */
/*
 * pass.c - devices of the host that belong to a VM: their registers are mapped, and their
 * interrupts go by way of the guest's PLIC.
 *
 * An interrupt is claimed at the host's PLIC by the hart that it interrupts, and held there: it
 * does not interrupt again, whatever the guest does. In the guest's PLIC its level goes up. When
 * the guest completes it, it falls there, and is completed on the host. If the device still wants
 * something, the host's PLIC interrupts again. So a guest that never answers costs one interrupt.
 *
 * A source interrupts the hart of the vCPU that wants it, and moves with it when it interrupts.
 *
 * Optional room: pass-through, 214 lines.
 */
#include "dev/pass.h"

#include "conf/assign.h"
#include "conf/guest_fdt.h"
#include "dev/device.h"
#include "dev/intc.h"
#include "lib/atomic.h"
#include "lib/log.h"
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/hart.h"
#include "riscv/host_plic.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/mmu.h"
#include "sched/timer.h"
#include "vm/room.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define SOURCES (ASSIGN_SOURCE_MAX + 1)
#define AT_ONCE 8 /* interrupts that a hart takes before it looks for others' work */

/* Of a virtio,mmio (specification 1.2, section 4.2.2). */
#define VIRTIO_MAGIC 0x74726976
#define VIRTIO_STATUS 0x70

static struct source {
	struct vm *vm; /* whose it is, or NULL; constant once VMs run */
	struct vcpu *wanted_by; /* atomic: who has enabled it last; NULL: nobody yet */
	uint32_t held; /* atomic: 1 from our claim until our completion */
} sources[SOURCES] NOINIT; /* give_all() fills it in, if anything is given */

static bool has_devices[MAX_VMS]; /* constant */
static uint32_t of_vm[MAX_VMS][SOURCES / 32]; /* a bit for each of its; constant */

/* ---- Interrupts -------------------------------------------------------------------- */

/* To the hart that @v is on, if it is on one. */
static void follow(unsigned source, const struct vcpu *v)
{
	const struct hart *on = atomic_load_relaxed(&v->thread.on_hart);

	if (on && on != this_hart())
		host_plic_route(source, on->index);
}

static void take(unsigned number)
{
	struct source *s = &sources[number];
	const struct vcpu *v = atomic_load_relaxed(&s->wanted_by);

	if (!s->vm || !v) { /* masked meanwhile, by quiesce() */
		host_plic_give_back(number, this_hart()->index);
		return;
	}
	/* Before the guest can complete it: pairs with the swap in pass_completed(). */
	atomic_store_release(&s->held, 1U);
	follow(number, v);
	intc_line(s->vm, number, true);
}

void host_interrupt(void)
{
	unsigned number;

	for (unsigned n = 0; n < AT_ONCE && (number = host_plic_claim()); n++)
		take(number);
	/* It comes before timers do: devices that never rest must not keep those from going off. */
	if (csr_read(sip) & SIP_STIP)
		timer_expire();
}

bool pass_is_host(const struct vm *vm, unsigned source)
{
	return of_vm[vm->index][source / 32] >> source % 32 & 1;
}

void pass_completed(unsigned source)
{
	const struct vcpu *v = atomic_load_relaxed(&sources[source].wanted_by);

	if (!atomic_swap(&sources[source].held, 0U))
		return;
	/*
	 * If who wants it is on no hart, the next one is for who completes: else it would go on
	 * interrupting a hart that has become another VM's.
	 */
	if (v && !atomic_load_relaxed(&v->thread.on_hart))
		host_plic_route(source, this_hart()->index);
	host_plic_complete(source);
}

void pass_wanted(struct vcpu *v, unsigned word, uint32_t bits)
{
	for (bits &= of_vm[v->vm->index][word]; bits; bits &= bits - 1) {
		unsigned number = word * 32 + (unsigned)__builtin_ctz(bits);
		struct source *s = &sources[number];

		/* Enabled from now on until a reset: a held source could not be completed else. */
		if (atomic_swap(&s->wanted_by, v))
			continue;
		host_plic_route(number, this_hart()->index);
		/* Claimed by a slow hart before the reset: the guest does not know. */
		pass_completed(number);
	}
}

/* ---- The life of a VM ----------------------------------------------------------------- */

/* A virtio,mmio (specification 1.2, section 2.4). */
static void reset_virtio(const struct assigned *d)
{
	volatile uint32_t *reg = window_open(d->reg[0].base, PAGE_SIZE);
	volatile uint32_t *status = reg + VIRTIO_STATUS / sizeof(*reg);
	uint64_t since = time_now();

	if (*reg == VIRTIO_MAGIC) {
		*status = 0;
		/*
		 * It has stopped when it says 0. A moment only: this hart does nothing else.
		 */
		while (*status && time_now() - since < timebase / 100)
			;
	}
	window_close();
}

/* It writes to no memory after this. Of other devices we know no way. */
static void silence(const struct assigned *d)
{
	if (d->kind)
		d->kind->silence(d);
	else if (d->virtio)
		reset_virtio(d);
	/* Memory is written after that. */
	__asm__ volatile("fence io, rw" : : : "memory");
}

#define EACH_DEVICE_OF(vm_, d) \
	for (const struct assigned *d = assignment.device; \
	     d < assignment.device + assignment.count; d++) \
		if (d->vm == (vm_)->config)

/*
 * No vCPU of @vm runs. First mask, or the next interrupt comes in between; then silence the
 * device, so that it wants nothing; then give back what is held, or it would be dead for ever.
 */
static void quiesce(struct vm *vm)
{
	if (!has_devices[vm->index])
		return;
	for (unsigned i = 1; i < SOURCES; i++)
		if (sources[i].vm == vm)
			host_plic_mask(i);
	EACH_DEVICE_OF(vm, d)
		silence(d);
	for (unsigned i = 1; i < SOURCES; i++) {
		if (sources[i].vm != vm)
			continue;
		if (atomic_swap(&sources[i].held, 0U))
			host_plic_give_back(i, this_hart()->index);
		atomic_store_relaxed(&sources[i].wanted_by, NULL);
	}
}

/* ---- Boot --------------------------------------------------------------------------------- */

static NORETURN void give_up(const struct assigned *d, const char *why)
{
	log_error("%s of %s: %s", d->name, d->vm->name, why);
	machine_stop(1);
}

static void give(struct vm *vm, const struct assigned *d)
{
	for (const struct range *r = d->reg; r < d->reg + d->nr_regs; r++) {
		paddr_t base = ALIGN_DOWN(r->base, PAGE_SIZE);

		if (!gstage_map(vm->gstage_root, base, base,
				ALIGN_UP(r->base + r->size, PAGE_SIZE) - base, 0))
			give_up(d, "not enough host memory for it");
	}
	for (unsigned i = 0; i < d->nr_sources; i++) {
		sources[d->source[i]].vm = vm;
		of_vm[vm->index][d->source[i] / 32] |= 1U << d->source[i] % 32;
	}
}

static void give_devices(struct vm *vm)
{
	unsigned n = 0, dma = 0;

	EACH_DEVICE_OF(vm, d) {
		give(vm, d);
		has_devices[vm->index] = true;
		log_info("%s: has %s", vm->name, d->name);
		n++;
		dma += d->dma;
	}
	/* What devices write to memory the hypervisor does not see: whoever boots has to know. */
	if (n)
		log_notice("%s: %u device%s of the machine%s", vm->name, n, n == 1 ? "" : "s",
			   dma ? ", by which it can write to all of its memory" : "");
}

/* Memory that is where the host has it: are there devices of the VM's own? */
static void check_memory(void)
{
	for (const struct vm *vm = vms; vm < vms + nr_vms; vm++) {
		if (!vm->config->direct || !device_in(vm->ram_base, vm->ram_size))
			continue;
		log_error("%s: ram=direct: its memory would begin at 0x%lx, where VMs have devices",
			  vm->name, vm->ram_base);
		machine_stop(1);
	}
}

static void give_all(void)
{
	unsigned able = 0;

	check_memory();
	if (!assignment.count)
		return;
	if (!host_plic_map(assignment.plic.base, assignment.plic.size))
		give_up(&assignment.device[0], "not enough host memory for it");
	for (unsigned i = 0; i < nr_harts; i++) {
		int context = assign_context(harts[i].id);

		if (context < 0)
			continue;
		host_plic_add_hart(i, (unsigned)context, ASSIGN_SOURCE_MAX);
		able++;
	}
	if (!able)
		give_up(&assignment.device[0], "no hart gets interrupts from the PLIC");
	memset(sources, 0, sizeof(sources));
	for (unsigned i = 0; i < nr_vms; i++)
		give_devices(&vms[i]);
	host_interrupts = SIP_SEIP;
}

bool device_in(gpaddr_t base, uint64_t size)
{
	each_row(device, d)
		if (!(*d)->yields && (*d)->base < base + size && base < (*d)->base + (*d)->size)
			return true;
	return false;
}

bool pass_stands_in(const struct vm_config *vm, gpaddr_t base, unsigned source)
{
	for (const struct assigned *d = assignment.device;
	     d < assignment.device + assignment.count; d++) {
		bool there = false;

		for (unsigned i = 0; i < d->nr_regs; i++)
			there |= d->reg[i].base < base + PAGE_SIZE &&
				 base < d->reg[i].base + d->reg[i].size;
		for (unsigned i = 0; i < d->nr_sources; i++)
			there |= d->source[i] == source;
		if (there && d->vm == vm)
			return true;
	}
	return false;
}

bool device_has_source(unsigned source)
{
	return source == INTC_UART;
}

/* In the table of emulated devices it has no registers, so it is nowhere found. */
static const struct device pass = { .reset = quiesce, .node = assign_nodes };
static const struct watcher life = { .vms_made = give_all, .vm_ended = quiesce };

ROW(device, pass);
ROW(watcher, life);
