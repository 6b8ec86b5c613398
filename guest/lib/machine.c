/* SPDX-License-Identifier: MIT */
/*
 * machine.c - questions to the device tree, through libfdt only.
 */
#include <libfdt.h>

#include "machine.h"
#include "console.h"
#include "str.h"

struct machine machine;

extern char _image_start[];

/* The @at-th number of a property of @cells-cell numbers. */
static u64 read_cells(const fdt32_t *p, int cells)
{
	u64 v = 0;

	for (; cells > 0; cells--)
		v = v << 32 | fdt32_to_cpu(*p++);
	return v;
}

static u64 number_property(const void *fdt, int node, const char *name)
{
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, name, &len);

	return p ? read_cells(p, len / 4) : 0;
}

static bool is_cpu(const void *fdt, int node)
{
	const char *type = fdt_getprop(fdt, node, "device_type", NULL);
	const char *status = fdt_getprop(fdt, node, "status", NULL);

	if (!type || strcmp(type, "cpu"))
		return false;
	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

bool machine_has(const char *name)
{
	const void *fdt = machine.fdt;
	int cpu = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "cpu",
						sizeof("cpu"));
	int len;
	const char *isa;

	if (fdt_getprop(fdt, cpu, "riscv,isa-extensions", &len))
		return fdt_stringlist_contains(
			fdt_getprop(fdt, cpu, "riscv,isa-extensions", &len),
			len, name);
	isa = fdt_getprop(fdt, cpu, "riscv,isa", NULL);
	if (!isa || strlen(isa) < 4)
		return false;
	for (isa += 4; *isa && *isa != '_'; isa++)	/* "rv64imafdch_..." */
		if (*isa == name[0] && !name[1])
			return true;
	while ((isa = strchr(isa, '_'))) {
		size_t n = strlen(name);

		if (!strncmp(++isa, name, n) && (!isa[n] || isa[n] == '_'))
			return true;
	}
	return false;
}

u64 machine_cpu_number(const char *property)
{
	int cpu = fdt_node_offset_by_prop_value(machine.fdt, -1, "device_type",
						"cpu", sizeof("cpu"));

	return number_property(machine.fdt, cpu, property);
}

/* An 'h' among the single letters of "rv64imafdch_zicsr_..."? */
static bool isa_has_h(const void *fdt, int node)
{
	const char *isa = fdt_getprop(fdt, node, "riscv,isa", NULL);

	for (isa = isa ? isa : ""; *isa && *isa != '_'; isa++)
		if (*isa == 'h')
			return true;
	return false;
}

static void find_harts(const void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int node;

	machine.timebase = number_property(fdt, cpus, "timebase-frequency");
	fdt_for_each_subnode(node, fdt, cpus) {
		if (!is_cpu(fdt, node) || machine.hart_count == MAX_HARTS)
			continue;
		if (!machine.timebase)
			machine.timebase = number_property(fdt, node,
						"timebase-frequency");
		machine.has_h |= isa_has_h(fdt, node);
		machine.hart_id[machine.hart_count++] =
			number_property(fdt, node, "reg");
	}
}

/* First range of a node's reg, with the cell counts of its parent. */
static bool first_range(const void *fdt, int parent, int node, u64 *base,
			u64 *size)
{
	int ac = fdt_address_cells(fdt, parent);
	int sc = fdt_size_cells(fdt, parent);
	int len;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);

	if (!reg || len < (ac + sc) * 4)
		return false;
	*base = read_cells(reg, ac);
	*size = read_cells(reg + ac, sc);
	return true;
}

static void find_memory(const void *fdt)
{
	u64 here = (u64)_image_start, base, size;
	int node;

	fdt_for_each_subnode(node, fdt, 0) {
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);

		if (!type || strcmp(type, "memory"))
			continue;
		if (!first_range(fdt, 0, node, &base, &size))
			continue;
		if (here - base < size) {
			machine.ram_base = base;
			machine.ram_size = size;
		}
	}
}

static void find_firmware(const void *fdt)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory");
	u64 base, size;
	int node;

	fdt_for_each_subnode(node, fdt, parent) {
		const char *name = fdt_get_name(fdt, node, NULL);

		if (strncmp(name, "mmode_resv", 10))
			continue;
		if (first_range(fdt, parent, node, &base, &size))
			machine.firmware_base = base;
	}
}

bool machine_init(const void *fdt)
{
	int chosen;

	machine.fdt = fdt;
	machine.bootargs = "";
	if (fdt_check_header(fdt))
		return false;
	find_harts(fdt);
	find_memory(fdt);
	find_firmware(fdt);
	chosen = fdt_path_offset(fdt, "/chosen");
	if (chosen >= 0) {
		const char *args = fdt_getprop(fdt, chosen, "bootargs", NULL);

		if (args)
			machine.bootargs = args;
	}
	return machine.hart_count && machine.timebase && machine.ram_size;
}

u64 absent_hart_id(void)
{
	u64 top = 0;

	for (u32 i = 0; i < machine.hart_count; i++)
		if (machine.hart_id[i] > top)
			top = machine.hart_id[i];
	return top + 1;
}

u64 hole_address(void)
{
	return machine.ram_base + machine.ram_size + MIB(64);
}

u64 bad_address(void)
{
	return machine.firmware_base ? machine.firmware_base : hole_address();
}

const char *boot_option(const char *key, size_t *len)
{
	size_t klen = strlen(key);
	const char *p = machine.bootargs;

	while (*p) {
		const char *end = strchr(p, ' ');
		size_t n = end ? (size_t)(end - p) : strlen(p);

		if (n >= klen && !strncmp(p, key, klen) &&
		    (n == klen || p[klen] == '=')) {
			*len = n == klen ? 0 : n - klen - 1;
			return n == klen ? p + n : p + klen + 1;
		}
		p += n;
		while (*p == ' ')
			p++;
	}
	return NULL;
}

u64 boot_number(const char *key, u64 fallback)
{
	size_t len;
	const char *v = boot_option(key, &len);

	return v && len ? strtoul(v, NULL, 0) : fallback;
}
