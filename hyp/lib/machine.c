/* SPDX-License-Identifier: MIT */
/*
 * machine.c - read the host's device tree. Contracts are in machine.h.
 *
 * Every reader returns false after writing a message; nothing is half believed. Devicetree Specification 0.4, chapters
 * 2.3 (cells, status), 3.4-3.8 (memory, reserved-memory, chosen, cpus) and the bindings riscv/cpus.yaml and extensions.yaml.
 */
#include "lib/machine.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/tree.h"
#include <libfdt.h>

#define PAGE (4 * KIB)

struct reader {
	const void *fdt;
	struct machine *m;
	char *err;
	size_t errlen;
};

#define FAIL(r, ...) (snprintf((r)->err, (r)->errlen, __VA_ARGS__), false)

static const char *name_of(const struct reader *r, int node)
{
	return tree_name(r->fdt, node);
}

/* A node without status is enabled. */
static bool enabled(const struct reader *r, int node)
{
	return !tree_has(r->fdt, node, "status") || tree_string_is(r->fdt, node, "status", "okay") ||
	       tree_string_is(r->fdt, node, "status", "ok");
}

/* Call @take for every entry of reg of @node, a child of @parent. A node without reg has none. */
static bool each_reg(struct reader *r, int parent, int node, bool (*take)(struct reader *r, int node, paddr_t base, uint64_t size))
{
	int ac = fdt_address_cells(r->fdt, parent), sc = fdt_size_cells(r->fdt, parent), len;
	const fdt32_t *reg = fdt_getprop(r->fdt, node, "reg", &len);
	uint64_t base, size;

	if (reg == NULL)
		return true;
	if (ac < 1 || sc < 1)
		return FAIL(r, "%s: bad #address-cells or #size-cells", name_of(r, node));
	if (len % (4 * (ac + sc)) != 0)
		return FAIL(r, "%s: reg has %d bytes, not a multiple of %d", name_of(r, node), len, 4 * (ac + sc));
	for (; len > 0; len -= 4 * (ac + sc), reg += ac + sc) {
		if (!tree_cells(reg, ac, &base) || !tree_cells(reg + ac, sc, &size))
			return FAIL(r, "%s: reg has a number of more than 64 bits", name_of(r, node));
		if (size == 0)
			continue;
		if (!range_valid(base, size))
			return FAIL(r, "%s: 0x%lx + 0x%lx is outside the 56-bit physical address space", name_of(r, node),
				    (unsigned long)base, (unsigned long)size);
		if (!take(r, node, base, size))
			return false;
	}
	return true;
}

/* Why a hart with these properties cannot run us or guests; fills in h->isa and h->mmu. */
static const char *judge_hart(const struct reader *r, int node, struct machine_hart *h)
{
	const char *base = tree_string(r->fdt, node, "riscv,isa-base"), *mmu = tree_string(r->fdt, node, "mmu-type");
	const char *isa = tree_string(r->fdt, node, "riscv,isa"), *name;
	const uint64_t compiled_for = ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_C);
	int len;

	if (!enabled(r, node))
		return "disabled in the device tree";
	if (tree_has(r->fdt, node, "riscv,isa-extensions")) {
		if (base != NULL && strcmp(base, "rv64i") != 0)
			return "not an rv64i hart";
		for (int i = 0; (name = fdt_stringlist_get(r->fdt, node, "riscv,isa-extensions", i, &len)) != NULL; i++)
			h->isa |= isa_from_name(name, (size_t)len);
		h->isa |= ISA_BIT(ISA_I);
	} else if (isa == NULL) {
		return "neither riscv,isa-extensions nor riscv,isa in the device tree";
	} else if (!isa_from_string(isa, strlen(isa), &h->isa)) {
		return "not an rv64 hart";
	}
	h->mmu = tree_string_is(r->fdt, node, "mmu-type", "riscv,sv57") ? 57 :
		 tree_string_is(r->fdt, node, "mmu-type", "riscv,sv48") ? 48 : 39;
	if (mmu != NULL && h->mmu == 39 && strcmp(mmu, "riscv,sv39") != 0)
		return "mmu-type is not sv39, sv48 or sv57";
	if ((h->isa & ISA_BIT(ISA_H)) == 0)
		return "no hypervisor extension (h)";
	if ((h->isa & compiled_for) != compiled_for)
		return "lacks m, a or c, which the hypervisor's own code uses";
	return NULL;
}

static uint32_t block_size(const struct reader *r, int node, const char *name)
{
	uint64_t v;

	return tree_number(r->fdt, node, name, &v) == 1 && v >= 8 && v <= PAGE && (v & (v - 1)) == 0 ? (uint32_t)v : 0;
}

static bool read_hart(struct reader *r, int node, int address_cells)
{
	struct machine *m = r->m;
	struct machine_hart *h = &m->hart[m->hart_count];
	uint64_t id;
	int len;
	const fdt32_t *reg = fdt_getprop(r->fdt, node, "reg", &len);

	if (reg == NULL || len != 4 * address_cells || !tree_cells(reg, address_cells, &id))
		return FAIL(r, "%s: reg is not one hart id of %d cells", name_of(r, node), address_cells);
	if (machine_hart_index(m, id) >= 0)
		return FAIL(r, "%s: a second hart with id %lu", name_of(r, node), (unsigned long)id);
	if (m->timebase == 0 && tree_number(r->fdt, node, "timebase-frequency", &m->timebase) < 0)
		return FAIL(r, "%s: timebase-frequency is not a number of 1 or 2 cells", name_of(r, node));
	if (m->hart_count == MACHINE_MAX_HARTS) {
		m->harts_over++;
		return true;
	}
	*h = (struct machine_hart){ .id = id };
	h->skip = judge_hart(r, node, h);
	h->cbom_block = block_size(r, node, "riscv,cbom-block-size");
	h->cboz_block = block_size(r, node, "riscv,cboz-block-size");
	m->hart_count++;
	return true;
}

/* What all usable harts have in common. */
static bool summarize_harts(struct reader *r)
{
	struct machine *m = r->m;

	if (m->hart_count == 0)
		return FAIL(r, "/cpus has no cpu node");
	for (unsigned i = 0; i < m->hart_count; i++) {
		const struct machine_hart *h = &m->hart[i];

		if (h->skip != NULL)
			continue;
		if (m->hart_usable++ == 0) {
			m->isa = h->isa;
			m->mmu = h->mmu;
			m->cbom_block = h->cbom_block;
			m->cboz_block = h->cboz_block;
		}
		m->isa &= h->isa;
		m->mmu = MIN(m->mmu, h->mmu);
		m->cbom_block = m->cbom_block == h->cbom_block ? m->cbom_block : 0;
		m->cboz_block = m->cboz_block == h->cboz_block ? m->cboz_block : 0;
	}
	if (m->hart_usable == 0)
		return FAIL(r, "no usable hart; hart %lu: %s (QEMU: -cpu rv64,h=true)", (unsigned long)m->hart[0].id, m->hart[0].skip);
	return true;
}

static bool read_harts(struct reader *r)
{
	int cpus = fdt_path_offset(r->fdt, "/cpus"), node, ac;

	if (cpus < 0)
		return FAIL(r, "no /cpus node");
	ac = fdt_address_cells(r->fdt, cpus);
	if (ac != 1 && ac != 2)
		return FAIL(r, "/cpus: #address-cells is not 1 or 2");
	if (tree_number(r->fdt, cpus, "timebase-frequency", &r->m->timebase) < 0)
		return FAIL(r, "/cpus: timebase-frequency is not a number of 1 or 2 cells");
	fdt_for_each_subnode(node, r->fdt, cpus)
		if (tree_string_is(r->fdt, node, "device_type", "cpu") && !read_hart(r, node, ac))
			return false;
	if (r->m->timebase == 0)
		return FAIL(r, "no timebase-frequency in /cpus, or it is 0");
	return summarize_harts(r);
}

static bool take_bank(struct reader *r, int node UNUSED, paddr_t base, uint64_t size)
{
	if (r->m->bank_count == MACHINE_MAX_BANKS)
		r->m->banks_over++;
	else
		r->m->bank[r->m->bank_count++] = (struct range){ base, size };
	return true;
}

static bool take_reserved(struct reader *r, int node, paddr_t base, uint64_t size)
{
	if (!machine_reserve(r->m, base, size))
		return FAIL(r, "%s: more than %d reserved ranges", name_of(r, node), MACHINE_MAX_RESERVED);
	return true;
}

static bool read_memory(struct reader *r)
{
	int node;

	fdt_for_each_subnode(node, r->fdt, 0) {
		if (!tree_string_is(r->fdt, node, "device_type", "memory") || !enabled(r, node))
			continue;
		if (!tree_has(r->fdt, node, "reg"))
			return FAIL(r, "%s: no reg", name_of(r, node));
		if (!each_reg(r, 0, node, take_bank))
			return false;
	}
	return r->m->bank_count != 0 ? true : FAIL(r, "no memory node with device_type = \"memory\" and a size");
}

static bool read_reservations(struct reader *r)
{
	int parent = fdt_path_offset(r->fdt, "/reserved-memory"), node, len, count = fdt_num_mem_rsv(r->fdt);
	uint64_t base, size;

	for (int i = 0; i < count; i++) {
		if (fdt_get_mem_rsv(r->fdt, i, &base, &size) != 0 || (size != 0 && !range_valid(base, size)))
			return FAIL(r, "/memreserve/ entry %d is outside the 56-bit physical address space", i);
		if (size != 0 && !machine_reserve(r->m, base, size))
			return FAIL(r, "/memreserve/: more than %d reserved ranges", MACHINE_MAX_RESERVED);
	}
	if (parent < 0)
		return true;
	if (fdt_getprop(r->fdt, parent, "ranges", &len) != NULL && len != 0)
		return FAIL(r, "/reserved-memory: its ranges property translates addresses, which is not supported");
	fdt_for_each_subnode(node, r->fdt, parent)
		if (enabled(r, node) && !each_reg(r, parent, node, take_reserved))
			return false;
	return true;
}

static bool read_initrd(struct reader *r, int chosen)
{
	struct machine *m = r->m;
	uint64_t start = 0, end = 0;
	int have_start = tree_number(r->fdt, chosen, "linux,initrd-start", &start);
	int have_end = tree_number(r->fdt, chosen, "linux,initrd-end", &end);

	if (have_start < 0 || have_end < 0 || have_start != have_end || end < start)
		return FAIL(r, "/chosen: linux,initrd-start and -end are not two addresses in order");
	if (end == start)
		return true;
	for (unsigned i = 0; i < m->bank_count && !m->has_initrd; i++)
		m->has_initrd = start >= m->bank[i].base && end <= m->bank[i].base + m->bank[i].size;
	m->initrd = (struct range){ start, end - start };
	if (!m->has_initrd)
		return FAIL(r, "/chosen: the initrd 0x%lx-0x%lx is not inside a memory bank", (unsigned long)start, (unsigned long)end);
	return true;
}

static bool read_strings(struct reader *r, int chosen)
{
	const char *model = tree_string(r->fdt, 0, "model");

	r->m->model = model != NULL ? model : "unknown machine";
	if (!tree_has(r->fdt, chosen, "bootargs"))
		return true;
	if (tree_string(r->fdt, chosen, "bootargs") == NULL)
		return FAIL(r, "/chosen: bootargs is not a string");
	r->m->bootargs = tree_string(r->fdt, chosen, "bootargs");
	return true;
}

/* The exit device of QEMU's virt machine. Only taken when its bus maps addresses one to one. */
static void find_test_device(struct reader *r)
{
	int node = fdt_node_offset_by_compatible(r->fdt, -1, "sifive,test0"), len;
	int bus = node < 0 ? node : fdt_parent_offset(r->fdt, node);
	int cells = bus < 0 ? bus : fdt_address_cells(r->fdt, bus);
	const fdt32_t *reg = node < 0 ? NULL : fdt_getprop(r->fdt, node, "reg", &len);
	int ranges_len = 0;

	if (reg == NULL || cells < 1 || len < 4 * cells || !enabled(r, node))
		return;
	if (bus != 0 && (fdt_getprop(r->fdt, bus, "ranges", &ranges_len) == NULL || ranges_len != 0))
		return;
	r->m->has_test_dev = tree_cells(reg, cells, &r->m->test_dev) && range_valid(r->m->test_dev, PAGE);
}

size_t machine_fdt_size(const void *fdt)
{
	const struct fdt_header *h = fdt;
	size_t size = fdt32_ld(&h->totalsize);

	return fdt32_ld(&h->magic) == FDT_MAGIC && size >= sizeof(*h) && size <= MACHINE_FDT_MAX ? size : 0;
}

bool machine_read(const void *fdt, size_t size, struct machine *m, char *err, size_t errlen)
{
	struct reader r = { .fdt = fdt, .m = m, .err = err, .errlen = errlen };
	const char *wrong;
	int chosen;

	memset(m, 0, sizeof(*m));
	m->bootargs = "";
	if (size < sizeof(struct fdt_header) || machine_fdt_size(fdt) == 0)
		return FAIL(&r, "no device tree at the address in a1 (from U-Boot use booti, not go)");
	wrong = tree_damage(fdt, size);
	if (wrong != NULL)
		return FAIL(&r, "the device tree is damaged: %s", wrong);
	chosen = fdt_path_offset(fdt, "/chosen"); /* negative without one, and then nothing is found in it */
	find_test_device(&r);
	return read_strings(&r, chosen) && read_harts(&r) && read_memory(&r) && read_reservations(&r) && read_initrd(&r, chosen);
}

bool machine_reserve(struct machine *m, paddr_t base, uint64_t size)
{
	if (!range_valid(base, size) || m->reserved_count == MACHINE_MAX_RESERVED)
		return false;
	m->reserved[m->reserved_count++] = (struct range){ base, size };
	return true;
}

bool machine_free_ranges(const struct machine *m, struct range_list *list)
{
	list->count = 0;
	for (unsigned i = 0; i < m->bank_count; i++)
		if (!range_add(list, m->bank[i].base, m->bank[i].size))
			return false;
	for (unsigned i = 0; i < m->reserved_count; i++)
		if (!range_remove(list, m->reserved[i].base, m->reserved[i].size))
			return false;
	range_align(list, PAGE);
	return true;
}

int machine_hart_index(const struct machine *m, uint64_t id)
{
	for (unsigned i = 0; i < m->hart_count; i++)
		if (m->hart[i].id == id)
			return (int)i;
	return -1;
}
