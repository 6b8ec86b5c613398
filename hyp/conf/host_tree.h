/* SPDX-License-Identifier: MIT */
/*
 * host_tree.h - places in the host's device tree: a node, and the nodes that it is in. What reg,
 * interrupts and a path mean depends on these.
 *
 * Devicetree Specification 0.4, chapters 2.3.6 to 2.3.8 (reg, ranges), 2.4 (interrupts), 3.3
 * (aliases). The tree has been read by machine_read(), so it is sound.
 *
 * Optional room: pass-through, 29 lines.
 */
#ifndef CONF_HOST_TREE_H
#define CONF_HOST_TREE_H

#include "conf/option.h"
#include "conf/tree.h"
#include "lib/range.h"

#define PLACE_DEPTH 8 /* nodes further down are passed over */

struct place {
	const struct tree *t;
	unsigned depth;
	tree_node path[PLACE_DEPTH]; /* path[0] is the root, path[depth] is here */
};

static inline tree_node place_node(const struct place *p)
{
	return p->path[p->depth];
}

static inline const char *place_name(const struct place *p)
{
	return tree_name(p->t, place_node(p));
}

/* Call @visit at every node, until it returns false. Returns whether it never did. */
bool place_each(const struct tree *t, bool (*visit)(const struct place *p, void *arg), void *arg);

/* Do all buses above map addresses one to one? */
bool place_one_to_one(const struct place *p);

/* How many ranges reg has. */
unsigned place_regs(const struct place *p);
/* Range @i of reg. False: it has not so many, or that one is empty or cannot be an address. */
bool place_reg(const struct place *p, unsigned i, struct range *out);

/* The phandle of whom `interrupts` go to; 0: nobody says. */
uint64_t place_interrupt_parent(const struct place *p);

/*
 * Is that what @name names? It is a path, or the name of a node; in both the addresses behind an @
 * may be left out.
 */
bool place_is(const struct place *p, struct text name);

/* What @name stands for, if it is an alias; else @name. */
struct text host_alias(const struct tree *t, struct text name);

/* Is the node compatible with one of @words, each with its 0, of @size bytes in all? */
bool host_compatible(const struct tree *t, tree_node node, const char *words, size_t size);

/*
 * The number of the entry in interrupts-extended of @node that is the interrupt @irq of the hart
 * with that id; -1: there is none.
 */
int host_context(const struct tree *t, tree_node node, uint64_t hart_id, unsigned irq);

#endif
