/* SPDX-License-Identifier: MIT */
/*
 * console_absent.c - without the room console: what a VM writes goes out as it is, mixed if there
 * are several VMs; what is typed is the first one's.
 */
#include "dev/console.h"

#include "lib/atomic.h"
#include "lock/console.h"
#include "port/port.h"
#include "riscv/fw.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "vm/fence.h"
#include "vm/vm.h"

#define SHARE 256 /* bytes of one write: nobody else gets the console meanwhile */

static uint32_t polling; /* atomic: 1 while somebody asks the firmware */
static uint32_t typed; /* atomic: 1 + the key that nobody has read yet, or 0 */

static void put(const char *s, size_t n) MUST_HOLD(console_lock_)
{
	struct vcpu *v = fence_leave();

	fw_console_write(s, n);
	fence_return(v);
}

/* The same for @n bytes of @vm at @from. */
static void put_guest(const struct vm *vm, gpaddr_t from, size_t n) MUST_HOLD(console_lock_)
{
	struct vcpu *v = fence_leave();

	if (!fw_console_write_at(vm_phys(vm, from), n)) {
		fw_console_write(vm_window(vm, from, n), n);
		window_close();
	}
	fence_return(v);
}

void port_console_write(const char *s, size_t n)
{
	console_lock();
	put(s, n);
	console_unlock();
}

size_t console_guest_write(struct vm *vm, gpaddr_t from, size_t n)
{
	/* In one piece of the host's memory, too. */
	n = MIN(n, MIN(SHARE, LARGE_SIZE - from % LARGE_SIZE));
	console_lock();
	if (n && !console_broken())
		put_guest(vm, from, n);
	console_unlock();
	return n;
}

void console_guest_put(struct vm *vm UNUSED, char c, bool now UNUSED)
{
	if (!console_broken())
		port_console_write(&c, 1);
}

bool console_key_waiting(struct vm *vm)
{
	int c;

	/*
	 * Acquire and release: who asks next sees what the last one has found. The firmware is not
	 * called with a spinlock held.
	 */
	if (!vm->index && !atomic_swap(&polling, 1U)) {
		if (!atomic_load_relaxed(&typed) && (c = fw_console_read()) >= 0)
			atomic_store_relaxed(&typed, 1 + (uint32_t)c);
		atomic_store_release(&polling, 0U);
	}
	return !vm->index && atomic_load_relaxed(&typed);
}

size_t console_guest_read(struct vm *vm, char *buf, size_t n)
{
	size_t got = 0;
	uint32_t key;

	while (got < n && console_key_waiting(vm) && (key = atomic_swap(&typed, 0U)))
		buf[got++] = (char)(key - 1);
	return got;
}

void console_vm_ended(struct vm *vm UNUSED)
{
}

void console_poll(void)
{
}
