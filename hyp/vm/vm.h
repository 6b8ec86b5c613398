/* SPDX-License-Identifier: MIT */
/*
 * vm.h - a virtual machine: its memory, and what is loaded into it.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "conf/payload.h"
#include "lib/range.h"
#include "lib/types.h"
#include "mp/mp.h"
#include "sched/sched.h"
#include "sched/timer.h"

struct seed;
struct vcpu;

struct vm {
	struct mp_vm mp;
	/* constant once the VM runs */
	unsigned index;
	char name[16];
	unsigned nr_vcpus;
	struct vcpu *vcpus;
	gpaddr_t ram_base; /* where its RAM begins */
	/* where it is for the host, in this order; all multiples of 2 MiB, what is not used is 0 */
	struct range ram[RANGE_PIECES];
	uint64_t ram_size; /* bytes, multiple of 2 MiB */
	uint64_t gstage_root; /* host address of the G-stage root, 16 KiB aligned */
	const struct vm_config *config; /* what to load and where, again at every reboot */
	uint64_t wake_after; /* ticks, 0: never */
	struct blob fdt;     /* the device tree of every boot, but for 32 bytes at seed_at */
	size_t seed_at;
	/* written by the keeper only */
	struct thread keeper;
	struct timer keeper_timer;
	uint64_t boots;
	struct seed *secret; /* entropy.c */
	/* atomic: host time at which a vCPU last asked to suspend the VM */
	uint64_t suspended_at;
	/* atomic: host time since which all vCPUs that run are stuck (stuck_check), or 0 */
	uint64_t all_stuck_at;
	uint32_t keeper_asked; /* atomic: 1 since keeper_notify(), until the keeper looks */
	/* written while no vCPU runs */
	uint64_t time_delta; /* guest time = host time + time_delta (htimedelta) */
};

extern struct vm vms[MAX_VMS];
extern unsigned nr_vms; /* constant once VMs run */

/*
 * Is [gpa, gpa + len) guest RAM? Overflow-safe; len 0 is true for an address in or just behind RAM.
 */
static inline bool vm_ram_contains(const struct vm *vm, gpaddr_t gpa, uint64_t len)
{
	uint64_t off = gpa - vm->ram_base; /* of an address in front: larger than any RAM */

	return off <= vm->ram_size && len <= vm->ram_size - off;
}

/* The host address of a byte of guest RAM, which it must be (vm_ram_contains). */
paddr_t vm_phys(const struct vm *vm, gpaddr_t gpa);
/*
 * See [gpa, gpa + n) of guest RAM, which it must be (vm_ram_contains), as by window_open(); not
 * empty.
 */
void *vm_window(const struct vm *vm, gpaddr_t gpa, size_t n);
/*
 * Copy to guest RAM, which the range must be (vm_ram_contains); @buf NULL: clear it. Preemption
 * points every 64 KiB: other threads may run there.
 */
void vm_write(const struct vm *vm, gpaddr_t gpa, const void *buf, size_t n);
/* May a hart start at @pc: inside RAM, 2-byte aligned? */
static inline bool vm_entry_valid(const struct vm *vm, gpaddr_t pc)
{
	return !(pc & 1) && vm_ram_contains(vm, pc, 2);
}

/*
 * Make VM number @index, whose ram is known, as @config, which stays, says. Boot only. False: no
 * memory.
 */
bool vm_create(unsigned index, const struct vm_config *config);
/*
 * Make its device tree, once for all its boots; all harts are there. Boot only; writes to guest
 * RAM. False: fail_text says why.
 */
bool vm_describe(struct vm *vm);
/*
 * Put the pristine image, ramdisk and device tree into guest RAM; before the first boot all else
 * there is cleared. Long; has preemption points. False: vm_describe() could not make a tree.
 */
bool vm_load(struct vm *vm);

/*
 * Put all emulated devices of @vm into their state after reset, before every boot; the first time
 * also give them their memory. No vCPU of @vm runs. dev/device.c defines both, as vm/ knows no
 * devices.
 */
void device_reset(struct vm *vm);
/* Let them look what has come from outside for @vm. True: look again in a moment. */
bool device_watch(struct vm *vm);

#endif
