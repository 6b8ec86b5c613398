/* SPDX-License-Identifier: MIT */
/*
 * own_tree.c - a device tree of the guest's own, completed. Contract: guest_fdt_write() in
 * guest_fdt.h.
 *
 * Optional room: own-tree, 105 lines. Needs guest-tree.
 */
#include "conf/guest_fdt.h"
#include "conf/tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"
#include "lib/string.h"

/* It must describe the VM it runs in: only vCPUs that exist, and the clock they have. */
static const char *judge_cpus(const struct tree *t, const struct guest_fdt *g)
{
	tree_node cpus = tree_child(t, tree_root(t), "cpus");
	unsigned cells = tree_cell_count(t, cpus, "#address-cells", 2);
	bool boot_cpu = false;
	uint64_t v;
	size_t len;

	if (cpus == NULL || (cells != 1 && cells != 2))
		return "it has no /cpus with #address-cells 1 or 2";
	if (tree_number(t, cpus, "timebase-frequency", &v) != 1 || v != g->host->timebase)
		return "its timebase-frequency is not the machine's";
	tree_each_child(t, cpus, node) {
		const void *reg = tree_prop(t, node, "reg", &len);

		if (!tree_string_is(t, node, "device_type", "cpu"))
			continue;
		if (reg == NULL || len != 4 * cells || !tree_cells(reg, cells, &v) ||
		    v >= g->vm->vcpus)
			return "it has a cpu that is no vCPU of this VM";
		boot_cpu |= v == 0;
	}
	return boot_cpu ? NULL : "it has no cpu 0";
}

/* Does guest_fdt_boot() write that property of /chosen? */
static bool replaced(const struct guest_fdt *g, const char *name)
{
	return (strcmp(name, "bootargs") == 0 && g->vm->bootargs[0] != '\0') ||
	       strcmp(name, "rng-seed") == 0 ||
	       ((strcmp(name, "linux,initrd-start") == 0 ||
		 strcmp(name, "linux,initrd-end") == 0) &&
		g->vm->ramdisk.size != 0);
}

/* Copy what is inside @node; with @chosen, of its properties only those that are not replaced. */
static void copy_inside(struct tree_out *o, const struct tree *t, tree_node node,
			const struct guest_fdt *chosen)
{
	struct tree_item i;
	unsigned depth = 0;

	tree_item(t, node, &i);
	while (tree_item(t, i.next, &i) && (i.kind != TREE_END || depth-- > 0)) {
		if (i.kind == TREE_BEGIN) {
			tree_node_begin(o, i.name);
			depth++;
		} else if (i.kind == TREE_END) {
			tree_node_end(o);
		} else if (chosen == NULL || depth > 0 || !replaced(chosen, i.name)) {
			tree_put(o, i.name, i.value, i.len);
		}
	}
}

static void copy_tree(struct tree_out *o, const struct tree *t, struct guest_fdt *g, unsigned ac,
		      unsigned sc)
{
	tree_node root = tree_root(t), chosen = tree_child(t, root, "chosen");
	struct tree_item i;

	tree_node_begin(o, "");
	tree_item(t, root, &i);
	while (tree_item(t, i.next, &i) && i.kind == TREE_PROP)
		tree_put(o, i.name, i.value, i.len);
	tree_node_begin(o, "chosen");
	guest_fdt_boot(o, g);
	if (chosen != NULL)
		copy_inside(o, t, chosen, g);
	tree_node_end(o);
	tree_each_child(t, root, node) {
		if (node == chosen || tree_string_is(t, node, "device_type", "memory"))
			continue;
		tree_node_begin(o, tree_name(t, node));
		copy_inside(o, t, node, NULL);
		tree_node_end(o);
	}
	guest_fdt_memory(o, g, ac, sc);
	tree_node_end(o);
}

size_t guest_fdt_adopt(void *buf, size_t size, const struct blob *own, struct guest_fdt *g)
{
	struct tree_out o;
	struct tree t;
	const char *wrong = tree_open(&t, own->data, own->size);
	unsigned ac, sc;

	if (wrong == NULL && !tree_sound(&t))
		wrong = "damaged: bad structure";
	if (wrong != NULL)
		return fail("the guest's own is %s", wrong);
	wrong = judge_cpus(&t, g);
	if (wrong != NULL)
		return fail("the guest's own does not fit: %s", wrong);
	ac = tree_cell_count(&t, tree_root(&t), "#address-cells", 2);
	sc = tree_cell_count(&t, tree_root(&t), "#size-cells", 1);
	if (ac == 0 || sc == 0 || (sc == 1 && g->vm->mem >> 32 != 0))
		return fail("the guest's own has no room for the memory in its #address-cells and "
			    "#size-cells");
	tree_begin(&o, buf, size, &t);
	copy_tree(&o, &t, g, ac, sc);
	return guest_fdt_finish(&o);
}
