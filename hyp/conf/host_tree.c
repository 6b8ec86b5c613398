/* SPDX-License-Identifier: MIT */
/*
 * host_tree.c - places in the host's device tree. Contracts are in host_tree.h.
 *
 * Optional room: pass-through, 123 lines.
 */
#include "conf/host_tree.h"

#include "lib/string.h"

bool place_each(const struct tree *t, bool (*visit)(const struct place *p, void *arg), void *arg)
{
	struct place p = { .t = t };
	struct tree_item item;
	unsigned depth = 0; /* how many nodes we are in */

	for (tree_node at = tree_root(t); tree_item(t, at, &item); at = item.next) {
		if (item.kind == TREE_END)
			depth--;
		if (item.kind == TREE_LAST)
			break;
		if (item.kind != TREE_BEGIN || ++depth > PLACE_DEPTH)
			continue;
		p.depth = depth - 1;
		p.path[p.depth] = at;
		if (!visit(&p, arg))
			return false;
	}
	return true;
}

bool place_one_to_one(const struct place *p)
{
	size_t len;

	for (unsigned i = 1; i < p->depth; i++)
		if (tree_prop(p->t, p->path[i], "ranges", &len) == NULL || len != 0)
			return false;
	return p->depth > 0;
}

/* The cells of an address and of a size in reg, and what it has; NULL: nothing to be read. */
static const uint8_t *reg_of(const struct place *p, unsigned *ac, unsigned *sc, unsigned *count)
{
	tree_node bus = p->depth > 0 ? p->path[p->depth - 1] : NULL;
	size_t len = 0;
	const uint8_t *reg = tree_prop(p->t, place_node(p), "reg", &len);

	*ac = tree_cell_count(p->t, bus, "#address-cells", 2);
	*sc = tree_cell_count(p->t, bus, "#size-cells", 1);
	*count = reg != NULL && *ac != 0 && *sc != 0 ? (unsigned)(len / (4UL * (*ac + *sc))) : 0;
	return reg;
}

unsigned place_regs(const struct place *p)
{
	unsigned ac, sc, count;

	reg_of(p, &ac, &sc, &count);
	return count;
}

bool place_reg(const struct place *p, unsigned i, struct range *out)
{
	unsigned ac, sc, count;
	const uint8_t *reg = reg_of(p, &ac, &sc, &count);

	if (i >= count)
		return false;
	reg += 4UL * (ac + sc) * i;
	return tree_cells(reg, ac, &out->base) && tree_cells(reg + 4UL * ac, sc, &out->size) &&
	       range_valid(out->base, out->size);
}

uint64_t place_interrupt_parent(const struct place *p)
{
	uint64_t to = 0;

	for (unsigned i = p->depth + 1; i-- > 0;)
		if (tree_number(p->t, p->path[i], "interrupt-parent", &to) == 1)
			break;
	return to;
}

/* Is @part the name of @node, or what of it stands before the @? */
static bool is_name(const struct tree *t, tree_node node, struct text part)
{
	const char *name = tree_name(t, node);
	size_t n = strlen(name);

	return part.len != 0 && n >= part.len && memcmp(name, part.s, part.len) == 0 &&
	       (n == part.len || name[part.len] == '@');
}

bool place_is(const struct place *p, struct text name)
{
	if (p->depth == 0 || name.len == 0)
		return false;
	if (name.s[0] != '/')
		return is_name(p->t, place_node(p), name);
	text_cut(&name, '/');
	for (unsigned i = 1; i <= p->depth; i++)
		if (!is_name(p->t, p->path[i], text_cut(&name, '/')))
			return false;
	return name.len == 0;
}

struct text host_alias(const struct tree *t, struct text name)
{
	tree_node aliases = tree_child(t, tree_root(t), "aliases");
	struct tree_item i;

	if (aliases == NULL)
		return name;
	tree_item(t, aliases, &i);
	while (tree_item(t, i.next, &i) && i.kind == TREE_PROP)
		if (strlen(i.name) == name.len && memcmp(i.name, name.s, name.len) == 0)
			return (struct text){ (const char *)i.value,
					      strnlen((const char *)i.value, i.len) };
	return name;
}

bool host_compatible(const struct tree *t, tree_node node, const char *words, size_t size)
{
	size_t len;
	const char *list = tree_prop(t, node, "compatible", &len);

	for (size_t n; list != NULL && (n = strnlen(list, len)) < len; list += n + 1, len -= n + 1)
		if (tree_list_has(words, size, list))
			return true;
	return false;
}

int host_context(const struct tree *t, tree_node node, uint64_t hart_id, unsigned irq)
{
	tree_node cpus = tree_child(t, tree_root(t), "cpus");
	unsigned ac = tree_cell_count(t, cpus, "#address-cells", 2);
	uint64_t id, intc = 0, to;
	const uint8_t *entry;
	size_t len = 0;

	tree_each_child(t, cpus, cpu) {
		const void *reg = tree_prop(t, cpu, "reg", &len);

		if (reg != NULL && len == 4UL * ac && tree_cells(reg, ac, &id) && id == hart_id)
			tree_number(t, tree_child(t, cpu, "interrupt-controller"), "phandle",
				    &intc);
	}
	entry = tree_prop(t, node, "interrupts-extended", &len);
	for (int i = 0; intc != 0 && entry != NULL && len >= 8; i++, entry += 8, len -= 8)
		if (tree_cells(entry, 2, &to) && to == (intc << 32 | irq))
			return i;
	return -1;
}
