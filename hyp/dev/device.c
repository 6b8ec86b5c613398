/* SPDX-License-Identifier: MIT */
/* device.c - the table of emulated devices. Every VM has all of them. */
#include "dev/device.h"

#include "conf/guest_fdt.h"
#include "dev/uart.h"
#include "vm/vm.h"

/* The first one is where a guest talks. */
static const struct device *const rows[] = { &uart_device };

const struct device *device_at(gpaddr_t gpa)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (gpa - rows[i]->base < rows[i]->size)
			return rows[i];
	return NULL;
}

void device_reset(struct vm *vm)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i]->reset(vm);
}

void device_nodes(struct tree_out *o)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i]->node(o);
}

const char *device_stdout(void)
{
	return rows[0]->stdout_path;
}
