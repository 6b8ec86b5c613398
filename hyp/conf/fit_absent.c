/* SPDX-License-Identifier: MIT */
/* fit_absent.c - without the room fit: one VM, whose image is all that was given. */
#include "conf/payload.h"
#include "lib/fail.h"

unsigned fit_read(const void *blob UNUSED, size_t size UNUSED,
		  const struct vm_config *otherwise UNUSED, struct vm_config vms[MAX_VMS] UNUSED)
{
	return fail("a FIT image, which this build does not read: give it one VM's image");
}
