/* SPDX-License-Identifier: MIT */
/*
 * appended.c - the payload behind the image. Contracts are in appended.h.
 *
 * Optional room: appended, 45 lines.
 */
#include "conf/appended.h"
#include "conf/tree.h"
#include "lib/fail.h"

#define HEAD_IMAGE_SIZE 2 /* the dword of the Linux Image header that says image_size */

bool appended_take(struct machine *m, const struct image_place *image, paddr_t fdt)
{
	uint64_t span = image->head[HEAD_IMAGE_SIZE];
	struct range r = { image->pa + image->linked, span - image->linked };

	/* Whoever put the tree there has overwritten the image, or the image the tree. */
	if (fdt - image->pa < span)
		return fail("it lies inside the image, which goes from 0x%lx to 0x%lx: the loader "
			    "or the firmware has to put it elsewhere",
			    image->pa, image->pa + span);
	if (m->has_initrd || span <= image->linked)
		return true;
	for (unsigned i = 0; i < m->memory.count; i++)
		m->has_initrd = m->has_initrd ||
				(range_valid(r.base, r.size) && r.base >= m->memory.r[i].base &&
				 r.base + r.size <= m->memory.r[i].base + m->memory.r[i].size);
	m->initrd = r;
	return m->has_initrd || m->memory.count == 0 ||
	       fail("the payload behind the image, 0x%lx to 0x%lx, is not inside free memory",
		    r.base, r.base + r.size);
}

const char *appended_options(const struct machine *m, const void *payload)
{
	const char *said = NULL;
	struct tree t;

	if (m->bootargs[0] == '\0' && payload != NULL && m->initrd.size >= 8 &&
	    tree_size(payload) != 0 && tree_open(&t, payload, m->initrd.size) == NULL)
		said = tree_string(&t, tree_child(&t, tree_root(&t), "configurations"),
				   "dormouse,options");
	return said != NULL ? said : m->bootargs;
}
