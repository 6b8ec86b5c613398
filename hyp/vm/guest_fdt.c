/* SPDX-License-Identifier: MIT */
/*
 * guest_fdt.c - write the guest's device tree with libfdt. Contracts are in guest_fdt.h.
 *
 * The tree has what an unmodified kernel needs and nothing that does not exist: no interrupt controller beside the
 * harts' own, no bus. Bindings: riscv/cpus.yaml, riscv/extensions.yaml, interrupt-controller/riscv,cpu-intc.yaml.
 */
#include "vm/guest_fdt.h"
#include "lib/isa.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/tree.h"
#include <libfdt.h>

/* Leave the function with the first error of libfdt. */
#define TRY(call)                                                                                                                  \
	do {                                                                                                                       \
		int error_ = (call);                                                                                               \
		if (error_ < 0)                                                                                                    \
			return error_;                                                                                             \
	} while (0)

/* `riscv,isa-extensions`: one string after the other, each with its zero. @text is scratch space. */
static int write_extensions(void *fdt, uint64_t isa, char *text)
{
	size_t at = 0;

	for (unsigned i = 0; i < ISA_NR; i++) {
		size_t len = strlen(isa_name(i)) + 1;

		if ((isa & ISA_BIT(i)) == 0 || at + len > ISA_STRING_MAX)
			continue;
		memcpy(text + at, isa_name(i), len);
		at += len;
	}
	return fdt_property(fdt, "riscv,isa-extensions", text, (int)at);
}

/*
 * The states HART_SUSPEND offers, for kernels that choose by the time a sleep will take (binding cpu/idle-states.yaml). Latencies in
 * microseconds; measured, with a margin: waking costs a thread switch, the non-retentive way also the guest's own resume code.
 */
static const struct idle_state {
	const char *name;
	uint32_t param, phandle, entry, exit, residency;
} idle_states[] = {
	{ "ret", 0x00000000, 0x1000, 10, 10, 200 },
	{ "nonret", 0x80000000, 0x1001, 20, 40, 2000 },
};

static int write_idle_states(void *fdt)
{
	char name[32];

	TRY(fdt_begin_node(fdt, "idle-states"));
	for (unsigned i = 0; i < ARRAY_SIZE(idle_states); i++) {
		const struct idle_state *s = &idle_states[i];

		snprintf(name, sizeof(name), "cpu-%s", s->name);
		TRY(fdt_begin_node(fdt, name));
		TRY(fdt_property_string(fdt, "compatible", "riscv,idle-state"));
		TRY(fdt_property_string(fdt, "idle-state-name", s->name));
		TRY(fdt_property_u32(fdt, "riscv,sbi-suspend-param", s->param));
		TRY(fdt_property_u32(fdt, "entry-latency-us", s->entry));
		TRY(fdt_property_u32(fdt, "exit-latency-us", s->exit));
		TRY(fdt_property_u32(fdt, "min-residency-us", s->residency));
		TRY(fdt_property_u32(fdt, "phandle", s->phandle));
		TRY(fdt_end_node(fdt));
	}
	return fdt_end_node(fdt);
}

static int write_cpu(void *fdt, const struct guest_fdt *g, unsigned id)
{
	const fdt32_t states[] = { cpu_to_fdt32(idle_states[0].phandle), cpu_to_fdt32(idle_states[1].phandle) };
	char text[ISA_STRING_MAX];

	snprintf(text, sizeof(text), "cpu@%x", id);
	TRY(fdt_begin_node(fdt, text));
	TRY(fdt_property_string(fdt, "device_type", "cpu"));
	TRY(fdt_property_u32(fdt, "reg", id));
	TRY(fdt_property_string(fdt, "status", "okay"));
	TRY(fdt_property_string(fdt, "compatible", "riscv"));
	isa_string(g->isa, text, sizeof(text));
	TRY(fdt_property_string(fdt, "riscv,isa", text));
	TRY(fdt_property_string(fdt, "riscv,isa-base", "rv64i"));
	TRY(write_extensions(fdt, g->isa, text));
	if ((g->isa & ISA_BIT(ISA_ZICBOM)) != 0)
		TRY(fdt_property_u32(fdt, "riscv,cbom-block-size", g->cbom_block));
	if ((g->isa & ISA_BIT(ISA_ZICBOZ)) != 0)
		TRY(fdt_property_u32(fdt, "riscv,cboz-block-size", g->cboz_block));
	TRY(fdt_property_string(fdt, "mmu-type", g->mmu == 57 ? "riscv,sv57" : g->mmu == 48 ? "riscv,sv48" : "riscv,sv39"));
	TRY(fdt_property(fdt, "cpu-idle-states", states, sizeof(states)));
	TRY(fdt_begin_node(fdt, "interrupt-controller"));
	TRY(fdt_property_string(fdt, "compatible", "riscv,cpu-intc"));
	TRY(fdt_property(fdt, "interrupt-controller", "", 0));
	TRY(fdt_property_u32(fdt, "#interrupt-cells", 1));
	TRY(fdt_property_u32(fdt, "phandle", id + 1));
	TRY(fdt_end_node(fdt));
	return fdt_end_node(fdt);
}

static int write_cpus(void *fdt, const struct guest_fdt *g)
{
	TRY(fdt_begin_node(fdt, "cpus"));
	TRY(fdt_property_u32(fdt, "#address-cells", 1));
	TRY(fdt_property_u32(fdt, "#size-cells", 0));
	TRY(fdt_property_u32(fdt, "timebase-frequency", (uint32_t)g->timebase));
	for (unsigned i = 0; i < g->vcpus; i++)
		TRY(write_cpu(fdt, g, i));
	TRY(write_idle_states(fdt));
	return fdt_end_node(fdt);
}

static int write_memory(void *fdt, const struct guest_fdt *g)
{
	fdt64_t reg[2] = { cpu_to_fdt64(g->ram_base), cpu_to_fdt64(g->ram_size) };
	char name[32];

	snprintf(name, sizeof(name), "memory@%lx", (unsigned long)g->ram_base);
	TRY(fdt_begin_node(fdt, name));
	TRY(fdt_property_string(fdt, "device_type", "memory"));
	TRY(fdt_property(fdt, "reg", reg, sizeof(reg)));
	return fdt_end_node(fdt);
}

static int write_chosen(void *fdt, const struct guest_fdt *g)
{
	TRY(fdt_begin_node(fdt, "chosen"));
	TRY(fdt_property_string(fdt, "bootargs", g->bootargs));
	for (unsigned i = 0; i < g->device_count; i++) {
		if (g->device[i]->stdout_path == NULL)
			continue;
		TRY(fdt_property_string(fdt, "stdout-path", g->device[i]->stdout_path));
		break; /* the first one counts */
	}
	if (g->ramdisk_size != 0) {
		TRY(fdt_property_u64(fdt, "linux,initrd-start", g->ramdisk));
		TRY(fdt_property_u64(fdt, "linux,initrd-end", g->ramdisk + g->ramdisk_size));
	}
	if (g->rng_seed != NULL)
		TRY(fdt_property(fdt, "rng-seed", g->rng_seed, (int)g->rng_seed_size));
	return fdt_end_node(fdt);
}

static int write_tree(void *fdt, size_t size, const struct guest_fdt *g)
{
	TRY(fdt_create(fdt, (int)size));
	TRY(fdt_finish_reservemap(fdt));
	TRY(fdt_begin_node(fdt, ""));
	TRY(fdt_property_u32(fdt, "#address-cells", 2));
	TRY(fdt_property_u32(fdt, "#size-cells", 2));
	TRY(fdt_property_string(fdt, "compatible", "dormouse,vm"));
	TRY(fdt_property_string(fdt, "model", "Dormouse virtual machine"));
	TRY(write_chosen(fdt, g));
	TRY(write_cpus(fdt, g));
	TRY(write_memory(fdt, g));
	for (unsigned i = 0; i < g->device_count; i++)
		TRY(g->device[i]->build(fdt, g));
	TRY(fdt_end_node(fdt));
	return fdt_finish(fdt);
}

#define FAIL(...) (snprintf(err, errlen, __VA_ARGS__), 0)

size_t guest_fdt_build(void *buf, size_t size, const struct guest_fdt *g, char *err, size_t errlen)
{
	int e;

	if (g->timebase > UINT32_MAX)
		return FAIL("a timebase of %lu Hz does not fit the guest's device tree", (unsigned long)g->timebase);
	memset(buf, 0, size); /* what is not written must not differ from run to run */
	e = write_tree(buf, size, g);
	if (e == -FDT_ERR_NOSPACE)
		return FAIL("the guest's device tree needs more than %lu bytes: bootargs too long?", (unsigned long)size);
	if (e < 0)
		return FAIL("cannot write the guest's device tree: %s", fdt_strerror(e));
	return fdt_totalsize(buf);
}

/* The guest's own tree must describe the VM it runs in: only vCPUs that exist, and the clock they have. */
static const char *judge_cpus(const void *fdt, const struct guest_fdt *g)
{
	int cpus = fdt_path_offset(fdt, "/cpus"), node, len, cells = cpus < 0 ? 0 : fdt_address_cells(fdt, cpus);
	const fdt32_t *p = cpus < 0 ? NULL : fdt_getprop(fdt, cpus, "timebase-frequency", &len);
	bool boot_cpu = false;

	if (cells != 1 && cells != 2)
		return "it has no /cpus with #address-cells 1 or 2";
	if (p == NULL || len != 4 || fdt32_ld(p) != g->timebase)
		return "its timebase-frequency is not the machine's";
	fdt_for_each_subnode(node, fdt, cpus) {
		if (!tree_string_is(fdt, node, "device_type", "cpu"))
			continue;
		p = fdt_getprop(fdt, node, "reg", &len);
		if (p == NULL || len != 4 * cells || (cells == 2 && fdt32_ld(p) != 0) || fdt32_ld(p + cells - 1) >= g->vcpus)
			return "it has a cpu that is no vCPU of this VM";
		boot_cpu |= fdt32_ld(p + cells - 1) == 0;
	}
	return boot_cpu ? NULL : "it has no cpu 0";
}

static int memory_node(const void *fdt)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0)
		if (tree_string_is(fdt, node, "device_type", "memory"))
			return node;
	return -1;
}

static int replace_memory(void *fdt, const struct guest_fdt *g)
{
	char name[32];
	int node;

	while ((node = memory_node(fdt)) >= 0)
		TRY(fdt_del_node(fdt, node));
	snprintf(name, sizeof(name), "memory@%lx", (unsigned long)g->ram_base);
	node = fdt_add_subnode(fdt, 0, name);
	TRY(node);
	TRY(fdt_setprop_string(fdt, node, "device_type", "memory"));
	return fdt_appendprop_addrrange(fdt, 0, node, "reg", g->ram_base, g->ram_size);
}

static int complete_chosen(void *fdt, const struct guest_fdt *g)
{
	int node = fdt_path_offset(fdt, "/chosen");

	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(fdt, 0, "chosen");
	TRY(node);
	if (g->bootargs[0] != '\0')
		TRY(fdt_setprop_string(fdt, node, "bootargs", g->bootargs));
	if (g->ramdisk_size != 0) {
		TRY(fdt_setprop_u64(fdt, node, "linux,initrd-start", g->ramdisk));
		TRY(fdt_setprop_u64(fdt, node, "linux,initrd-end", g->ramdisk + g->ramdisk_size));
	}
	if (g->rng_seed != NULL)
		TRY(fdt_setprop(fdt, node, "rng-seed", g->rng_seed, (int)g->rng_seed_size));
	return 0;
}

static int complete_tree(void *fdt, const struct guest_fdt *g)
{
	TRY(replace_memory(fdt, g));
	TRY(complete_chosen(fdt, g));
	return fdt_pack(fdt);
}

size_t guest_fdt_adopt(void *buf, size_t size, const void *own, size_t own_size, const struct guest_fdt *g, char *err,
		       size_t errlen)
{
	const char *wrong;
	int e;

	if (own_size > size)
		return FAIL("the guest's own device tree has %lu bytes, more than %lu", (unsigned long)own_size, (unsigned long)size);
	/* Inside a FIT image the tree is 4-byte aligned only: move it to where libfdt can look at it. */
	memset(buf, 0, size);
	memcpy(buf, own, own_size);
	wrong = tree_damage(buf, own_size);
	if (wrong != NULL)
		return FAIL("the guest's own device tree is damaged: %s", wrong);
	e = fdt_open_into(buf, buf, (int)size);
	if (e < 0)
		return FAIL("cannot extend the guest's own device tree: %s", fdt_strerror(e));
	wrong = judge_cpus(buf, g);
	if (wrong != NULL)
		return FAIL("the guest's own device tree does not fit: %s", wrong);
	e = complete_tree(buf, g);
	if (e < 0)
		return FAIL("cannot complete the guest's own device tree: %s", fdt_strerror(e));
	return fdt_totalsize(buf);
}
