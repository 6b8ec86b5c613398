/* SPDX-License-Identifier: MIT */
/* device.c - the table of emulated devices. Every VM has all of them. */
#include "dev/device.h"

#include "dev/uart.h"

static const struct device *const rows[] = { &uart_device };
_Static_assert(ARRAY_SIZE(rows) <= MAX_DEVICES, "MAX_DEVICES");

const struct device *device_at(gpaddr_t gpa)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (gpa - rows[i]->base < rows[i]->size)
			return rows[i];
	return NULL;
}

unsigned device_nodes(const struct guest_fdt_device *nodes[MAX_DEVICES])
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		nodes[i] = &rows[i]->node;
	return ARRAY_SIZE(rows);
}
