/* SPDX-License-Identifier: MIT */
/*
 * tree_out.h - write a flattened device tree from front to back, by way of libfdt.
 *
 * Nothing is reported until the end: once something did not fit, all that follows is ignored and tree_finish() says so.
 */
#ifndef LIB_TREE_OUT_H
#define LIB_TREE_OUT_H

#include "lib/tree.h"

struct tree_out {
	void *fdt;
	size_t size; /* that it may have */
	int error; /* the first one of libfdt's, or 0 */
};

/*
 * Begin a tree in @size bytes at @buf. The memory reservations are those of @from, or none if that is NULL.
 */
void tree_begin(struct tree_out *o, void *buf, size_t size, const struct tree *from);

/* Open a node (the root is ""), put properties into it, then other nodes, and close it. */
void tree_node_begin(struct tree_out *o, const char *name);
void tree_node_end(struct tree_out *o);
void tree_put(struct tree_out *o, const char *name, const void *value, size_t len);
void tree_put_string(struct tree_out *o, const char *name, const char *value);
void tree_put_u32(struct tree_out *o, const char *name, uint32_t value);
void tree_put_u64(struct tree_out *o, const char *name, uint64_t value);

/* The property reg with one entry; @ac and @sc cells make an address and a size. */
void tree_put_reg(struct tree_out *o, unsigned ac, uint64_t base, unsigned sc, uint64_t size);

/* How many bytes the tree has; 0: it did not fit. */
size_t tree_finish(struct tree_out *o);

#endif
