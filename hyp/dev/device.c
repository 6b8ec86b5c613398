/* SPDX-License-Identifier: MIT */
/*
 * device.c - the table of emulated devices. Every VM has all of them.
 *
 * Optional room: devices, 60 lines.
 */
#include "dev/device.h"

#include "conf/guest_fdt.h"
#include "lib/atomic.h"
#include "vm/vm.h"

static bool is_at(const struct device *d, gpaddr_t gpa)
{
	return gpa - d->base < d->size;
}

const struct device *device_at(gpaddr_t gpa)
{
	static const struct device none;
	/* Atomic: which one was found last. It often is the one that is asked for again. */
	static const struct device *last = &none;
	const struct device *found = atomic_load_relaxed(&last);

	if (is_at(found, gpa))
		return found;
	each_row(device, d)
		if (is_at(*d, gpa)) {
			atomic_store_relaxed(&last, *d);
			return *d;
		}
	return NULL;
}

void device_reset(struct vm *vm)
{
	each_row(device, d)
		(*d)->reset(vm);
}

bool device_watch(struct vm *vm)
{
	bool again = false;

	each_row(device, d)
		again |= (*d)->watch && (*d)->watch(vm);
	return again;
}

void device_nodes(struct tree_out *o, const struct vm_config *vm)
{
	each_row(device, d)
		(*d)->node(o, vm);
}

const char *device_stdout(void)
{
	each_row(device, d)
		if ((*d)->stdout_path)
			return (*d)->stdout_path;
	return NULL;
}
