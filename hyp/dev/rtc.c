/* SPDX-License-Identifier: MIT */
/*
 * rtc.c - a clock with an alarm, where QEMU's virt has one: google,goldfish-rtc. Registers as in
 * the Goldfish virtual hardware guide: nanoseconds since 1970 in two halves.
 *
 * The time is that of the machine's own clock, read once at boot, and counted on from there. A
 * machine without a clock that we know (machine.h) begins in 1970. What a guest sets is its own
 * clock, and the machine's again after a reboot.
 *
 * An alarm goes off in a thread of the VM's own, which begins with the first alarm. So it also
 * wakes a VM that is suspended.
 *
 * Optional room: virt, 205 lines. Needs plic.
 */
#include "conf/tree_out.h"
#include "dev/device.h"
#include "dev/intc.h"
#include "dev/pass.h"
#include "lib/atomic.h"
#include "lib/log.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/layout.h"
#include "riscv/machine_stop.h"
#include "riscv/mmu.h"
#include "sched/timer.h"
#include "vm/host.h"
#include "vm/room.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define BASE 0x101000UL
#define SIZE 0x1000UL
#define NS 1000000000UL /* a second */

/* By offset / 4. A read of TIME_LOW keeps the other half for TIME_HIGH. */
enum { TIME_LOW, TIME_HIGH, ALARM_LOW, ALARM_HIGH, IRQ_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR };

#define PENDING (1UL << 63) /* it has gone off, and was not cleared */
#define NONE (PENDING - 1) /* no alarm is set */

static struct rtc {
	/* The guest's; atomic: several vCPUs that write at once confuse nobody but themselves. */
	uint64_t ahead; /* of the machine's clock, ns */
	uint64_t alarm; /* the registers, ns */
	uint32_t high, enabled;
	/* atomic: when it goes off, ns, or NONE; and PENDING. One word: a reset may come between */
	uint64_t state;
	uint32_t begun; /* atomic: 1: the thread has been launched */
	struct thread thread;
	struct timer timer; /* the thread's */
} rtcs[MAX_VMS];

static uint64_t at_zero; /* ns since 1970 when our time was 0; constant once VMs run */

/* Without an overflow on the way, for any time at clocks below 2 GHz. */
static uint64_t convert(uint64_t n, uint64_t from, uint64_t to)
{
	return n / from * to + n % from * to / from;
}

static uint64_t clock(const struct rtc *r)
{
	return at_zero + convert(time_now(), timebase, NS) + atomic_load_relaxed(&r->ahead);
}

static bool wants(const struct rtc *r)
{
	return atomic_load_relaxed(&r->enabled) && atomic_load_relaxed(&r->state) & PENDING;
}

/* After every change of that. */
static void set_line(struct vm *vm, const struct rtc *r)
{
	bool level;

	do {
		level = wants(r);
		intc_line(vm, INTC_RTC, level);
		/* Another thread, whose level is older, may have come between. */
	} while (level != wants(r));
}

/* At most a day: it looks again then. */
static uint64_t ticks_until(uint64_t ns)
{
	return convert(MIN(ns, 86400 * NS), NS, timebase) + 1;
}

static void alarm_main(void *arg)
{
	struct vm *vm = arg;
	struct rtc *r = &rtcs[vm->index];

	for (;;) {
		uint64_t state, at, now;

		preempt_point(); /* vCPUs that unpark it without end must not keep the hart */
		state = atomic_load_relaxed(&r->state);
		at = state & NONE;
		now = clock(r);
		if (at != NONE && at <= now) {
			/* Unless it was set anew since we looked. */
			if (atomic_cas(&r->state, state, NONE | PENDING))
				set_line(vm, r);
			continue;
		}
		timer_arm(&r->timer, at == NONE ? TIME_NEVER : time_now() + ticks_until(at - now));
		port_park(); /* who changes the state unparks after that */
	}
}

/* Let it go off at @at; what is past goes off at once. */
static void set_alarm(struct vm *vm, struct rtc *r, uint64_t at)
{
	bool now = at <= clock(r);
	uint64_t state;

	do
		state = atomic_load_relaxed(&r->state);
	while (!atomic_cas(&r->state, state,
			   now ? NONE | PENDING : (state & PENDING) | MIN(at, NONE)));
	if (now)
		set_line(vm, r);
	else if (!atomic_swap(&r->begun, 1U))
		sched_launch(&r->thread, alarm_main, vm, 0);
	else
		port_unpark(&r->thread);
}

static uint64_t rtc_read(struct vcpu *v, uint64_t offset, unsigned size UNUSED)
{
	struct rtc *r = &rtcs[v->vm->index];
	uint64_t now;

	switch (offset / 4) {
	case TIME_LOW:
		now = clock(r);
		atomic_store_relaxed(&r->high, (uint32_t)(now >> 32));
		return (uint32_t)now;
	case TIME_HIGH:
		return atomic_load_relaxed(&r->high);
	case ALARM_LOW:
		return (uint32_t)atomic_load_relaxed(&r->alarm);
	case ALARM_HIGH:
		return atomic_load_relaxed(&r->alarm) >> 32;
	case IRQ_ENABLED:
		return atomic_load_relaxed(&r->enabled);
	case ALARM_STATUS:
		return (atomic_load_relaxed(&r->state) & NONE) != NONE;
	default:
		return 0;
	}
}

/* @old with one half replaced: the upper one of an odd register. */
static uint64_t half(uint64_t old, uint64_t reg, uint64_t value)
{
	return reg & 1 ? (uint32_t)old | value << 32 : (old & ~(uint64_t)UINT32_MAX) | value;
}

static void rtc_write(struct vcpu *v, uint64_t offset, unsigned size UNUSED, uint64_t value)
{
	struct rtc *r = &rtcs[v->vm->index];
	uint64_t reg = offset / 4, now = clock(r);

	if (reg == TIME_LOW || reg == TIME_HIGH) {
		atomic_fetch_add(&r->ahead, half(now, reg, value) - now);
		if (atomic_load_relaxed(&r->begun))
			port_unpark(&r->thread);
	} else if (reg == ALARM_LOW || reg == ALARM_HIGH) {
		atomic_store_relaxed(&r->alarm, half(atomic_load_relaxed(&r->alarm), reg, value));
		if (reg == ALARM_LOW)
			set_alarm(v->vm, r, atomic_load_relaxed(&r->alarm));
	} else if (reg == CLEAR_ALARM) {
		atomic_fetch_or(&r->state, NONE);
	} else if (reg == IRQ_ENABLED || reg == CLEAR) {
		if (reg == CLEAR)
			atomic_fetch_and(&r->state, NONE);
		else
			atomic_store_relaxed(&r->enabled, (uint32_t)value & 1);
		set_line(v->vm, r);
	}
}

static void rtc_reset(struct vm *vm)
{
	struct rtc *r = &rtcs[vm->index];

	atomic_store_relaxed(&r->state, NONE);
	atomic_store_relaxed(&r->enabled, 0U);
	atomic_store_relaxed(&r->high, 0U);
	atomic_store_relaxed(&r->ahead, 0UL);
	atomic_store_relaxed(&r->alarm, 0UL);
	/* An alarm may have gone off since the controller was reset. No thread: there was none. */
	if (atomic_load_relaxed(&r->begun)) {
		set_line(vm, r);
		port_unpark(&r->thread);
	}
}

static void rtc_node(struct tree_out *o, const struct vm_config *vm)
{
	if (pass_stands_in(vm, BASE, INTC_RTC))
		return;
	tree_node_begin(o, "rtc@101000");
	tree_put_string(o, "compatible", "google,goldfish-rtc");
	tree_put_reg(o, 2, BASE, 2, SIZE);
	intc_wire(o, INTC_RTC);
	tree_node_end(o);
}

static void begin(void)
{
	if (host_machine.clock) {
		const volatile uint32_t *host = window_open(host_machine.clock, PAGE_SIZE);
		uint64_t low = host[TIME_LOW];

		at_zero = ((uint64_t)host[TIME_HIGH] << 32 | low) -
			  convert(time_now(), timebase, NS);
		window_close();
	}
	for (struct vm *vm = vms; vm < vms + nr_vms; vm++) {
		struct rtc *r = &rtcs[vm->index];

		if (!thread_init(&r->thread, NULL, nr_vms > 1 ? vm->name : "rtc")) {
			log_error("%s: not enough host memory for its clock", vm->name);
			machine_stop(1);
		}
		/* Where its VM may run: the harts of others are theirs. */
		r->thread.affinity = 0;
		for (unsigned i = 0; i < vm->nr_vcpus; i++)
			r->thread.affinity |= vm->vcpus[i].thread.affinity;
		timer_init(&r->timer, &r->thread);
	}
}

static const struct device rtc = {
	.base = BASE,
	.size = SIZE,
	.sizes = 4,
	.yields = true,
	.read = rtc_read,
	.write = rtc_write,
	.reset = rtc_reset,
	.node = rtc_node,
};
static const struct watcher boot = { .vms_made = begin, .vm_ended = rtc_reset };

ROW(device, rtc);
ROW(watcher, boot);
