/* SPDX-License-Identifier: MIT */
/*
 * machine_absent.c - without the room machine: the device tree is believed, and has to be like that
 * of QEMU's virt. Addresses and sizes have two cells, all harts are alike but for H, none is
 * disabled, and guests get Sv39 and no cbo instructions.
 */
#include "conf/machine.h"
#include "conf/tree.h"
#include "lib/fail.h"
#include "lib/string.h"

/* What is at @node, if it says so: its first range. */
static bool first_range(const struct tree *t, tree_node node, struct range *out)
{
	size_t len = 0;
	const uint8_t *reg = tree_prop(t, node, "reg", &len);

	return len >= 16 && tree_cells(reg, 2, &out->base) && tree_cells(reg + 8, 2, &out->size) &&
	       range_valid(out->base, out->size);
}

static bool read_harts(const struct tree *t, struct machine *m)
{
	tree_node cpus = tree_child(t, tree_root(t), "cpus");

	m->isa = ~(isa_set)0;
	m->mmu = 39;
	tree_each_child(t, cpus, node) {
		struct machine_hart *h = &m->hart[m->hart_count];
		const char *isa = tree_string(t, node, "riscv,isa");

		if (!tree_string_is(t, node, "device_type", "cpu"))
			continue;
		if (m->hart_count == MACHINE_MAX_HARTS || !isa ||
		    !isa_from_string(isa, strlen(isa), &h->isa) ||
		    tree_number(t, node, "reg", &h->id) != 1)
			return fail("/cpus is not as this build knows it");
		m->hart_count++;
		if (h->isa & ISA_BIT(ISA_H))
			m->isa &= h->isa;
		else
			h->skip = "no hypervisor extension (h)";
	}
	return tree_number(t, cpus, "timebase-frequency", &m->timebase) == 1 ||
	       fail("/cpus has no timebase-frequency");
}

static bool read_memory(const struct tree *t, struct machine *m)
{
	tree_node reserved = tree_child(t, tree_root(t), "reserved-memory");
	struct range r;

	tree_each_child(t, tree_root(t), node)
		if (tree_string_is(t, node, "device_type", "memory") && first_range(t, node, &r))
			range_add(&m->memory, r.base, r.size);
	tree_each_child(t, reserved, node)
		if (first_range(t, node, &r) && !range_remove(&m->memory, r.base, r.size))
			return fail("reservations leave more than %d pieces of memory", RANGE_MAX);
	return true;
}

bool machine_read(const void *fdt, size_t size, struct machine *m)
{
	struct tree t;
	const char *wrong = tree_size(fdt) <= size ? tree_open(&t, fdt, size) : "too large";
	tree_node chosen;
	uint64_t end;

	memset(m, 0, sizeof(*m));
	m->bootargs = "";
	m->model = "a machine like QEMU's virt";
	if (wrong)
		return fail("it is %s", wrong);
	chosen = tree_child(&t, tree_root(&t), "chosen");
	if (tree_string(&t, chosen, "bootargs"))
		m->bootargs = tree_string(&t, chosen, "bootargs");
	m->has_initrd = tree_number(&t, chosen, "linux,initrd-start", &m->initrd.base) == 1 &&
			tree_number(&t, chosen, "linux,initrd-end", &end) == 1;
	if (m->has_initrd)
		m->initrd.size = end - m->initrd.base;
	return read_harts(&t, m) && read_memory(&t, m);
}

int machine_hart_index(const struct machine *m, uint64_t id)
{
	for (unsigned i = 0; i < m->hart_count; i++)
		if (m->hart[i].id == id)
			return (int)i;
	return -1;
}
