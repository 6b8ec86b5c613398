/* SPDX-License-Identifier: MIT */
/*
 * guest_fdt.c - write the guest's device tree. Contracts are in guest_fdt.h.
 *
 * The tree has what an unmodified kernel needs and nothing that does not exist: no interrupt
 * controller beside the harts' own, no bus. Bindings: riscv/cpus.yaml, riscv/extensions.yaml,
 * interrupt-controller/riscv,cpu-intc.yaml.
 */
#include "conf/guest_fdt.h"
#include "conf/isa.h"
#include "conf/tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"
#include "lib/printf.h"
#include "lib/string.h"

/*
 * The states HART_SUSPEND offers, for kernels that choose by the time a sleep will take (binding
 * cpu/idle-states.yaml). Latencies in microseconds; measured, with a margin: waking costs a thread
 * switch, the non-retentive way also the guest's own resume code.
 */
static const struct idle_state {
	const char *node, *name;
	uint32_t param, phandle, entry, exit, residency;
} idle_states[] = {
	{ "cpu-ret", "ret", 0x00000000, 0x1000, 10, 10, 200 },
	{ "cpu-nonret", "nonret", 0x80000000, 0x1001, 20, 40, 2000 },
};

static void write_idle_states(struct tree_out *o)
{
	tree_node_begin(o, "idle-states");
	for (unsigned i = 0; i < ARRAY_SIZE(idle_states); i++) {
		const struct idle_state *s = &idle_states[i];

		tree_node_begin(o, s->node);
		tree_put_string(o, "compatible", "riscv,idle-state");
		tree_put_string(o, "idle-state-name", s->name);
		tree_put_u32(o, "riscv,sbi-suspend-param", s->param);
		tree_put_u32(o, "entry-latency-us", s->entry);
		tree_put_u32(o, "exit-latency-us", s->exit);
		tree_put_u32(o, "min-residency-us", s->residency);
		tree_put_u32(o, "phandle", s->phandle);
		tree_node_end(o);
	}
	tree_node_end(o);
}

static void write_cpu(struct tree_out *o, const struct guest_fdt *g, unsigned id)
{
	char text[ISA_STRING_MAX];

	snprintf(text, sizeof(text), "cpu@%x", id);
	tree_node_begin(o, text);
	tree_put_string(o, "device_type", "cpu");
	tree_put_u32(o, "reg", id);
	tree_put_string(o, "status", "okay");
	tree_put_string(o, "compatible", "riscv");
	isa_write(g->isa, text, false);
	tree_put_string(o, "riscv,isa", text);
	tree_put_string(o, "riscv,isa-base", "rv64i");
	tree_put(o, "riscv,isa-extensions", text, isa_write(g->isa, text, true));
	if ((g->isa & ISA_BIT(ISA_ZICBOM)) != 0)
		tree_put_u32(o, "riscv,cbom-block-size", g->host->cbom_block);
	if ((g->isa & ISA_BIT(ISA_ZICBOZ)) != 0)
		tree_put_u32(o, "riscv,cboz-block-size", g->host->cboz_block);
	tree_put_string(o, "mmu-type",
			g->host->mmu == 57   ? "riscv,sv57"
			: g->host->mmu == 48 ? "riscv,sv48"
					     : "riscv,sv39");
	tree_put_u64(o, "cpu-idle-states",
		     (uint64_t)idle_states[0].phandle << 32 | idle_states[1].phandle);
	tree_node_begin(o, "interrupt-controller");
	tree_put_string(o, "compatible", "riscv,cpu-intc");
	tree_put(o, "interrupt-controller", "", 0);
	tree_put_u32(o, "#interrupt-cells", 1);
	tree_put_u32(o, "phandle", id + 1);
	tree_node_end(o);
	tree_node_end(o);
}

static void write_cpus(struct tree_out *o, const struct guest_fdt *g)
{
	tree_node_begin(o, "cpus");
	tree_put_u32(o, "#address-cells", 1);
	tree_put_u32(o, "#size-cells", 0);
	tree_put_u32(o, "timebase-frequency", (uint32_t)g->host->timebase);
	for (unsigned i = 0; i < g->vm->vcpus; i++)
		write_cpu(o, g, i);
	write_idle_states(o);
	tree_node_end(o);
}

/* @ac and @sc cells make an address and a size. */
static void write_memory(struct tree_out *o, const struct guest_fdt *g, unsigned ac, unsigned sc)
{
	char name[32];

	snprintf(name, sizeof(name), "memory@%lx", GUEST_RAM_BASE);
	tree_node_begin(o, name);
	tree_put_string(o, "device_type", "memory");
	tree_put_reg(o, ac, GUEST_RAM_BASE, sc, g->vm->mem);
	tree_node_end(o);
}

/* What /chosen says about this boot. */
static void write_boot(struct tree_out *o, struct guest_fdt *g)
{
	if (g->vm->bootargs[0] != '\0')
		tree_put_string(o, "bootargs", g->vm->bootargs);
	if (g->vm->ramdisk.size != 0) {
		tree_put_u64(o, "linux,initrd-start", g->vm->layout.ramdisk);
		tree_put_u64(o, "linux,initrd-end", g->vm->layout.ramdisk + g->vm->ramdisk.size);
	}
	g->seed_at = g->has_seed ? tree_put_zeros(o, "rng-seed", GUEST_SEED_SIZE) : 0;
}

static size_t finish(struct tree_out *o)
{
	size_t size = tree_finish(o);

	return size != 0 ? size
			 : fail("it needs more than %zu bytes: %s", o->size,
				o->from != NULL ? "the guest's own is too large"
						: "bootargs too long?");
}

static size_t build(void *buf, size_t size, struct guest_fdt *g)
{
	struct tree_out o;

	if (g->host->timebase > UINT32_MAX)
		return fail("a timebase of %lu Hz does not fit into it",
			    (unsigned long)g->host->timebase);
	tree_begin(&o, buf, size, NULL);
	tree_node_begin(&o, "");
	tree_put_u32(&o, "#address-cells", 2);
	tree_put_u32(&o, "#size-cells", 2);
	tree_put_string(&o, "compatible", "dormouse,vm");
	tree_put_string(&o, "model", "Dormouse virtual machine");
	tree_node_begin(&o, "chosen");
	write_boot(&o, g);
	tree_put_string(&o, "stdout-path", device_stdout());
	tree_node_end(&o);
	write_cpus(&o, g);
	write_memory(&o, g, 2, 2);
	device_nodes(&o);
	tree_node_end(&o);
	return finish(&o);
}

/* ---- The guest's own tree ------------------------------------------------------- */

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

/* Does write_boot() write that property of /chosen? */
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
	write_boot(o, g);
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
	write_memory(o, g, ac, sc);
	tree_node_end(o);
}

static size_t adopt(void *buf, size_t size, const struct blob *own, struct guest_fdt *g)
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
	return finish(&o);
}

size_t guest_fdt_write(void *buf, size_t size, struct guest_fdt *g)
{
	const struct blob *own = &g->vm->fdt;

	return own->data != NULL ? adopt(buf, size, own, g) : build(buf, size, g);
}
