/* SPDX-License-Identifier: MIT */
/*
 * tree_out.h - write a flattened device tree (Devicetree Specification 0.4, chapter 5) from front
 * to back.
 *
 * Every step takes time for what it writes and no more, whatever was written before. Nothing is
 * reported until the end: once something did not fit, all that follows is ignored and tree_finish()
 * says so.
 *
 * Optional room: guest-tree, 30 lines.
 */
#ifndef CONF_TREE_OUT_H
#define CONF_TREE_OUT_H

#include "conf/tree.h"

/* Different names; a guest's tree has some 40. More do not fit, however much room there is. */
#define TREE_OUT_NAMES 64

struct tree_out {
	void *fdt;
	size_t size; /* that it may have */
	size_t structure, end;   /* where that block begins; what is written so far */
	const struct tree *from; /* or NULL */
	bool full;               /* something did not fit */
	/* The names that are not of @from, and where they will be in the strings block. */
	size_t names_end;
	unsigned name_count, next_name;
	struct {
		const char *is;
		uint32_t at;
	} name[TREE_OUT_NAMES];
};

/*
 * Begin a tree in @size bytes at @buf, a multiple of 8. It gets the memory reservations and all
 * property names of @from, or none if that is NULL. A property's name is then one of @from's, or a
 * constant: the same pointer means the same name until tree_finish().
 */
void tree_begin(struct tree_out *o, void *buf, size_t size, const struct tree *from);

/* Open a node (the root is ""), put properties into it, then other nodes, and close it. */
void tree_node_begin(struct tree_out *o, const char *name);
void tree_node_end(struct tree_out *o);
void tree_put(struct tree_out *o, const char *name, const void *value, size_t len);
void tree_put_string(struct tree_out *o, const char *name, const char *value);
void tree_put_u32(struct tree_out *o, const char *name, uint32_t value);
void tree_put_u64(struct tree_out *o, const char *name, uint64_t value);

/* @len zeros, to be replaced later: returns how many bytes from the start of the tree they are. */
size_t tree_put_zeros(struct tree_out *o, const char *name, size_t len);

/* The property reg with one entry; @ac and @sc cells make an address and a size. */
void tree_put_reg(struct tree_out *o, unsigned ac, uint64_t base, unsigned sc, uint64_t size);

/* The property @name with @n cells. */
void tree_put_cells(struct tree_out *o, const char *name, const uint32_t *cells, size_t n);

/* How many bytes the tree has, a multiple of 4; 0: it did not fit. */
size_t tree_finish(struct tree_out *o);

#endif
