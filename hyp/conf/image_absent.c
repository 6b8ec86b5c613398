/* SPDX-License-Identifier: MIT */
/*
 * image_absent.c - without the room image: every image is a flat one, at RAM + 2 MiB and entered
 * there; the device tree is at the top.
 */
#include "conf/payload.h"
#include "lib/fail.h"

bool image_check(struct vm_config *vm)
{
	const struct blob *image = &vm->kernel;
	gpaddr_t load = GUEST_RAM_BASE + GUEST_FLAT_OFFSET;
	uint64_t room = vm->mem - GUEST_FLAT_OFFSET - GUEST_FDT_MAX; /* 4 MiB is the least */

	vm->layout = (struct image_layout){ .load = load,
					    .entry = load,
					    .span = image->size,
					    .fdt = load + room,
					    .fdt_room = GUEST_FDT_MAX };
	if (vm->direct)
		return fail("ram=direct: this build runs images at 0x%lx only", load);
	if (image->size < 4 || image->size > room)
		return fail("an image of %zu bytes, where there is room for %lu", image->size,
			    room);
	return *(const uint16_t *)image->data != 0 ||
	       fail("the image is no flat RISC-V program: it begins with zeros");
}
