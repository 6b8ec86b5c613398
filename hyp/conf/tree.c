/* SPDX-License-Identifier: MIT */
/* tree.c - read a flattened device tree by way of libfdt. Contracts are in tree.h. */
#include "conf/tree.h"
#include "lib/string.h"

#include <libfdt.h>

#define CELL 4U /* bytes */

#define HEADER_SIZE (10 * CELL)
#define RESERVED_ENTRY 16U

/* The cells of the header that we look at. */
enum { MAGIC, TOTAL_SIZE, STRUCTURE, NAMES, RESERVED, VERSION, LAST_COMPATIBLE };
enum { NAMES_SIZE = 8, STRUCTURE_SIZE };

static uint32_t cell(const void *p)
{
	return fdt32_ld(p);
}

static uint32_t header(const void *fdt, unsigned i)
{
	return cell((const uint8_t *)fdt + i * CELL);
}

size_t tree_size(const void *fdt)
{
	size_t size = header(fdt, TOTAL_SIZE);

	return header(fdt, MAGIC) == FDT_MAGIC && size >= HEADER_SIZE ? size : 0;
}

/*
 * Whole trees go through here, and fdt_next_tag() looks into the header for each byte of a name.
 * Flattened, the compiler sees that the header does not change meanwhile, and looks once.
 */
__attribute__((flatten)) bool tree_item(const struct tree *t, const uint8_t *at,
					struct tree_item *item)
{
	int place = (int)(at - t->structure), next;
	const struct fdt_property *p;
	uint32_t kind, name;

	while ((kind = fdt_next_tag(t->fdt, place, &next)) == FDT_NOP)
		place = next;
	if (next < 0)
		return false;
	item->kind = kind;
	item->next = t->structure + next;
	if (kind == FDT_BEGIN_NODE) {
		/* fdt_next_tag() has been to its end */
		item->name = (const char *)t->structure + place + CELL;
	} else if (kind == FDT_PROP) {
		p = (const struct fdt_property *)(t->structure + place);
		name = cell(&p->nameoff);
		item->name = t->names + name;
		item->value = (const uint8_t *)p->data;
		item->len = cell(&p->len);
		return name < t->names_size;
	}
	return true;
}

/*
 * Behind the beginning of the root, which tree_open() has seen: every node closed, no property
 * outside, and TREE_LAST behind it.
 */
bool tree_sound(const struct tree *t)
{
	struct tree_item item;
	size_t depth = 1;

	tree_item(t, t->structure, &item);
	while (depth > 0) {
		if (!tree_item(t, item.next, &item) || item.kind == TREE_LAST)
			return false;
		if (item.kind == TREE_BEGIN)
			depth++;
		else if (item.kind == TREE_END)
			depth--;
	}
	return tree_item(t, item.next, &item) && item.kind == TREE_LAST;
}

/* Does a block of @size bytes at @at lie in a tree of @total, behind the header? */
static bool inside(size_t at, size_t size, size_t total)
{
	return at >= HEADER_SIZE && at <= total && size <= total - at;
}

/*
 * libfdt's own check of the header would ask for a multiple of 8; its walk over the structure is
 * content with 4, which is where dtc puts a tree inside a FIT image, and a loader what it found in
 * one.
 */
const char *tree_open(struct tree *t, const void *fdt, size_t size)
{
	size_t total = size >= HEADER_SIZE ? tree_size(fdt) : 0;
	struct tree_item item;
	uint64_t base, length;

	if ((uintptr_t)fdt % CELL != 0)
		return "at an address that is no multiple of 4";
	if (total == 0 || total > size)
		return "damaged: truncated";
	if (header(fdt, VERSION) < 17 || header(fdt, LAST_COMPATIBLE) > 17)
		return "not of version 17 (dtc -V 17)";
	if (total > INT32_MAX)
		return "larger than 2 GiB: keep the data outside (mkimage -E)";
	if (!inside(header(fdt, STRUCTURE), header(fdt, STRUCTURE_SIZE), total) ||
	    !inside(header(fdt, NAMES), header(fdt, NAMES_SIZE), total) ||
	    !inside(header(fdt, RESERVED), 0, total) || header(fdt, STRUCTURE) % CELL != 0 ||
	    header(fdt, RESERVED) % 8 != 0)
		return "damaged: a block lies outside, or is not aligned";
	*t = (struct tree){ .fdt = fdt,
			    .structure = (const uint8_t *)fdt + header(fdt, STRUCTURE),
			    .names = (const char *)fdt + header(fdt, NAMES),
			    .names_size = header(fdt, NAMES_SIZE) };
	for (;; t->reserved_count++) {
		if (!inside(header(fdt, RESERVED) + (size_t)t->reserved_count * RESERVED_ENTRY,
			    RESERVED_ENTRY, total))
			return "damaged: its list of reservations does not end";
		tree_reserved(t, t->reserved_count, &base, &length);
		if (length == 0)
			break;
	}
	/* Then each name in it ends, wherever it begins. */
	if (t->names_size != 0 && t->names[t->names_size - 1] != '\0')
		return "damaged: its last name does not end";
	if (!tree_item(t, t->structure, &item) || item.kind != TREE_BEGIN || item.name[0] != '\0')
		return "damaged: its structure does not begin with the root";
	return NULL;
}

tree_node tree_root(const struct tree *t)
{
	return t->structure;
}

const char *tree_name(const struct tree *t, tree_node node)
{
	struct tree_item item;

	if (node == NULL || !tree_item(t, node, &item) || item.kind != TREE_BEGIN)
		return "?";
	return item.name;
}

tree_node tree_next_child(const struct tree *t, tree_node node, tree_node child)
{
	const uint8_t *from = child != NULL ? child : node;
	struct tree_item item;
	/* How many nodes we are inside of, below @node. */
	int depth = child != NULL ? 0 : -1;

	while (from != NULL && tree_item(t, from, &item)) {
		if (item.kind == TREE_BEGIN && depth == 0 && from != child)
			return from;
		depth += item.kind == TREE_BEGIN ? 1 : item.kind == TREE_END ? -1 : 0;
		if (depth < 0)
			break;
		from = item.next;
	}
	return NULL;
}

tree_node tree_child(const struct tree *t, tree_node node, const char *name)
{
	tree_each_child(t, node, child)
		if (strcmp(tree_name(t, child), name) == 0)
			return child;
	return NULL;
}

const void *tree_prop(const struct tree *t, tree_node node, const char *name, size_t *len)
{
	struct tree_item item;

	if (node == NULL || !tree_item(t, node, &item))
		return NULL;
	while (tree_item(t, item.next, &item) && item.kind == TREE_PROP) {
		if (strcmp(item.name, name) == 0) {
			*len = item.len;
			return item.value;
		}
	}
	return NULL;
}

bool tree_has(const struct tree *t, tree_node node, const char *name)
{
	size_t len;

	return tree_prop(t, node, name, &len) != NULL;
}

const char *tree_string(const struct tree *t, tree_node node, const char *name)
{
	size_t len;
	const char *s = tree_prop(t, node, name, &len);

	return s != NULL && strnlen(s, len) < len ? s : NULL;
}

bool tree_string_is(const struct tree *t, tree_node node, const char *name, const char *want)
{
	const char *s = tree_string(t, node, name);

	return s != NULL && strcmp(s, want) == 0;
}

bool tree_list_has(const void *list, size_t len, const char *want)
{
	const char *s = list;

	for (size_t n; (n = strnlen(s, len)) < len; s += n + 1, len -= n + 1)
		if (strcmp(s, want) == 0)
			return true;
	return false;
}

bool tree_cells(const void *p, unsigned cells, uint64_t *value)
{
	const uint8_t *b = p;

	for (*value = 0; cells > 0; cells--, b += CELL) {
		if (*value >> 32 != 0)
			return false;
		*value = *value << 32 | cell(b);
	}
	return true;
}

int tree_number(const struct tree *t, tree_node node, const char *name, uint64_t *value)
{
	size_t len;
	const void *p = tree_prop(t, node, name, &len);

	if (p == NULL)
		return 0;
	return (len == CELL || len == 2 * CELL) && tree_cells(p, (unsigned)len / CELL, value) ? 1
											      : -1;
}

unsigned tree_cell_count(const struct tree *t, tree_node node, const char *name, unsigned otherwise)
{
	size_t len;
	const void *p = tree_prop(t, node, name, &len);

	if (p == NULL)
		return otherwise;
	return len == CELL && cell(p) <= 4 ? cell(p) : 0;
}

void tree_reserved(const struct tree *t, unsigned i, uint64_t *base, uint64_t *size)
{
	const uint8_t *entry =
		(const uint8_t *)t->fdt + header(t->fdt, RESERVED) + (size_t)i * RESERVED_ENTRY;

	tree_cells(entry, 2, base);
	tree_cells(entry + 2 * CELL, 2, size);
}
