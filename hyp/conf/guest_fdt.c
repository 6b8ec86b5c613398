/* SPDX-License-Identifier: MIT */
/*
 * guest_fdt.c - write the guest's device tree. Contracts are in guest_fdt.h.
 *
 * The tree has what an unmodified kernel needs and nothing that does not exist. Bindings:
 * riscv/cpus.yaml, riscv/extensions.yaml, interrupt-controller/riscv,cpu-intc.yaml.
 *
 * Optional room: guest-tree, 110 lines.
 */
#include "conf/guest_fdt.h"
#include "conf/isa.h"
#include "conf/tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"
#include "lib/printf.h"
#include "lib/string.h"

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
	if ((g->isa & ISA_BIT(ISA_ZICBOP)) != 0)
		tree_put_u32(o, "riscv,cbop-block-size", g->host->cbop_block);
	if ((g->isa & ISA_BIT(ISA_ZICBOZ)) != 0)
		tree_put_u32(o, "riscv,cboz-block-size", g->host->cboz_block);
	tree_put_string(o, "mmu-type",
			g->host->mmu == 57   ? "riscv,sv57"
			: g->host->mmu == 48 ? "riscv,sv48"
					     : "riscv,sv39");
	guest_fdt_cpu_idle(o);
	tree_node_begin(o, "interrupt-controller");
	tree_put_string(o, "compatible", "riscv,cpu-intc");
	tree_put(o, "interrupt-controller", "", 0);
	tree_put_u32(o, "#interrupt-cells", 1);
	tree_put_u32(o, "phandle", GUEST_FDT_HART_INTC(id));
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
	guest_fdt_idle_states(o);
	tree_node_end(o);
}

void guest_fdt_memory(struct tree_out *o, const struct guest_fdt *g, unsigned ac, unsigned sc)
{
	char name[32];

	snprintf(name, sizeof(name), "memory@%lx", (unsigned long)guest_ram_base(g->vm));
	tree_node_begin(o, name);
	tree_put_string(o, "device_type", "memory");
	tree_put_reg(o, ac, guest_ram_base(g->vm), sc, g->vm->mem);
	tree_node_end(o);
}

void guest_fdt_boot(struct tree_out *o, struct guest_fdt *g)
{
	if (g->vm->bootargs[0] != '\0')
		tree_put_string(o, "bootargs", g->vm->bootargs);
	if (g->vm->ramdisk.size != 0) {
		tree_put_u64(o, "linux,initrd-start", g->vm->layout.ramdisk);
		tree_put_u64(o, "linux,initrd-end", g->vm->layout.ramdisk + g->vm->ramdisk.size);
	}
	g->seed_at = g->has_seed ? tree_put_zeros(o, "rng-seed", GUEST_SEED_SIZE) : 0;
}

size_t guest_fdt_finish(struct tree_out *o)
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
	guest_fdt_boot(&o, g);
	if (device_stdout() != NULL)
		tree_put_string(&o, "stdout-path", device_stdout());
	tree_node_end(&o);
	write_cpus(&o, g);
	guest_fdt_memory(&o, g, 2, 2);
	device_nodes(&o, g->vm);
	tree_node_end(&o);
	return guest_fdt_finish(&o);
}

size_t guest_fdt_write(void *buf, size_t size, struct guest_fdt *g)
{
	const struct blob *own = &g->vm->fdt;

	return own->data != NULL ? guest_fdt_adopt(buf, size, own, g) : build(buf, size, g);
}
