/* SPDX-License-Identifier: MIT */
/*
 * device.c - the table of emulated devices. Every VM has all of them.
 *
 * Optional room: devices, 40 lines.
 */
#include "dev/device.h"

#include "conf/guest_fdt.h"
#include "vm/vm.h"

const struct device *device_at(gpaddr_t gpa)
{
	each_row(device, d)
		if (gpa - (*d)->base < (*d)->size)
			return *d;
	return NULL;
}

void device_reset(struct vm *vm)
{
	each_row(device, d)
		(*d)->reset(vm);
}

void device_nodes(struct tree_out *o)
{
	each_row(device, d)
		(*d)->node(o);
}

const char *device_stdout(void)
{
	each_row(device, d)
		if ((*d)->stdout_path)
			return (*d)->stdout_path;
	return NULL;
}
