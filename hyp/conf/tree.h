/* SPDX-License-Identifier: MIT */
/*
 * tree.h - read a flattened device tree (Devicetree Specification 0.4, chapter 5): typed questions,
 * put to libfdt.
 *
 * libfdt distrusts the tree at every step, and finds a property or a child from the front each
 * time. So whoever wants many things takes the items one after the other (tree_item) instead of
 * asking for each.
 */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include "lib/types.h"

/* A tree that has passed tree_open(). It stays where it is. */
struct tree {
	const void *fdt;
	const uint8_t *structure; /* the structure block: what is in it is named by its place */
	const char *names; /* the strings block; its last byte is 0 */
	size_t names_size;
	unsigned reserved_count; /* entries of the reservation block */
};

/*
 * A node of such a tree: its place in the structure block. NULL: there is none, and then nothing is
 * found in it.
 */
typedef const uint8_t *tree_node;

/* One thing of the structure block. */
struct tree_item {
	enum { TREE_BEGIN = 1, TREE_END = 2, TREE_PROP = 3, TREE_LAST = 9 } kind;
	const char *name; /* TREE_BEGIN, TREE_PROP */
	const uint8_t *value; /* TREE_PROP */
	size_t len;
	const uint8_t *next; /* the place behind it */
};

/*
 * Is there a device tree at @fdt, and how long does it say it is? Reads the first 8 bytes only. 0:
 * bad magic, or shorter than a header.
 */
size_t tree_size(const void *fdt);

/*
 * Check the header, and fill in @t. @size: how many bytes there may be read. Returns NULL, or what
 * the tree is instead of good, to be said behind "it is": damaged and why, or sound but of no use
 * here. Any multiple of 4 will do for @fdt. Version 17 only, which is what every loader hands over.
 * That there is a root is seen; libfdt checks the rest of the tree where it goes.
 */
const char *tree_open(struct tree *t, const void *fdt, size_t size);

/*
 * Is the structure sound from front to end? Who takes every item of a tree by itself sees that
 * anyway.
 */
bool tree_sound(const struct tree *t);

/* The item at @at, NOPs skipped. False: the tree is damaged there. */
bool tree_item(const struct tree *t, const uint8_t *at, struct tree_item *item);

tree_node tree_root(const struct tree *t);

/* Name of a node with its unit address, never NULL; "" for the root. */
const char *tree_name(const struct tree *t, tree_node node);

/*
 * The children of a node, one after the other: the first one for @child NULL; NULL after the last.
 */
tree_node tree_next_child(const struct tree *t, tree_node node, tree_node child);

#define tree_each_child(t, node, child) \
	for (tree_node child = tree_next_child(t, node, NULL); child != NULL; \
	     child = tree_next_child(t, node, child))

/* The child of exactly that name, or NULL. */
tree_node tree_child(const struct tree *t, tree_node node, const char *name);

/* Value and length of a property, or NULL. */
const void *tree_prop(const struct tree *t, tree_node node, const char *name, size_t *len);

/* Is there a property of that name at all? */
bool tree_has(const struct tree *t, tree_node node, const char *name);

/*
 * A property that is a string (the first one of a list), or NULL: absent, or without a terminating
 * zero.
 */
const char *tree_string(const struct tree *t, tree_node node, const char *name);

/* Is it exactly @want? */
bool tree_string_is(const struct tree *t, tree_node node, const char *name, const char *want);

/* Is @want one string of the list that a property of @len bytes holds? */
bool tree_list_has(const void *list, size_t len, const char *want);

/* Big-endian number of @cells cells at @p; false when it has more than 64 bits. */
bool tree_cells(const void *p, unsigned cells, uint64_t *value);

/*
 * A number of one or two cells. Returns 1, 0 when there is no such property, -1 when it has another
 * length.
 */
int tree_number(const struct tree *t, tree_node node, const char *name, uint64_t *value);

/*
 * #address-cells or #size-cells of a node, @otherwise when it does not say; 0 when what it says is
 * not a count from 1 to 4.
 */
unsigned tree_cell_count(const struct tree *t, tree_node node, const char *name,
			 unsigned otherwise);

/* Entry @i of the reservation block. */
void tree_reserved(const struct tree *t, unsigned i, uint64_t *base, uint64_t *size);

#endif
