/* SPDX-License-Identifier: MIT */
/*
 * appended.h - the payload that lies behind the image, in the same file, and what it says for the
 * hypervisor itself.
 *
 * `make image` pads the file to the image's size in memory, puts the payload behind that, and makes
 * the header's image_size the sum. So every loader that reads the header keeps the place free.
 */
#ifndef CONF_APPENDED_H
#define CONF_APPENDED_H

#include "conf/machine.h"

/* The image: its first byte, where that is in memory, and its bytes there, without a payload. */
struct image_place {
	const uint64_t *head;
	paddr_t pa;
	uint64_t linked;
};

/*
 * If @m has no initrd, make what lies behind the image the initrd. Boot only, @m may be half read.
 * False: the device tree at @fdt lies in the image's own range, or the payload outside the memory;
 * fail_text says so, and a tree that is damaged for that reason needs no other words.
 */
bool appended_take(struct machine *m, const struct image_place *image, paddr_t fdt);

/*
 * The hypervisor's command line: what the device tree says. If it says nothing, what the FIT image
 * at @payload (NULL: none), of m->initrd.size bytes, has as dormouse,options in /configurations.
 */
const char *appended_options(const struct machine *m, const void *payload);

#endif
