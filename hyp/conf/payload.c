/* SPDX-License-Identifier: MIT */
/*
 * payload.c - find the VMs in the host's initrd. Contracts are in payload.h; what an image is, is
 * decided in image.c, and what a FIT image says in fit.c.
 */
#include "conf/payload.h"
#include "conf/options.h"
#include "conf/tree.h"

unsigned payload_inspect(const void *blob, size_t size, const struct options *o,
			 struct vm_config vms[MAX_VMS])
{
	struct vm_config otherwise = { .name = "vm0",
				       .bootargs = o->guest_bootargs,
				       .vcpus = o->vcpus,
				       .mem = o->mem,
				       .wake_after_ms = o->wake_after_ms };

	if (size >= 8 && tree_size(blob) != 0)
		return fit_read(blob, size, &otherwise, vms);
	vms[0] = otherwise;
	vms[0].kernel = (struct blob){ .data = blob, .size = size };
	return 1;
}
