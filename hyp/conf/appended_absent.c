/* SPDX-License-Identifier: MIT */
/* appended_absent.c - without the room appended: the payload is the initrd, or the demo. */
#include "conf/appended.h"

bool appended_take(struct machine *m UNUSED, const struct image_place *image UNUSED,
		   paddr_t fdt UNUSED)
{
	return true;
}

const char *appended_options(const struct machine *m, const void *payload UNUSED)
{
	return m->bootargs;
}
