/* SPDX-License-Identifier: MIT */
/* tree_out.c - write a flattened device tree by way of libfdt. Contracts are in tree_out.h. */
#include "lib/tree_out.h"
#include "lib/string.h"

#include <libfdt.h>

#define CELL 4U /* bytes */

/* Call one of libfdt's functions, unless one before it failed. */
#define TRY(o, call)                              \
	do {                                      \
		if ((o)->error == 0)              \
			(o)->error = (call);      \
	} while (0)

void tree_begin(struct tree_out *o, void *buf, size_t size, const struct tree *from)
{
	uint64_t base, length;

	*o = (struct tree_out){ .fdt = buf, .size = size };
	/* In a tree of our own a name that occurs twice stands there twice: to look for the first one would cost more than all else. */
	TRY(o, fdt_create_with_flags(buf, (int)size, from == NULL ? FDT_CREATE_FLAG_NO_NAME_DEDUP : 0));
	for (unsigned i = 0; from != NULL && i < from->reserved_count; i++) {
		tree_reserved(from, i, &base, &length);
		TRY(o, fdt_add_reservemap_entry(buf, base, length));
	}
	TRY(o, fdt_finish_reservemap(buf));
}

void tree_node_begin(struct tree_out *o, const char *name)
{
	TRY(o, fdt_begin_node(o->fdt, name));
}

void tree_node_end(struct tree_out *o)
{
	TRY(o, fdt_end_node(o->fdt));
}

void tree_put(struct tree_out *o, const char *name, const void *value, size_t len)
{
	/* libfdt's own check wraps round for a name that is longer than all that is left. */
	if (o->error == 0 && strlen(name) >= fdt_totalsize(o->fdt) - fdt_size_dt_strings(o->fdt))
		o->error = -FDT_ERR_NOSPACE;
	TRY(o, fdt_property(o->fdt, name, value, (int)len));
}

void tree_put_string(struct tree_out *o, const char *name, const char *value)
{
	TRY(o, fdt_property_string(o->fdt, name, value));
}

void tree_put_u32(struct tree_out *o, const char *name, uint32_t value)
{
	TRY(o, fdt_property_u32(o->fdt, name, value));
}

void tree_put_u64(struct tree_out *o, const char *name, uint64_t value)
{
	TRY(o, fdt_property_u64(o->fdt, name, value));
}

static uint8_t *put_number(uint8_t *p, unsigned cells, uint64_t v)
{
	for (; cells > 0; cells--, p += CELL)
		fdt32_st(p, cells > 2 ? 0 : (uint32_t)(v >> 32 * (cells - 1)));
	return p;
}

void tree_put_reg(struct tree_out *o, unsigned ac, uint64_t base, unsigned sc, uint64_t size)
{
	void *p;

	TRY(o, fdt_property_placeholder(o->fdt, "reg", (int)(CELL * (ac + sc)), &p));
	if (o->error == 0)
		put_number(put_number(p, ac, base), sc, size);
}

size_t tree_finish(struct tree_out *o)
{
	TRY(o, fdt_finish(o->fdt));
	return o->error == 0 ? fdt_totalsize(o->fdt) : 0;
}
