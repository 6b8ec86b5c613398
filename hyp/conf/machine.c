/* SPDX-License-Identifier: MIT */
/*
 * machine.c - read the host's device tree. Contracts are in machine.h.
 *
 * Every reader returns false after writing a message; nothing is half believed. Devicetree
 * Specification 0.4, chapters 2.3 (cells, status), 3.4-3.8 (memory, reserved-memory, chosen, cpus)
 * and the bindings riscv/cpus.yaml and extensions.yaml.
 *
 * Optional room: machine, 320 lines.
 */
#include "conf/reader.h"
#include "lib/fail.h"
#include "lib/string.h"

#define PAGE (4 * KIB)

static const char *name_of(const struct reader *r, tree_node node)
{
	return tree_name(&r->t, node);
}

bool reader_enabled(const struct reader *r, tree_node node)
{
	return !tree_has(&r->t, node, "status") || tree_string_is(&r->t, node, "status", "okay") ||
	       tree_string_is(&r->t, node, "status", "ok");
}

bool reader_each_reg(struct reader *r, tree_node parent, tree_node node,
		     bool (*take)(struct reader *r, tree_node node, paddr_t base, uint64_t size))
{
	size_t len, entry;
	const uint8_t *reg = tree_prop(&r->t, node, "reg", &len);
	uint64_t base, size;

	if (reg == NULL)
		return true;
	if (r->bus != parent) {
		r->bus = parent;
		r->ac = tree_cell_count(&r->t, parent, "#address-cells", 2);
		r->sc = tree_cell_count(&r->t, parent, "#size-cells", 1);
	}
	entry = 4 * (r->ac + r->sc);
	if (r->ac == 0 || r->sc == 0)
		return fail("%s: bad #address-cells or #size-cells", name_of(r, node));
	if (len % entry != 0)
		return fail("%s: reg has %zu bytes, not a multiple of %zu", name_of(r, node), len,
			    entry);
	for (; len > 0; len -= entry, reg += entry) {
		if (!tree_cells(reg, r->ac, &base) || !tree_cells(reg + 4 * r->ac, r->sc, &size))
			return fail("%s: reg has a number of more than 64 bits", name_of(r, node));
		if (size == 0)
			continue;
		if (!range_valid(base, size))
			return fail("%s: 0x%lx + 0x%lx is outside the 56-bit physical address "
				    "space",
				    name_of(r, node), (unsigned long)base, (unsigned long)size);
		if (!take(r, node, base, size))
			return false;
	}
	return true;
}

/* What riscv,isa-extensions says. Harts are mostly alike: then it is looked into once. */
static isa_set read_names(struct reader *r, const char *names, size_t len)
{
	size_t n;

	if (len != 0 && len == r->names_len && memcmp(names, r->names, len) == 0)
		return r->isa;
	r->names = names;
	r->names_len = len;
	for (r->isa = ISA_BIT(ISA_I); (n = strnlen(names, len)) < len; names += n + 1, len -= n + 1)
		r->isa |= isa_from_name(names, n);
	return r->isa;
}

/*
 * Why a hart with these properties cannot run us or guests; fills in h->isa and *@sv, the bits of
 * its largest virtual addresses.
 */
static const char *judge_hart(struct reader *r, tree_node node, struct machine_hart *h,
			      unsigned *sv)
{
	const char *base = tree_string(&r->t, node, "riscv,isa-base"),
		   *mmu = tree_string(&r->t, node, "mmu-type");
	const char *isa = tree_string(&r->t, node, "riscv,isa"), *names;
	const isa_set compiled_for = ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_C);
	size_t len;

	if (!reader_enabled(r, node))
		return "disabled in the device tree";
	names = tree_prop(&r->t, node, "riscv,isa-extensions", &len);
	if (names != NULL) {
		if (base != NULL && strcmp(base, "rv64i") != 0)
			return "not an rv64i hart";
		h->isa = read_names(r, names, len);
	} else if (isa == NULL) {
		return "neither riscv,isa-extensions nor riscv,isa in the device tree";
	} else if (!isa_from_string(isa, strlen(isa), &h->isa)) {
		return "not an rv64 hart";
	} else {
		/* When trees had this property only, the letter i was said to include these. */
		h->isa |= ISA_BIT(ISA_ZICNTR) | ISA_BIT(ISA_ZICSR) | ISA_BIT(ISA_ZIFENCEI);
	}
	*sv = mmu == NULL || strcmp(mmu, "riscv,sv39") == 0 ? 39
	      : strcmp(mmu, "riscv,sv48") == 0              ? 48
	      : strcmp(mmu, "riscv,sv57") == 0              ? 57
							    : 0;
	if (*sv == 0)
		return "mmu-type is not sv39, sv48 or sv57";
	if ((h->isa & ISA_BIT(ISA_H)) == 0)
		return "no hypervisor extension (h)";
	if ((h->isa & compiled_for) != compiled_for)
		return "lacks m, a or c, which the hypervisor's own code uses";
	return NULL;
}

static uint32_t block_size(const struct reader *r, tree_node node, const char *name)
{
	uint64_t v;

	return tree_number(&r->t, node, name, &v) == 1 && v >= 8 && v <= PAGE && (v & (v - 1)) == 0
		       ? (uint32_t)v
		       : 0;
}

static bool read_hart(struct reader *r, tree_node node, unsigned address_cells)
{
	struct machine *m = r->m;
	struct machine_hart *h = &m->hart[m->hart_count];
	unsigned sv;
	uint64_t id;
	size_t len;
	const void *reg = tree_prop(&r->t, node, "reg", &len);

	if (reg == NULL || len != 4 * address_cells || !tree_cells(reg, address_cells, &id))
		return fail("%s: reg is not one hart id of %u cells", name_of(r, node),
			    address_cells);
	if (machine_hart_index(m, id) >= 0)
		return fail("%s: a second hart with id %lu", name_of(r, node), (unsigned long)id);
	if (m->timebase == 0 && tree_number(&r->t, node, "timebase-frequency", &m->timebase) < 0)
		return fail("%s: timebase-frequency is not a number of 1 or 2 cells",
			    name_of(r, node));
	if (m->hart_count == MACHINE_MAX_HARTS) {
		m->harts_over++;
		return true;
	}
	*h = (struct machine_hart){ .id = id };
	h->skip = judge_hart(r, node, h, &sv);
	if (h->skip == NULL) {
		m->hart_usable++;
		m->isa &= h->isa;
		m->mmu = MIN(m->mmu, sv);
		/* Powers of two: 0 unless all are the same. */
		m->cbom_block &= block_size(r, node, "riscv,cbom-block-size");
		m->cbop_block &= block_size(r, node, "riscv,cbop-block-size");
		m->cboz_block &= block_size(r, node, "riscv,cboz-block-size");
	}
	if (r->imsics != NULL && (h->isa & ISA_BIT(ISA_SSAIA)) != 0)
		h->imsic = reader_file(r, node);
	m->hart_count++;
	return true;
}

static bool read_harts(struct reader *r)
{
	unsigned ac = tree_cell_count(&r->t, r->cpus, "#address-cells", 2);
	struct machine *m = r->m;

	if (r->cpus == NULL)
		return fail("no /cpus node");
	if (ac != 1 && ac != 2)
		return fail("/cpus: #address-cells is not 1 or 2");
	if (tree_number(&r->t, r->cpus, "timebase-frequency", &m->timebase) < 0)
		return fail("/cpus: timebase-frequency is not a number of 1 or 2 cells");
	m->isa = ~(isa_set)0;
	m->mmu = m->cbom_block = m->cbop_block = m->cboz_block = UINT32_MAX;
	tree_each_child(&r->t, r->cpus, node)
		if (tree_string_is(&r->t, node, "device_type", "cpu") && !read_hart(r, node, ac))
			return false;
	if (m->timebase == 0)
		return fail("no timebase-frequency in /cpus, or it is 0");
	if (m->hart_count == 0)
		return fail("/cpus has no cpu node");
	return m->hart_usable != 0 || fail("no usable hart; hart %lu: %s (QEMU: -cpu rv64,h=true)",
					   (unsigned long)m->hart[0].id, m->hart[0].skip);
}

static bool take_bank(struct reader *r, tree_node node UNUSED, paddr_t base, uint64_t size)
{
	/* The rest of the list is for what is taken out of them. */
	if (r->m->memory.count == MACHINE_MAX_BANKS || !range_add(&r->m->memory, base, size))
		r->m->banks_over++;
	return true;
}

static bool take_reserved(struct reader *r, tree_node node, paddr_t base, uint64_t size)
{
	return range_remove(&r->m->memory, base, size) ||
	       fail("%s: reservations leave more than %d pieces of memory", name_of(r, node),
		    RANGE_MAX);
}

static bool read_memory(struct reader *r)
{
	for (unsigned i = 0; i < r->memory_count; i++) {
		if (!tree_has(&r->t, r->memory[i], "reg"))
			return fail("%s: no reg", name_of(r, r->memory[i]));
		if (!reader_each_reg(r, tree_root(&r->t), r->memory[i], take_bank))
			return false;
	}
	return r->m->memory.count != 0 ||
	       fail("no memory node with device_type = \"memory\" and a size");
}

static bool read_reservations(struct reader *r)
{
	uint64_t base, size;
	size_t len;

	for (unsigned i = 0; i < r->t.reserved_count; i++) {
		tree_reserved(&r->t, i, &base, &size);
		if (size != 0 && !range_valid(base, size))
			return fail("/memreserve/ entry %u is outside the 56-bit physical address "
				    "space",
				    i);
		if (size != 0 && !range_remove(&r->m->memory, base, size))
			return fail("/memreserve/: reservations leave more than %d pieces of "
				    "memory",
				    RANGE_MAX);
	}
	if (tree_prop(&r->t, r->reserved, "ranges", &len) != NULL && len != 0)
		return fail("/reserved-memory: its ranges property translates addresses, which is "
			    "not supported");
	tree_each_child(&r->t, r->reserved, node)
		if (reader_enabled(r, node) &&
		    !reader_each_reg(r, r->reserved, node, take_reserved))
			return false;
	return true;
}

/* Before the reservations: it may be one of them. */
static bool read_initrd(struct reader *r)
{
	struct machine *m = r->m;
	uint64_t start = 0, end = 0;
	int have_start = tree_number(&r->t, r->chosen, "linux,initrd-start", &start);
	int have_end = tree_number(&r->t, r->chosen, "linux,initrd-end", &end);

	if (have_start < 0 || have_end < 0 || have_start != have_end || end < start)
		return fail("/chosen: linux,initrd-start and -end are not two addresses in order");
	if (end == start)
		return true;
	for (unsigned i = 0; i < m->memory.count && !m->has_initrd; i++)
		m->has_initrd = start >= m->memory.r[i].base &&
				end <= m->memory.r[i].base + m->memory.r[i].size;
	m->initrd = (struct range){ start, end - start };
	if (!m->has_initrd)
		return fail("/chosen: the initrd 0x%lx-0x%lx is not inside the memory",
			    (unsigned long)start, (unsigned long)end);
	return true;
}

static bool read_strings(struct reader *r)
{
	const char *model = tree_string(&r->t, tree_root(&r->t), "model"),
		   *bootargs = tree_string(&r->t, r->chosen, "bootargs");

	r->m->model = model != NULL ? model : "unknown machine";
	if (bootargs != NULL)
		r->m->bootargs = bootargs;
	else if (tree_has(&r->t, r->chosen, "bootargs"))
		return fail("/chosen: bootargs is not a string");
	return true;
}

/* A child of the root. */
static void take_child(struct reader *r, tree_node node, const char *name)
{
	if (strcmp(name, "cpus") == 0)
		r->cpus = node;
	else if (strcmp(name, "chosen") == 0)
		r->chosen = node;
	else if (strcmp(name, "reserved-memory") == 0)
		r->reserved = node;
	else if (!tree_string_is(&r->t, node, "device_type", "memory") || !reader_enabled(r, node))
		return;
	else if (r->memory_count == MACHINE_MAX_BANKS)
		r->m->banks_over++;
	else
		r->memory[r->memory_count++] = node;
}

/* Is it one of those properties of /chosen that are random? No guest ever sees the host's tree. */
static void take_seed(struct reader *r, const struct tree_item *item)
{
	static const char *const names[] = { "rng-seed", "kaslr-seed" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(item->name, names[i]) == 0) {
			r->m->seed[i].data = item->value;
			r->m->seed[i].size = item->len;
		}
	}
}

/*
 * One walk over the whole tree, for the nodes that matter; their properties are looked up then.
 * False: the tree is damaged.
 */
static bool find_nodes(struct reader *r)
{
	tree_node path[4]; /* the nodes that we are in, the root at 1 */
	struct tree_item item;
	unsigned depth = 0;

	for (tree_node at = tree_root(&r->t); tree_item(&r->t, at, &item); at = item.next) {
		if (depth == 0 && at != tree_root(&r->t))
			return item.kind == TREE_LAST;
		if (item.kind == TREE_LAST)
			return false;
		if (item.kind == TREE_BEGIN && ++depth < ARRAY_SIZE(path))
			path[depth] = at;
		if (item.kind == TREE_BEGIN && depth == 2)
			take_child(r, at, item.name);
		else if (item.kind == TREE_PROP && (depth == 2 || depth == 3) &&
			 item.len >= DEVICE_NAME_SIZE && strcmp(item.name, "compatible") == 0)
			reader_device(r, path[depth - 1], path[depth], &item);
		else if (item.kind == TREE_PROP && depth == 2 && path[2] == r->chosen)
			take_seed(r, &item);
		else if (item.kind == TREE_END)
			depth--;
	}
	return false;
}

bool machine_read(const void *fdt, size_t size, struct machine *m)
{
	struct reader r = { .m = m, .devices_left = MAX_DEVICES };
	const char *wrong;

	memset(m, 0, sizeof(*m));
	m->bootargs = "";
	m->fdt = fdt;
	if (tree_size(fdt) == 0)
		return fail("there is none: start this image with QEMU -kernel or U-Boot booti, "
			    "not with go");
	if (tree_size(fdt) > size)
		return fail("it says to have %zu bytes, of which %zu can be read", tree_size(fdt),
			    size);
	wrong = tree_open(&r.t, fdt, size);
	if (wrong != NULL)
		return fail("it is %s", wrong);
	if (!find_nodes(&r))
		return fail("it is damaged: bad structure");
	return read_strings(&r) && read_harts(&r) && read_memory(&r) && read_initrd(&r) &&
	       read_reservations(&r);
}

int machine_hart_index(const struct machine *m, uint64_t id)
{
	for (unsigned i = 0; i < m->hart_count; i++)
		if (m->hart[i].id == id)
			return (int)i;
	return -1;
}
