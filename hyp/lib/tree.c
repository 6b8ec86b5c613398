/* SPDX-License-Identifier: MIT */
/* tree.c - read a flattened device tree by way of libfdt. Contracts are in tree.h. */
#include "lib/tree.h"
#include "lib/string.h"

#include <libfdt.h>

#define CELL 4U /* bytes */

static uint32_t cell(const void *p)
{
	return fdt32_ld(p);
}

size_t tree_size(const void *fdt)
{
	size_t size = fdt_totalsize(fdt);

	return fdt_magic(fdt) == FDT_MAGIC && size >= FDT_V17_SIZE ? size : 0;
}

/*
 * Whole trees go through here, and fdt_next_tag() looks into the header for each byte of a name. Flattened, the compiler sees that the header
 * does not change meanwhile, and looks once.
 */
__attribute__((flatten)) bool tree_item(const struct tree *t, const uint8_t *at, struct tree_item *item)
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
		item->name = (const char *)t->structure + place + CELL; /* fdt_next_tag() has been to its end */
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

/* One root without a name, every node closed, no property outside, and TREE_LAST behind it. */
bool tree_sound(const struct tree *t)
{
	struct tree_item item = { .next = t->structure };
	size_t depth = 1;

	if (!tree_item(t, item.next, &item) || item.kind != TREE_BEGIN || item.name[0] != '\0')
		return false;
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

const char *tree_open(struct tree *t, const void *fdt, size_t size)
{
	int reserved;

	if ((uintptr_t)fdt % 8 != 0)
		return "not at a multiple of 8";
	if (size < FDT_V17_SIZE || tree_size(fdt) == 0 || tree_size(fdt) > size)
		return "truncated";
	if (fdt_version(fdt) < 17 || fdt_last_comp_version(fdt) > 17)
		return "not of version 17";
	if (fdt_check_header(fdt) != 0 || fdt_off_mem_rsvmap(fdt) % 8 != 0 || fdt_off_dt_struct(fdt) % CELL != 0)
		return "a block lies outside, or is not aligned";
	reserved = fdt_num_mem_rsv(fdt);
	if (reserved < 0)
		return "its list of reservations does not end";
	*t = (struct tree){ .fdt = fdt,
			    .structure = (const uint8_t *)fdt + fdt_off_dt_struct(fdt),
			    .names = (const char *)fdt + fdt_off_dt_strings(fdt),
			    .names_size = fdt_size_dt_strings(fdt),
			    .reserved_count = (unsigned)reserved };
	/* Then each name in it ends, wherever it begins. */
	return t->names_size == 0 || t->names[t->names_size - 1] == '\0' ? NULL : "its last name does not end";
}

tree_node tree_root(const struct tree *t)
{
	return t->structure;
}

const char *tree_name(const struct tree *t, tree_node node)
{
	struct tree_item item;

	return node != NULL && tree_item(t, node, &item) ? item.name : "?";
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
	return (len == CELL || len == 2 * CELL) && tree_cells(p, (unsigned)len / CELL, value) ? 1 : -1;
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
	fdt_get_mem_rsv(t->fdt, (int)i, base, size);
}
