/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/machine.c hyp/conf/host_devices.c hyp/conf/isa.c hyp/lib/range.c
 * hyp/conf/tree.c hyp/lib/fail.c
 */
/* machine_test.c - device trees of real boards and of nobody's board, read by machine.c. */
#include "conf/machine.h"
#include "conf/test_boards.h"
#include "conf/test_tree.h"
#include "lib/fail.h"

#define TREE_MAX 65536

static void write_reg(void *fdt, const struct reg_row *row, const char *type)
{
	fdt32_t reg[4];

	put_cells(reg, 2, row->base);
	put_cells(reg + 2, 2, row->size);
	MUST(fdt_begin_node(fdt, row->name));
	if (type != NULL)
		MUST(fdt_property_string(fdt, "device_type", type));
	MUST(fdt_property(fdt, "reg", reg, sizeof(reg)));
	MUST(fdt_end_node(fdt));
}

static void write_cpus(void *fdt, const struct board *b)
{
	fdt32_t cells[2];
	char name[32];

	MUST(fdt_begin_node(fdt, "cpus"));
	MUST(fdt_property_u32(fdt, "#address-cells", (uint32_t)b->cpu_cells));
	MUST(fdt_property_u32(fdt, "#size-cells", 0));
	if (b->timebase_cells == 1)
		MUST(fdt_property_u32(fdt, "timebase-frequency", (uint32_t)b->timebase));
	for (const struct hart_row *h = b->harts; h->isa != NULL || h->extensions != NULL; h++) {
		snprintf(name, sizeof(name), "cpu@%lx", h->id);
		MUST(fdt_begin_node(fdt, name));
		MUST(fdt_property_string(fdt, "device_type", "cpu"));
		MUST(fdt_property(fdt, "reg", cells, put_cells(cells, b->cpu_cells, h->id)));
		MUST(fdt_property_u32(fdt, "riscv,cbom-block-size", 64));
		if (b->timebase_cells == 2)
			MUST(fdt_property_u64(fdt, "timebase-frequency", b->timebase));
		if (h->isa != NULL)
			MUST(fdt_property_string(fdt, "riscv,isa", h->isa));
		if (h->extensions != NULL) {
			MUST(fdt_property_string(fdt, "riscv,isa-base", "rv64i"));
			put_list(fdt, "riscv,isa-extensions", h->extensions);
		}
		if (h->mmu != NULL)
			MUST(fdt_property_string(fdt, "mmu-type", h->mmu));
		if (h->status != NULL)
			MUST(fdt_property_string(fdt, "status", h->status));
		MUST(fdt_end_node(fdt));
	}
	MUST(fdt_begin_node(fdt, "cpu-map"));
	MUST(fdt_end_node(fdt));
	MUST(fdt_end_node(fdt));
}

static void write_rest(void *fdt, const struct board *b)
{
	uint64_t initrd = b->memory[0].base + 256 * MIB - 5 * MIB;

	MUST(fdt_begin_node(fdt, "chosen"));
	MUST(fdt_property_string(fdt, "bootargs", "vcpus=2 -- quiet"));
	MUST(fdt_property_u64(fdt, "linux,initrd-start", initrd));
	if (initrd >> 32 == 0)
		MUST(fdt_property_u32(fdt, "linux,initrd-end", (uint32_t)(initrd + 12345)));
	else
		MUST(fdt_property_u64(fdt, "linux,initrd-end", initrd + 12345));
	MUST(fdt_end_node(fdt));
	MUST(fdt_begin_node(fdt, "soc"));
	MUST(fdt_property_u32(fdt, "#address-cells", 2));
	MUST(fdt_property_u32(fdt, "#size-cells", 2));
	MUST(fdt_property(fdt, "ranges", "", 0));
	MUST(fdt_begin_node(fdt, "test@100000"));
	put_list(fdt, "compatible", "sifive,test1 sifive,test0 syscon");
	MUST(fdt_property(fdt, "reg",
			  (fdt32_t[]){ 0, cpu_to_fdt32(0x100000), 0, cpu_to_fdt32(0x1000) }, 16));
	MUST(fdt_end_node(fdt));
	MUST(fdt_begin_node(fdt, "rtc@101000"));
	put_list(fdt, "compatible", "google,goldfish-rtc");
	MUST(fdt_property(fdt, "reg",
			  (fdt32_t[]){ 0, cpu_to_fdt32(0x101000), 0, cpu_to_fdt32(0x1000) }, 16));
	MUST(fdt_end_node(fdt));
	MUST(fdt_end_node(fdt));
}

static void write_board(void *fdt, const struct board *b)
{
	MUST(fdt_create(fdt, TREE_MAX));
	MUST(fdt_finish_reservemap(fdt));
	MUST(fdt_begin_node(fdt, ""));
	MUST(fdt_property_u32(fdt, "#address-cells", 2));
	MUST(fdt_property_u32(fdt, "#size-cells", 2));
	MUST(fdt_property_string(fdt, "model", b->name));
	for (const struct reg_row *r = b->memory; r->name != NULL; r++)
		write_reg(fdt, r, "memory");
	MUST(fdt_begin_node(fdt, "reserved-memory"));
	MUST(fdt_property_u32(fdt, "#address-cells", 2));
	MUST(fdt_property_u32(fdt, "#size-cells", 2));
	MUST(fdt_property(fdt, "ranges", "", 0));
	for (const struct reg_row *r = b->reserved; r->name != NULL; r++)
		write_reg(fdt, r, NULL);
	MUST(fdt_end_node(fdt));
	write_cpus(fdt, b);
	write_rest(fdt, b);
	MUST(fdt_end_node(fdt));
	MUST(fdt_finish(fdt));
}

static _Alignas(8) uint8_t tree[TREE_MAX];
static struct machine m;

static void test_board(const struct board *b)
{
	char name[64];
	unsigned skipped = 0;
	uint64_t free = 0;
	bool ok;

	write_board(tree, b);
	ok = machine_read(tree, sizeof(tree), &m);
	snprintf(name, sizeof(name), "board_%s_is_understood", b->name);
	if (!ok) {
		CHECK(false, name, "%s", fail_text);
		return;
	}
	for (unsigned i = 0; i < m.hart_count; i++)
		skipped += m.hart[i].skip != NULL;
	for (unsigned i = 0; i < m.memory.count; i++)
		free += m.memory.r[i].size;
	CHECK(m.hart_usable == b->usable && m.hart_usable + skipped == m.hart_count &&
		      m.mmu == b->mmu && (m.isa & b->has) == b->has && (m.isa & b->lacks) == 0 &&
		      m.timebase == b->timebase && m.cbom_block == 64 && m.cboz_block == 0 &&
		      m.memory.r[0].base == b->first_free && free == b->free && m.has_initrd &&
		      m.initrd.size == 12345 && m.has_test_dev && m.test_dev == 0x100000 &&
		      m.clock == 0x101000 &&
		      strcmp(m.bootargs, "vcpus=2 -- quiet") == 0 && strcmp(m.model, b->name) == 0,
	      name,
	      "usable %u skipped %u mmu %u isa %lx timebase %lu free %lx at %lx initrd %d test %lx",
	      m.hart_usable, skipped, m.mmu, (unsigned long)m.isa, m.timebase, free,
	      m.memory.r[0].base, m.has_initrd, m.test_dev);
}

/* Trees with one thing wrong each, and what the message must say. */
static void set(const char *path, const char *prop, const void *value, int len)
{
	int node = fdt_path_offset(tree, path);

	MUST(node);
	MUST(value == NULL ? fdt_delprop(tree, node, prop)
			   : fdt_setprop(tree, node, prop, value, len));
}

static void set_cells(const char *path, const char *prop, uint32_t a, uint32_t b, uint32_t c,
		      uint32_t d, int cells)
{
	fdt32_t v[4] = { cpu_to_fdt32(a), cpu_to_fdt32(b), cpu_to_fdt32(c), cpu_to_fdt32(d) };

	set(path, prop, v, 4 * cells);
}

static void del(const char *path)
{
	MUST(fdt_del_node(tree, fdt_path_offset(tree, path)));
}

static void no_cpus(void) { del("/cpus"); }
static void no_cpu_nodes(void) { del("/cpus/cpu@3"); del("/cpus/cpu@0"); }
static void cpu_cells_3(void) { set_cells("/cpus", "#address-cells", 3, 0, 0, 0, 1); }
static void cpu_reg_short(void) { set("/cpus/cpu@3", "reg", "ab", 2); }
static void cpu_twice(void) { set_cells("/cpus/cpu@3", "reg", 0, 0, 0, 0, 1); }
static void no_timebase(void) { set("/cpus", "timebase-frequency", NULL, 0); }
static void timebase_0(void) { set_cells("/cpus", "timebase-frequency", 0, 0, 0, 0, 1); }
static void timebase_3(void) { set_cells("/cpus", "timebase-frequency", 0, 0, 1, 0, 3); }
static void no_memory(void) { set("/memory@80000000", "device_type", NULL, 0); }
static void memory_no_reg(void) { set("/memory@80000000", "reg", NULL, 0); }
static void memory_odd(void) { set_cells("/memory@80000000", "reg", 0, 0x80000000, 0, 0, 3); }
static void memory_wraps(void)
{
	set_cells("/memory@80000000", "reg", 0xffffffff, 0xfff00000, 0, 0x200000, 4);
}
static void memory_huge(void)
{
	set_cells("/memory@80000000", "reg", 0, 0x80000000, 0xffffffff, 0, 4);
}
static void reserved_wraps(void)
{
	set_cells("/reserved-memory/mmode_resv0@80000000", "reg", 0xff0000, 0, 0x10000, 1, 4);
}
static void reserved_translates(void) { set_cells("/reserved-memory", "ranges", 0, 0, 0, 1, 4); }
static void reserved_cells(void) { set_cells("/reserved-memory", "#address-cells", 9, 0, 0, 0, 1); }
static void memreserve_wraps(void) { MUST(fdt_add_mem_rsv(tree, 1UL << 55, 1UL << 56)); }
static void initrd_backwards(void)
{
	set_cells("/chosen", "linux,initrd-end", 0x80000000, 0, 0, 0, 1);
}
static void initrd_outside(void) { set_cells("/chosen", "linux,initrd-end", 1, 0, 0, 0, 2); }
static void initrd_half(void) { set("/chosen", "linux,initrd-end", NULL, 0); }
static void bootargs_open(void) { set("/chosen", "bootargs", "abc", 3); }
static void bad_magic(void) { tree[0] = 0; }
static void cut_short(void) { fdt_set_totalsize(tree, 100); }
static void bad_size(void) { fdt_set_totalsize(tree, 0x7fffffff); }
static void bad_struct(void) { fdt_set_off_dt_struct(tree, TREE_MAX - 4); }

/* The last cells of the structure block are the root's FDT_END_NODE and FDT_END. */
static void from_the_end(unsigned cells, uint32_t value)
{
	fdt32_st(tree + fdt_off_dt_struct(tree) + fdt_size_dt_struct(tree) - 4 * cells, value);
}

static void no_end(void) { from_the_end(1, FDT_NOP); }
static void end_inside_the_root(void) { from_the_end(2, FDT_END); }
static void closed_twice(void) { from_the_end(1, FDT_END_NODE); }
static void strange_item(void) { from_the_end(2, 5); }

static void no_h(void)
{
	set("/cpus/cpu@0", "riscv,isa", "rv64imafdc", 11);
	set("/cpus/cpu@3", "riscv,isa", "rv64imafdc", 11);
}

static void rv32(void)
{
	set("/cpus/cpu@0", "riscv,isa", "rv32imafdch", 12);
	set("/cpus/cpu@3", "riscv,isa", "rv32imafdch", 12);
}

static void many_reserved(void)
{
	for (unsigned i = 0; i < RANGE_MAX; i++)
		MUST(fdt_add_mem_rsv(tree, 0x80100000 + i * 0x10000, 0x1000));
}

static const struct {
	const char *name;
	void (*spoil)(void);
	const char *says;
} malformed[] = {
	{ "no_cpus", no_cpus, "no /cpus" },
	{ "no_cpu_nodes", no_cpu_nodes, "no cpu node" },
	{ "cpu_cells_3", cpu_cells_3, "#address-cells" },
	{ "cpu_reg_short", cpu_reg_short, "cpu@3: reg" },
	{ "hart_id_twice", cpu_twice, "second hart with id 0" },
	{ "no_timebase", no_timebase, "no timebase" },
	{ "timebase_0", timebase_0, "timebase" },
	{ "timebase_3_cells", timebase_3, "1 or 2 cells" },
	{ "no_memory", no_memory, "no memory" },
	{ "memory_without_reg", memory_no_reg, "memory@80000000: no reg" },
	{ "memory_odd_reg", memory_odd, "not a multiple of 16" },
	{ "memory_wraps", memory_wraps, "56-bit" },
	{ "memory_huge", memory_huge, "56-bit" },
	{ "reserved_wraps", reserved_wraps, "mmode_resv0@80000000" },
	{ "reserved_translates", reserved_translates, "ranges" },
	{ "reserved_bad_cells", reserved_cells, "#address-cells" },
	{ "reserved_too_many", many_reserved, "more than 160" },
	{ "memreserve_wraps", memreserve_wraps, "/memreserve/ entry 0" },
	{ "initrd_backwards", initrd_backwards, "in order" },
	{ "initrd_outside_memory", initrd_outside, "not inside" },
	{ "initrd_without_end", initrd_half, "in order" },
	{ "bootargs_unterminated", bootargs_open, "bootargs" },
	{ "no_hart_with_h", no_h, "no hypervisor extension (h) (QEMU: -cpu" },
	{ "rv32_harts", rv32, "not an rv64" },
	{ "bad_magic", bad_magic, "booti" },
	{ "cut_short", cut_short, "damaged" },
	{ "absurd_size", bad_size, "2147483647 bytes" },
	{ "structure_outside", bad_struct, "damaged" },
	{ "structure_without_end", no_end, "damaged" },
	{ "structure_ends_inside_the_root", end_inside_the_root, "damaged" },
	{ "root_closed_twice", closed_twice, "damaged" },
	{ "strange_item_at_the_end", strange_item, "damaged" },
};

static void test_malformed(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(malformed); i++) {
		char name[64];
		bool ok;

		write_board(tree, &boards[0]);
		MUST(fdt_open_into(tree, tree, sizeof(tree)));
		malformed[i].spoil();
		fail_text[0] = '\0';
		ok = machine_read(tree, sizeof(tree), &m);
		snprintf(name, sizeof(name), "malformed_%s_is_explained", malformed[i].name);
		CHECK(!ok && m.bootargs != NULL && strstr(fail_text, malformed[i].says) != NULL,
		      name, "accepted %d, says \"%s\"", ok, fail_text);
	}
}

static void test_giving_up(void)
{
	write_board(tree, &boards[0]);
	MUST(fdt_open_into(tree, tree, sizeof(tree)));
	no_h();
	CHECK(!machine_read(tree, sizeof(tree), &m) && m.has_test_dev && m.bootargs[0] == 'v',
	      "bootargs_and_test_device_survive_an_error", "%s", m.bootargs);
	write_board(tree, &boards[0]);
	MUST(fdt_open_into(tree, tree, sizeof(tree)));
	set("/chosen", "rng-seed", "0123456789abcdef", 16);
	set("/chosen", "kaslr-seed", "01234567", 8);
	CHECK(machine_read(tree, sizeof(tree), &m) && m.seed[0].size == 16 && m.seed[1].size == 8 &&
		      memcmp(m.seed[0].data, "0123456789abcdef", 16) == 0,
	      "seeds_of_the_host", "%zu, %zu bytes", m.seed[0].size, m.seed[1].size);
	del("/chosen");
	del("/soc");
	CHECK(machine_read(tree, sizeof(tree), &m) && m.bootargs[0] == '\0' && !m.has_initrd &&
		      !m.has_test_dev && !m.clock,
	      "chosen_and_devices_are_optional", "%s", fail_text);
}

/* Only where its address surely is one of ours. */
static void test_test_device(void)
{
	static const struct {
		const char *name, *path, *prop;
		uint32_t value[4];
		int cells;
		bool taken;
	} rows[] = {
		{ "test_device_on_a_bus_that_translates",
		  "/soc",
		  "ranges",
		  { 0, 0x100000, 0, 0x900000 },
		  4,
		  false },
		{ "test_device_with_a_short_reg",
		  "/soc/test@100000",
		  "reg",
		  { 0x100000 },
		  1,
		  false },
		{ "test_device_out_of_range",
		  "/soc/test@100000",
		  "reg",
		  { 0xffffffff, 0, 0, 0x1000 },
		  4,
		  false },
		{ "test_device_on_a_bus_of_one_cell", "/soc", "#address-cells", { 1 }, 1, true },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint32_t *v = rows[i].value;

		write_board(tree, &boards[0]);
		MUST(fdt_open_into(tree, tree, sizeof(tree)));
		set_cells(rows[i].path, rows[i].prop, v[0], v[1], v[2], v[3], rows[i].cells);
		set_cells("/soc/rtc@101000", "reg", 0x101000, 0, 0x100, 0, 3);
		if (rows[i].taken)
			set_cells("/soc/test@100000", "reg", 0x100000, 0, 0x1000, 0, 3);
		CHECK(machine_read(tree, sizeof(tree), &m) && m.has_test_dev == rows[i].taken &&
			      !m.clock &&
			      (!rows[i].taken || m.test_dev == 0x100000),
		      rows[i].name, "%s taken %d", fail_text, m.has_test_dev);
	}
}

static void test_limits(void)
{
	static struct hart_row many[MACHINE_MAX_HARTS + 3];
	static struct reg_row banks[MACHINE_MAX_BANKS + 3];
	static char names[MACHINE_MAX_BANKS + 2][32];
	struct board b = boards[0];
	bool ok;

	for (unsigned i = 0; i < MACHINE_MAX_HARTS + 2; i++)
		many[i] = (struct hart_row){ .id = i * 3, .isa = "rv64imach" };
	for (unsigned i = 0; i < MACHINE_MAX_BANKS + 2; i++) {
		snprintf(names[i], sizeof(names[i]), "memory@%lx", 0x80000000 + i * GIB);
		banks[i] = (struct reg_row){ names[i], 0x80000000 + i * GIB, GIB / 2 };
	}
	b.harts = many;
	b.memory = banks;
	write_board(tree, &b);
	ok = machine_read(tree, sizeof(tree), &m);
	CHECK(ok && m.hart_usable == MACHINE_MAX_HARTS && m.harts_over == 2 && m.banks_over == 2 &&
		      m.memory.count == MACHINE_MAX_BANKS && machine_hart_index(&m, 9) == 3 &&
		      machine_hart_index(&m, 10) == -1,
	      "harts_and_banks_over_the_limit_are_counted", "%s: %u usable, %u and %u over",
	      fail_text, m.hart_usable, m.harts_over, m.banks_over);
}

static void test_fuzz(void)
{
	uint64_t seed = 1;
	unsigned accepted = 0;

	for (unsigned i = 0; i < 20000; i++) {
		size_t size;
		uint8_t *copy;

		if (i % 4000 == 0)
			write_board(tree, &boards[i / 4000 % ARRAY_SIZE(boards)]);
		size = fdt_totalsize(tree);
		copy = malloc(size);
		memcpy(copy, tree, size);
		damage(copy, size, &seed);
		if (machine_read(copy, size, &m)) {
			accepted++;
			accepted += strlen(m.bootargs) + strlen(m.model) > size;
		}
		free(copy);
	}
	CHECK(accepted < 20000, "20000_damaged_trees_do_no_harm", "%u accepted", accepted);
}

int main(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(boards); i++)
		test_board(&boards[i]);
	test_malformed();
	test_giving_up();
	test_test_device();
	test_limits();
	test_fuzz();
	return failures != 0;
}
