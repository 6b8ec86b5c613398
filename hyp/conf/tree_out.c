/* SPDX-License-Identifier: MIT */
/*
 * tree_out.c - write a flattened device tree. Contracts are in tree_out.h.
 *
 * Not by way of libfdt, which looks each name up among all that it has written: quadratic, for a
 * tree that a guest brings. Here names are places in the strings block from the start: that block
 * is the one of @from, unchanged, and what we add comes behind it.
 *
 * Optional room: guest-tree, 160 lines.
 */
#include "conf/tree_out.h"
#include "lib/string.h"

#define CELL 4U /* bytes */
#define MAGIC 0xd00dfeedU
#define VERSION 17
#define LAST_COMPATIBLE 16
#define HEADER_CELLS 10

static uint8_t *put_number(uint8_t *p, unsigned cells, uint64_t v)
{
	for (; cells > 0; cells--) {
		uint32_t part = cells > 2 ? 0 : (uint32_t)(v >> 32 * (cells - 1));

		*p++ = (uint8_t)(part >> 24);
		*p++ = (uint8_t)(part >> 16);
		*p++ = (uint8_t)(part >> 8);
		*p++ = (uint8_t)part;
	}
	return p;
}

/*
 * The next @size bytes, of which the last cell is filled up with zeros; NULL when there is no more
 * room, now and ever after.
 */
static uint8_t *take(struct tree_out *o, size_t size)
{
	uint8_t *p = (uint8_t *)o->fdt + o->end;
	size_t padded = ALIGN_UP(size, (size_t)CELL);

	o->full = o->full || padded < size || padded > o->size - o->end;
	if (o->full)
		return NULL;
	o->end += padded;
	for (size_t i = size; i < padded; i++)
		p[i] = 0;
	return p;
}

static void put_cell(struct tree_out *o, uint32_t v)
{
	uint8_t *p = take(o, CELL);

	if (p != NULL)
		put_number(p, 1, v);
}

void tree_begin(struct tree_out *o, void *buf, size_t size, const struct tree *from)
{
	unsigned reserved = from != NULL ? from->reserved_count : 0;
	uint8_t *p;

	o->fdt = buf;
	o->size = ALIGN_DOWN(size, (size_t)CELL);
	o->end = 0;
	o->from = from;
	o->names_end = from != NULL ? from->names_size : 0;
	o->name_count = o->next_name = 0;
	o->full = false;
	p = take(o, HEADER_CELLS * CELL);
	p = take(o, (reserved + 1UL) * 16) != NULL ? p + HEADER_CELLS * CELL : NULL;
	for (unsigned i = 0; p != NULL && i <= reserved; i++) {
		uint64_t base = 0, length = 0; /* the last one ends the list */

		if (i < reserved)
			tree_reserved(from, i, &base, &length);
		p = put_number(put_number(p, 2, base), 2, length);
	}
	o->structure = o->end;
}

void tree_node_begin(struct tree_out *o, const char *name)
{
	size_t len = strlen(name) + 1;
	uint8_t *p = take(o, CELL + len);

	if (p != NULL)
		memcpy(put_number(p, 1, TREE_BEGIN), name, len);
}

void tree_node_end(struct tree_out *o)
{
	put_cell(o, TREE_END);
}

/*
 * Where @name is, or will be, in the strings block. Harts have the same properties in the same
 * order: the name to look at first is the one that came behind the last one.
 */
static uint32_t place_of(struct tree_out *o, const char *name)
{
	const struct tree *from = o->from;
	unsigned n = o->name_count, i = o->next_name;

	if (from != NULL && name >= from->names && name < from->names + from->names_size)
		return (uint32_t)(name - from->names);
	for (; n > 0 && o->name[i = i < o->name_count ? i : 0].is != name; n--)
		i++;
	if (n == 0 && o->name_count == TREE_OUT_NAMES) {
		o->full = true;
		return 0;
	}
	if (n == 0) {
		i = o->name_count++;
		o->name[i].is = name;
		o->name[i].at = (uint32_t)o->names_end;
		o->names_end += strlen(name) + 1;
	}
	o->next_name = i + 1;
	return o->name[i].at;
}

/* Begin a property: returns where its @len bytes go, or NULL. */
static uint8_t *property(struct tree_out *o, const char *name, size_t len)
{
	uint8_t *p = len <= UINT32_MAX ? take(o, 3 * CELL + len) : NULL;

	if (p == NULL)
		return NULL;
	p = put_number(put_number(p, 1, TREE_PROP), 1, len);
	return put_number(p, 1, place_of(o, name));
}

void tree_put(struct tree_out *o, const char *name, const void *value, size_t len)
{
	uint8_t *p = property(o, name, len);

	if (p != NULL)
		memcpy(p, value, len);
}

size_t tree_put_zeros(struct tree_out *o, const char *name, size_t len)
{
	uint8_t *p = property(o, name, len);

	if (p == NULL)
		return 0;
	memset(p, 0, len);
	return (size_t)(p - (uint8_t *)o->fdt);
}

void tree_put_string(struct tree_out *o, const char *name, const char *value)
{
	tree_put(o, name, value, strlen(value) + 1);
}

static void put_cells(struct tree_out *o, const char *name, unsigned cells, uint64_t value)
{
	uint8_t *p = property(o, name, cells * CELL);

	if (p != NULL)
		put_number(p, cells, value);
}

void tree_put_u32(struct tree_out *o, const char *name, uint32_t value)
{
	put_cells(o, name, 1, value);
}

void tree_put_u64(struct tree_out *o, const char *name, uint64_t value)
{
	put_cells(o, name, 2, value);
}

void tree_put_reg(struct tree_out *o, unsigned ac, uint64_t base, unsigned sc, uint64_t size)
{
	uint8_t *p = property(o, "reg", CELL * (ac + sc));

	if (p != NULL)
		put_number(put_number(p, ac, base), sc, size);
}

void tree_put_cells(struct tree_out *o, const char *name, const uint32_t *cells, size_t n)
{
	uint8_t *p = property(o, name, CELL * n);

	for (size_t i = 0; p != NULL && i < n; i++)
		p = put_number(p, 1, cells[i]);
}

size_t tree_finish(struct tree_out *o)
{
	size_t names;
	uint8_t *p;

	put_cell(o, TREE_LAST);
	names = o->end;
	p = take(o, o->names_end);
	if (p == NULL)
		return 0;
	if (o->from != NULL)
		memcpy(p, o->from->names, o->from->names_size);
	for (unsigned i = 0; i < o->name_count; i++)
		memcpy(p + o->name[i].at, o->name[i].is, strlen(o->name[i].is) + 1);
	const uint32_t header[HEADER_CELLS] = {
		MAGIC, (uint32_t)o->end, (uint32_t)o->structure, (uint32_t)names,
		HEADER_CELLS * CELL, VERSION, LAST_COMPATIBLE, 0,
		(uint32_t)o->names_end, (uint32_t)(names - o->structure),
	};
	p = o->fdt;
	for (unsigned i = 0; i < HEADER_CELLS; i++)
		p = put_number(p, 1, header[i]);
	return o->end;
}
