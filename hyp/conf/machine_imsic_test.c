/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/machine.c hyp/conf/host_devices.c hyp/conf/isa.c hyp/lib/range.c
 * hyp/conf/tree.c hyp/lib/fail.c
 */
/*
 * machine_imsic_test.c - which interrupt file is whose: trees with IMSICs, right and wrong, read by
 * machine.c.
 */
#include "conf/machine.h"
#include "conf/test_tree.h"
#include "lib/fail.h"

static _Alignas(8) uint8_t tree[8192];
static struct machine m;

static void write_cpus(void *fdt)
{
	/* As in a board with harts of two kinds, and not in the order of their ids. */
	static const struct {
		const char *name, *isa;
		uint32_t id;
	} harts[] = { { "cpu@8", "rv64imafdcvh", 8 },
		      { "cpu@0", "rv64imafdch_smaia_ssaia", 0 },
		      { "cpu@1", "rv64imafdch_smaia_ssaia", 1 },
		      { "cpu@9", "rv64imafdcvh", 9 } };

	MUST(fdt_begin_node(fdt, "cpus"));
	MUST(fdt_property_u32(fdt, "#address-cells", 1));
	MUST(fdt_property_u32(fdt, "timebase-frequency", 1000000));
	for (unsigned i = 0; i < ARRAY_SIZE(harts); i++) {
		MUST(fdt_begin_node(fdt, harts[i].name));
		MUST(fdt_property_string(fdt, "device_type", "cpu"));
		MUST(fdt_property_u32(fdt, "reg", harts[i].id));
		MUST(fdt_property_string(fdt, "riscv,isa", harts[i].isa));
		MUST(fdt_begin_node(fdt, "interrupt-controller"));
		MUST(fdt_property_u32(fdt, "phandle", 1 + i));
		MUST(fdt_end_node(fdt));
		MUST(fdt_end_node(fdt));
	}
	MUST(fdt_end_node(fdt));
}

/*
 * The interrupt files of one privilege level: two groups, the first of two harts; a guest's file
 * behind each.
 */
static void write_imsics(void *fdt, const char *name, uint32_t base, uint32_t irq)
{
	fdt32_t reg[8], to[8];

	for (unsigned i = 0; i < 2; i++) {
		put_cells(reg + 4 * i, 2, base + i * 0x1000000);
		put_cells(reg + 4 * i + 2, 2, 0x4000);
	}
	for (unsigned i = 0; i < 4; i++)
		put_cells(to + 2 * i, 2, (uint64_t)(1 + i) << 32 | irq);
	MUST(fdt_begin_node(fdt, name));
	put_list(fdt, "compatible", "some,imsics riscv,imsics");
	MUST(fdt_property(fdt, "reg", reg, sizeof(reg)));
	MUST(fdt_property(fdt, "interrupts-extended", to, sizeof(to)));
	MUST(fdt_property_u32(fdt, "riscv,guest-index-bits", 1));
	MUST(fdt_property_string(fdt, "status", "okay"));
	MUST(fdt_end_node(fdt));
}

static void write_tree(void)
{
	fdt32_t reg[4];

	put_cells(reg, 2, 0x80000000);
	put_cells(reg + 2, 2, GIB);
	MUST(fdt_create(tree, sizeof(tree)));
	MUST(fdt_finish_reservemap(tree));
	MUST(fdt_begin_node(tree, ""));
	MUST(fdt_property_u32(tree, "#address-cells", 2));
	MUST(fdt_property_u32(tree, "#size-cells", 2));
	write_cpus(tree);
	MUST(fdt_begin_node(tree, "memory@80000000"));
	MUST(fdt_property_string(tree, "device_type", "memory"));
	MUST(fdt_property(tree, "reg", reg, sizeof(reg)));
	MUST(fdt_end_node(tree));
	MUST(fdt_begin_node(tree, "soc"));
	MUST(fdt_property_u32(tree, "#address-cells", 2));
	MUST(fdt_property_u32(tree, "#size-cells", 2));
	MUST(fdt_property(tree, "ranges", "", 0));
	write_imsics(tree, "imsics@28000000", 0x28000000, 9);
	write_imsics(tree, "imsics@24000000", 0x24000000, 11);
	MUST(fdt_end_node(tree));
	MUST(fdt_end_node(tree));
	MUST(fdt_finish(tree));
	MUST(fdt_open_into(tree, tree, sizeof(tree)));
}

/* A file for each hart that can use one; a tree that is wrong about them is good for all else. */
static void test_imsics(void)
{
	static const struct {
		const char *name, *path, *prop;
		const char *value;
		int len;
		/* the second and the third in the tree; the others lack Ssaia */
		paddr_t of_hart_0, of_hart_1;
	} rows[] = {
		{ "imsics_of_two_groups", "/soc/imsics@24000000", "reg", NULL, 0, 0x28002000,
		  0x29000000 },
		{ "imsics_without_guest_files", "/soc/imsics@28000000", "riscv,guest-index-bits",
		  NULL, 0, 0x28001000, 0x28002000 },
		{ "imsics_with_too_many_guest_files", "/soc/imsics@28000000",
		  "riscv,guest-index-bits", "\0\0\0\7", 4, 0, 0 },
		{ "imsics_disabled", "/soc/imsics@28000000", "status", "disabled", 9, 0, 0 },
		{ "imsics_on_a_bus_that_translates", "/soc", "ranges", NULL, 0, 0, 0 },
		{ "imsics_without_reg", "/soc/imsics@28000000", "reg", NULL, 0, 0, 0 },
		{ "imsics_with_an_odd_reg", "/soc/imsics@28000000", "reg", "\0\0\0\0\050", 5, 0,
		  0 },
		{ "imsics_not_at_a_page", "/soc/imsics@28000000", "reg",
		  "\0\0\0\0\050\0\0\4\0\0\0\0\0\1\0\0", 16, 0, 0 },
		{ "imsics_too_few", "/soc/imsics@28000000", "reg",
		  "\0\0\0\0\050\0\0\0\0\0\0\0\0\0\100\0", 16, 0x28002000, 0 },
		{ "imsics_of_nobody", "/soc/imsics@28000000", "interrupts-extended",
		  "\0\0\0\1\0\0\0\11\0\0\0\2", 12, 0, 0 },
		{ "imsics_and_a_hart_without_a_controller", "/cpus/cpu@1/interrupt-controller",
		  "phandle", NULL, 0, 0x28002000, 0 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		int node;

		write_tree();
		node = fdt_path_offset(tree, rows[i].path);
		MUST(node);
		MUST(rows[i].value == NULL
			     ? fdt_delprop(tree, node, rows[i].prop)
			     : fdt_setprop(tree, node, rows[i].prop, rows[i].value, rows[i].len));
		CHECK(machine_read(tree, sizeof(tree), &m) && m.hart[0].imsic == 0 &&
			      m.hart[3].imsic == 0 && m.hart[1].imsic == rows[i].of_hart_0 &&
			      m.hart[2].imsic == rows[i].of_hart_1,
		      rows[i].name, "%s %lx %lx %lx %lx", fail_text, m.hart[0].imsic,
		      m.hart[1].imsic, m.hart[2].imsic, m.hart[3].imsic);
	}
}

int main(void)
{
	test_imsics();
	return failures != 0;
}
