/* SPDX-License-Identifier: MIT */
/*
 * vm.c - a VM's memory and its contents: created once, loaded at every boot.
 *
 * Guest RAM is not mapped: it is cleared, and the image copied, through this hart's window, at most
 * 64 KiB between two preemption points.
 */
#include "vm/vm.h"

#include "vm/entropy.h"
#include "vm/vcpu.h"

#include "conf/guest_fdt.h"
#include "lib/ensure.h"
#include "lib/fail.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "vm/host.h"
#include "vm/room.h"

struct vm vms[MAX_VMS];
unsigned nr_vms;

paddr_t vm_phys(const struct vm *vm, gpaddr_t gpa)
{
	const struct range *r = vm->ram;
	uint64_t at = gpa - vm->ram_base;

	for (; at >= r->size; r++)
		at -= r->size;
	return r->base + at;
}

void *vm_window(const struct vm *vm, gpaddr_t gpa, size_t n)
{
	paddr_t pa;

	ENSURE(n && n <= LARGE_SIZE && vm_ram_contains(vm, gpa, n));
	pa = vm_phys(vm, gpa);
	/* A large page of the guest's is one of the host's: only behind it is another piece. */
	return window_open_two(pa, pa % LARGE_SIZE + n <= LARGE_SIZE ? pa
								      : vm_phys(vm, gpa + n - 1));
}

#define PIECE (64 * KIB)

void vm_write(const struct vm *vm, gpaddr_t gpa, const void *buf, size_t n)
{
	const char *from = buf;

	for (size_t at = 0, part; at < n; at += part) {
		char *to;

		part = MIN(PIECE - (gpa + at) % PIECE, n - at);
		to = vm_window(vm, gpa + at, part);
		if (from)
			memcpy(to, from + at, part);
		else
			clear(to, part);
		window_close();
		if (at + part < n)
			preempt_point();
	}
}

/* Its second stage, with all of its RAM. False: no memory. */
static bool map_ram(struct vm *vm)
{
	gpaddr_t at = vm->ram_base;

	vm->gstage_root = gstage_new();
	for (const struct range *r = vm->ram; vm->gstage_root && at < vm->ram_base + vm->ram_size;
	     at += (r++)->size)
		if (!gstage_map(vm->gstage_root, at, r->base, r->size, PTE_X))
			return false;
	return vm->gstage_root;
}

bool vm_create(unsigned index, const struct vm_config *config)
{
	struct vm *vm = &vms[index];
	unsigned pages = (unsigned)(config->vcpus * sizeof(struct vcpu) / PAGE_SIZE) + 1;

	vm->index = index;
	vm->config = config;
	snprintf(vm->name, sizeof(vm->name), "%s", config->name);
	vm->nr_vcpus = config->vcpus;
	vm->ram_base = guest_ram_base(config);
	vm->ram_size = config->mem;
	vm->wake_after = ms_to_ticks(config->wake_after_ms);
	vm->vcpus = page_alloc(pages, 1);
	if (!map_ram(vm) || !vm->vcpus ||
	    !thread_init(&vm->keeper, NULL, nr_vms > 1 ? vm->name : "keeper"))
		return false;
	timer_init(&vm->keeper_timer, &vm->keeper);
	mp_vm_init(&vm->mp);
	entropy_for_vm(vm);
	for (unsigned i = 0; i < vm->nr_vcpus; i++) {
		if (!vcpu_init(&vm->vcpus[i], vm, i))
			return false;
		each_row(watcher, w)
			if ((*w)->vcpu_made)
				(*w)->vcpu_made(&vm->vcpus[i]);
	}
	return true;
}

bool vm_describe(struct vm *vm)
{
	const struct image_layout *l = &vm->config->layout;
	struct guest_fdt g = { .vm = vm->config, .host = &host_machine, .isa = host_guest_isa(),
			       .has_seed = entropy_enough() };
	void *fdt = vm_window(vm, l->fdt, l->fdt_room), *copy = NULL;
	size_t n = guest_fdt_write(fdt, l->fdt_room, &g);

	if (n) {
		copy = page_alloc((unsigned)(n / PAGE_SIZE) + 1, 1);
		if (copy)
			memcpy(copy, fdt, n);
		else
			fail("no memory to keep it");
	}
	window_close();
	vm->fdt = (struct blob){ .data = copy, .size = n };
	vm->seed_at = g.seed_at;
	return copy;
}

/* Before the first boot: what the host's memory holds is no guest's business. */
static void clear_ram(const struct vm *vm)
{
	const struct vm_config *c = vm->config;
	const struct range used[2] = { { c->layout.load, c->kernel.size },
				       { c->layout.ramdisk, c->ramdisk.size } };
	bool disk_first = c->ramdisk.size && used[1].base < used[0].base;
	gpaddr_t at = vm->ram_base;

	for (unsigned i = 0; i < 2; i++) {
		const struct range *r = &used[i ^ disk_first];

		if (!r->size)
			continue;
		vm_write(vm, at, NULL, r->base - at);
		at = r->base + r->size;
	}
	vm_write(vm, at, NULL, vm->ram_base + vm->ram_size - at);
}

bool vm_load(struct vm *vm)
{
	const struct vm_config *c = vm->config;
	uint64_t seed[GUEST_SEED_SIZE / 8];

	if (!vm->fdt.data)
		return false;
	/* First: a device may still be writing to memory. */
	device_reset(vm);
	if (!vm->boots)
		clear_ram(vm);
	vm_write(vm, c->layout.load, c->kernel.data, c->kernel.size);
	if (c->ramdisk.size)
		vm_write(vm, c->layout.ramdisk, c->ramdisk.data, c->ramdisk.size);
	vm->boots++;
	vm->time_delta = -time_now(); /* the guest's time begins at 0 */
	vm_write(vm, c->layout.fdt, vm->fdt.data, vm->fdt.size);
	if (vm->seed_at) {
		entropy_take(vm, seed);
		vm_write(vm, c->layout.fdt + vm->seed_at, seed, sizeof(seed));
	}
	return true;
}
