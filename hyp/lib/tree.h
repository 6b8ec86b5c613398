/* SPDX-License-Identifier: MIT */
/* tree.h - typed questions to a device tree: every answer is checked, a property of another form is not believed. */
#ifndef LIB_TREE_H
#define LIB_TREE_H

#include "lib/types.h"

/*
 * Is @fdt, of which @size bytes may be read, a tree that libfdt can walk safely? @fdt must be 8-byte aligned. NULL, or what is
 * wrong. Goes through the whole tree, and asks for aligned blocks, which libfdt takes for granted.
 */
const char *tree_damage(const void *fdt, size_t size);

/* A property that is a string, or NULL: absent, or without its terminating zero. */
const char *tree_string(const void *fdt, int node, const char *name);

/* Is the property (the first string of) exactly @want? */
bool tree_string_is(const void *fdt, int node, const char *name, const char *want);

/* Is there a property of that name at all? */
bool tree_has(const void *fdt, int node, const char *name);

/* Big-endian number of @cells cells at @p; false when it has more than 64 bits. */
bool tree_cells(const void *p, int cells, uint64_t *value);

/* A number of one or two cells. Returns 1, 0 when there is no such property, -1 when it has another length. */
int tree_number(const void *fdt, int node, const char *name, uint64_t *value);

/* Name of a node for messages, never NULL. */
const char *tree_name(const void *fdt, int node);

#endif
