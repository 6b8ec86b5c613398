/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/assign.c hyp/conf/host_tree.c hyp/conf/tree.c hyp/conf/tree_out.c
 * hyp/conf/options.c hyp/lib/range.c hyp/lib/fail.c
 */
/*
 * pci_test.c - a PCIe host bridge as QEMU's virt has it: what a VM gets of it, what is refused, and
 * which functions are silenced.
 */
#include "lib/types.h"

/* Stand-ins for memory and the scheduler. */
#define RISCV_MMU_H
#define SCHED_SCHED_H
static uint8_t space[4][1 << 20] __attribute__((aligned(4096))); /* of four buses */
#define ECAM 0x30000000UL

static void *window_open(paddr_t pa, uint64_t size UNUSED)
{
	return space[0] + (pa - ECAM);
}
static void window_close(void)
{
}
static void preempt_point(void)
{
}

#include "dev/pci.c"

#include "conf/option.h"
#include "conf/test_tree.h"

static _Alignas(8) uint8_t host[16384], out[16384];
static struct machine m;
static struct vm_config vm;

bool device_in(gpaddr_t base, uint64_t size)
{
	return base < 0x10000100 && 0x10000000 < base + size;
}

bool device_has_source(unsigned source)
{
	return source == 10;
}

static void cells(const char *name, unsigned n, const uint32_t *values)
{
	fdt32_t p[64];

	for (unsigned i = 0; i < n; i++)
		p[i] = cpu_to_fdt32(values[i]);
	MUST(fdt_property(host, name, p, (int)n * 4));
}
#define CELLS(name, ...) \
	cells(name, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (const uint32_t[]){ __VA_ARGS__ })

/* What is wrong with it, or NULL. */
static const char *wrong;

static bool is(const char *what)
{
	return wrong && strcmp(wrong, what) == 0;
}

/* With a window in common with the other one. */
static void twin(void)
{
	MUST(fdt_begin_node(host, "pci@38000000"));
	put_list(host, "compatible", "pci-host-ecam-generic");
	CELLS("reg", 0, 0x38000000, 0, 0x400000);
	CELLS("#address-cells", 3);
	CELLS("#size-cells", 2);
	CELLS("#interrupt-cells", 1);
	CELLS("ranges", 0x2000000, 0, 0x7f000000, 0, 0x7f000000, 0, 0x1000000);
	MUST(fdt_end_node(host));
}

static void bridge(void)
{
	MUST(fdt_begin_node(host, "pci@30000000"));
	put_list(host, "compatible", is("kind") ? "acme,pcie" : "pci-host-ecam-generic");
	CELLS("reg", 0, ECAM, 0, is("ecam") ? 0x1000 : 0x400000);
	CELLS("#address-cells", is("cells") ? 2 : 3);
	CELLS("#size-cells", 2);
	CELLS("#interrupt-cells", 1);
	CELLS("bus-range", is("buses"), 3);
	if (is("clocks"))
		CELLS("clocks", 1);
	if (is("iommu"))
		CELLS("iommu-map", 0, 1, 0, 0xffff);
	if (is("ranges"))
		CELLS("ranges", 1, 2, 3);
	else if (is("window"))
		CELLS("ranges", 0x2000000, 0, 0x40000000, 0x1000000, 0, 0, 0x40000000);
	else if (is("memory"))
		CELLS("ranges", 0x2000000, 0, 0x80000000, 0, 0x80000000, 0, 0x40000000);
	else
		CELLS("ranges", 0x1000000, 0, 0, 0, 0x3000000, 0, 0x10000,
		      0x2000000, 0, 0x40000000, 0, 0x40000000, 0, 0x40000000,
		      0x3000000, 4, 0, 4, 0, 4, 0);
	CELLS("interrupt-map-mask", 0x1800, 0, 0, 7);
	if (is("map"))
		CELLS("interrupt-map", 0, 0, 0, 1, 9);
	else if (is("others"))
		CELLS("interrupt-map", 0, 0, 0, 1, 8, 32);
	else if (is("source"))
		CELLS("interrupt-map", 0, 0, 0, 1, 9, 96);
	else
		CELLS("interrupt-map", 0, 0, 0, 1, 9, 32, 0, 0, 0, 2, 9, 33, 0x800, 0, 0, 1, 9, 33,
		      0x800, 0, 0, 2, 9, 32);
	MUST(fdt_end_node(host));
}

static void build(const char *what)
{
	wrong = what;
	MUST(fdt_create(host, sizeof(host)));
	MUST(fdt_finish_reservemap(host));
	MUST(fdt_begin_node(host, ""));
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	MUST(fdt_begin_node(host, "memory@80000000"));
	MUST(fdt_property_string(host, "device_type", "memory"));
	CELLS("reg", 0, 0x80000000, 0, 0x8000000);
	MUST(fdt_end_node(host));
	MUST(fdt_begin_node(host, "soc"));
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	MUST(fdt_property(host, "ranges", "", 0));
	MUST(fdt_begin_node(host, "plic@c000000"));
	put_list(host, "compatible", "sifive,plic-1.0.0 riscv,plic0");
	CELLS("reg", 0, 0xc000000, 0, 0x600000);
	CELLS("#interrupt-cells", 1);
	CELLS("#address-cells", 0);
	CELLS("phandle", 9);
	MUST(fdt_end_node(host));
	bridge();
	if (is("twins"))
		twin();
	MUST(fdt_end_node(host));
	MUST(fdt_end_node(host));
	MUST(fdt_finish(host));
	m.fdt = host;
}

static bool ask(const char *what, bool direct)
{
	build(what);
	fail_text[0] = '\0';
	vm = (struct vm_config){ .name = "a", .mem = 64 * MIB, .says_ram = true, .direct = direct,
				 .direct_at = 0x82000000,
				 .devices = { .data = "pci", .size = 4 } };
	return assign_devices(&m, &vm, 1);
}

static void refused(const char *what, const char *says)
{
	char name[64];
	bool ok = ask(what, true);

	snprintf(name, sizeof(name), "refused_%s", what);
	CHECK(!ok && strstr(fail_text, says) != NULL, name, "%s", ok ? "allowed" : fail_text);
}

static uint32_t cell(const char *prop, unsigned i)
{
	int len = 0;
	const fdt32_t *p = fdt_getprop(out, fdt_path_offset(out, "/pci@30000000"), prop, &len);

	return p && (int)i < len / 4 ? fdt32_to_cpu(p[i]) : ~0U;
}

static void given(void)
{
	const struct assigned *d = &assignment.device[0];
	struct tree_out o;

	CHECK(ask(NULL, true) && assignment.count == 1 && d->nr_regs == 4 &&
		      d->reg[3].base == 0x400000000 && d->reg[3].size == 16 * GIB &&
		      d->reg[2].base == 0x40000000 && d->reg[2].size == GIB,
	      "windows", "%s, %u", fail_text, d->nr_regs);
	CHECK(d->nr_sources == 2 && d->source[0] == 32 && d->source[1] == 33, "each_wire_once",
	      "%u", d->nr_sources);
	CHECK(!ask(NULL, false) && strstr(fail_text, "ram=direct"), "wants_direct_memory", "%s",
	      fail_text);
	ask(NULL, true);
	tree_begin(&o, out, sizeof(out), NULL);
	tree_node_begin(&o, "");
	assign_nodes(&o, &vm);
	tree_node_end(&o);
	CHECK(tree_finish(&o) != 0 && fdt_check_header(out) == 0, "tree_is_sound", "no");
	CHECK(cell("reg", 1) == ECAM && cell("reg", 4) == ~0U, "its_own_registers", "0x%x",
	      cell("reg", 1));
	CHECK(cell("ranges", 0) == 0x1000000 && cell("ranges", 4) == 0x3000000 &&
		      cell("ranges", 14) == 0x3000000 && cell("ranges", 15) == 4 &&
		      cell("ranges", 19) == 4 && cell("ranges", 21) == ~0U,
	      "ranges", "0x%x", cell("ranges", 14));
	CHECK(cell("interrupt-map", 4) == GUEST_FDT_PLIC && cell("interrupt-map", 5) == 32 &&
		      cell("interrupt-map", 12) == 0x800 && cell("interrupt-map", 23) == 32 &&
		      cell("interrupt-map", 24) == ~0U && cell("interrupt-map-mask", 0) == 0x1800,
	      "map_names_the_guests_controller", "0x%x", cell("interrupt-map", 4));
}

static volatile uint16_t *command_of(unsigned bus, unsigned function)
{
	return (volatile uint16_t *)(space[bus] + function * PAGE_SIZE + COMMAND);
}

/* A bridge to bus 2 on bus 0, functions on each; nothing else is there. */
static void quiesced(void)
{
	unsigned wrongly = 0;

	ask(NULL, true);
	memset(space, 0xff, sizeof(space));
	for (unsigned bus = 0; bus < 4; bus++)
		for (unsigned f = 0; f < FUNCTIONS; f += 17) {
			/* the id of one is that of a virtual function */
			*(uint16_t *)(space[bus] + f * PAGE_SIZE) = f == 51 ? 0xffff : 0x1af4;
			*command_of(bus, f) = 0x507;
			space[bus][f * PAGE_SIZE + HEADER] = f == 34 ? 0x81 : 0x80;
			space[bus][f * PAGE_SIZE + LAST_BUS] = f == 34 ? 2 : 3;
		}
	assignment.device[0].kind->silence(&assignment.device[0]);
	for (unsigned bus = 0; bus < 4; bus++)
		for (unsigned f = 0; f < FUNCTIONS; f++)
			wrongly += *command_of(bus, f) !=
				   (f % 17 ? 0xffff : bus < 3 ? 0x503 : 0x507);
	CHECK(!wrongly, "no_function_is_a_bus_master", "%u wrong", wrongly);
}

int main(void)
{
	given();
	refused("kind", "it needs others");
	refused("clocks", "it needs others");
	refused("iommu", "it needs others");
	refused("ecam", "not one range of whole MiB");
	refused("cells", "not 3 cells");
	refused("buses", "do not begin with 0");
	refused("ranges", "its ranges are not");
	refused("window", "cannot be an address");
	refused("memory", "memory@80000000 has");
	refused("map", "interrupt-map does not have");
	refused("others", "do not go to the PLIC");
	refused("source", "interrupt 96");
	refused("twins", "has addresses in common with it");
	quiesced();
	return failures != 0;
}
