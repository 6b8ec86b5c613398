/* SPDX-License-Identifier: MIT */
/*
 * host-devices_absent.c - without the room host-devices: no exit status for QEMU, and IPIs go
 * through the firmware.
 */
#include "conf/reader.h"

void reader_device(struct reader *r UNUSED, tree_node bus UNUSED, tree_node node UNUSED,
		   const struct tree_item *compatible UNUSED)
{
}

paddr_t reader_file(struct reader *r UNUSED, tree_node cpu UNUSED)
{
	return 0;
}
