/* SPDX-License-Identifier: MIT */
/*
 * guest-tree_absent.c - without the room guest-tree: libfdt writes the least that a kernel needs,
 * and looks each name up among all that it has written.
 */
#include "conf/guest_fdt.h"
#include "lib/fail.h"
#include "lib/printf.h"
#include "lib/string.h"

#include <libfdt.h>

/* Each returns whether there was room. In this order. */
static bool put_cpu(void *t, const struct guest_fdt *g, unsigned id)
{
	char name[16], isa[ISA_STRING_MAX];

	snprintf(name, sizeof(name), "cpu@%x", id);
	isa_write(g->isa & ~(ISA_BIT(ISA_ZICBOM) | ISA_BIT(ISA_ZICBOP) | ISA_BIT(ISA_ZICBOZ)), isa,
		  false);
	return !fdt_begin_node(t, name) && !fdt_property_string(t, "device_type", "cpu") &&
	       !fdt_property_u32(t, "reg", id) && !fdt_property_string(t, "compatible", "riscv") &&
	       !fdt_property_string(t, "riscv,isa", isa) &&
	       !fdt_property_string(t, "mmu-type", "riscv,sv39") &&
	       !fdt_begin_node(t, "interrupt-controller") &&
	       !fdt_property_string(t, "compatible", "riscv,cpu-intc") &&
	       !fdt_property(t, "interrupt-controller", NULL, 0) &&
	       !fdt_property_u32(t, "#interrupt-cells", 1) &&
	       !fdt_property_u32(t, "phandle", id + 1) && !fdt_end_node(t) && !fdt_end_node(t);
}

static bool put_cpus(void *t, const struct guest_fdt *g)
{
	if (fdt_begin_node(t, "cpus") || fdt_property_u32(t, "#address-cells", 1) ||
	    fdt_property_u32(t, "#size-cells", 0) ||
	    fdt_property_u32(t, "timebase-frequency", (uint32_t)g->host->timebase))
		return false;
	for (unsigned i = 0; i < g->vm->vcpus; i++)
		if (!put_cpu(t, g, i))
			return false;
	return !fdt_end_node(t);
}

static bool put_chosen(void *t, struct guest_fdt *g)
{
	uint64_t disk = g->vm->layout.ramdisk;
	void *seed;

	if (fdt_begin_node(t, "chosen") || fdt_property_string(t, "bootargs", g->vm->bootargs))
		return false;
	if (g->vm->ramdisk.size &&
	    (fdt_property_u64(t, "linux,initrd-start", disk) ||
	     fdt_property_u64(t, "linux,initrd-end", disk + g->vm->ramdisk.size)))
		return false;
	if (g->has_seed && !fdt_property_placeholder(t, "rng-seed", GUEST_SEED_SIZE, &seed)) {
		memset(seed, 0, GUEST_SEED_SIZE);
		g->seed_at = (size_t)((char *)seed - (char *)t);
	}
	return !fdt_end_node(t);
}

static bool put_memory(void *t, const struct guest_fdt *g)
{
	fdt64_t ram[] = { cpu_to_fdt64(GUEST_RAM_BASE), cpu_to_fdt64(g->vm->mem) };

	return !fdt_begin_node(t, "memory@80000000") &&
	       !fdt_property_string(t, "device_type", "memory") &&
	       !fdt_property(t, "reg", ram, sizeof(ram)) && !fdt_end_node(t);
}

size_t guest_fdt_write(void *buf, size_t size, struct guest_fdt *g)
{
	if (g->vm->fdt.data)
		return fail("the guest's own is not read by this build: leave it out");
	if (fdt_create(buf, (int)size) || fdt_finish_reservemap(buf) || fdt_begin_node(buf, "") ||
	    fdt_property_u32(buf, "#address-cells", 2) || fdt_property_u32(buf, "#size-cells", 2) ||
	    fdt_property_string(buf, "compatible", "dormouse,vm") || !put_chosen(buf, g) ||
	    !put_memory(buf, g) || !put_cpus(buf, g) || fdt_end_node(buf) || fdt_finish(buf))
		return fail("it needs more than %zu bytes", size);
	return fdt_totalsize(buf);
}
