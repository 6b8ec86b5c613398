/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/machine.c hyp/conf/host_devices.c hyp/conf/isa.c hyp/lib/range.c
 * hyp/conf/tree.c hyp/lib/fail.c
 */
/*
 * machine_memory_test.c - what is left of odd banks and odd reservations, and what odd harts have
 * in common, read by machine.c.
 */
#include "conf/machine.h"
#include "conf/test_tree.h"
#include "lib/fail.h"

#define TREE_MAX 65536
#define BASE 0x80000000

struct hart_row {
	const char *isa, *mmu, *status;
	uint32_t cbom, cboz; /* 0: does not say */
};

struct memory_row {
	const char *name;
	struct range banks[3], reserved[3], memreserve; /* until one of no size */
	struct range initrd; /* size 0: none */
	const char *says; /* NULL: it is understood */
	unsigned pieces;
	uint64_t left; /* bytes */
};

static _Alignas(8) uint8_t tree[TREE_MAX];
static struct machine m;

static const struct hart_row typical[] = { { "rv64imach", "riscv,sv48", "okay", 0, 0 } };

static void begin(const struct range *memreserve, const struct hart_row *harts, unsigned count)
{
	char name[32];

	MUST(fdt_create(tree, TREE_MAX));
	if (memreserve->size != 0)
		MUST(fdt_add_reservemap_entry(tree, memreserve->base, memreserve->size));
	MUST(fdt_finish_reservemap(tree));
	MUST(fdt_begin_node(tree, ""));
	MUST(fdt_property_u32(tree, "#address-cells", 2));
	MUST(fdt_property_u32(tree, "#size-cells", 2));
	MUST(fdt_begin_node(tree, "cpus"));
	MUST(fdt_property_u32(tree, "#address-cells", 1));
	MUST(fdt_property_u32(tree, "timebase-frequency", 10000000));
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "cpu@%x", i);
		MUST(fdt_begin_node(tree, name));
		MUST(fdt_property_string(tree, "device_type", "cpu"));
		MUST(fdt_property_u32(tree, "reg", i));
		MUST(fdt_property_string(tree, "riscv,isa", harts[i].isa));
		MUST(fdt_property_string(tree, "mmu-type", harts[i].mmu));
		MUST(fdt_property_string(tree, "status", harts[i].status));
		if (harts[i].cbom != 0)
			MUST(fdt_property_u32(tree, "riscv,cbom-block-size", harts[i].cbom));
		if (harts[i].cboz != 0)
			MUST(fdt_property_u32(tree, "riscv,cboz-block-size", harts[i].cboz));
		MUST(fdt_end_node(tree));
	}
	MUST(fdt_end_node(tree));
}

/* A node whose reg has an entry for each of the ranges. */
static void put_reg(const char *name, const char *type, const struct range *r, unsigned count)
{
	static fdt32_t reg[4 * (RANGE_MAX + 10)];

	for (unsigned i = 0; i < count; i++) {
		put_cells(reg + 4 * i, 2, r[i].base);
		put_cells(reg + 4 * i + 2, 2, r[i].size);
	}
	MUST(fdt_begin_node(tree, name));
	if (type != NULL)
		MUST(fdt_property_string(tree, "device_type", type));
	MUST(fdt_property(tree, "reg", reg, (int)(16 * count)));
	MUST(fdt_end_node(tree));
}

static bool read_it(void)
{
	MUST(fdt_end_node(tree));
	MUST(fdt_finish(tree));
	fail_text[0] = '\0';
	return machine_read(tree, sizeof(tree), &m);
}

static const struct memory_row rows[] = {
	{ "banks_that_overlap",
	  { { BASE, 0x3000 }, { BASE + 0x1000, 0x1000 }, { BASE + 0x2000, 0x2000 } },
	  .pieces = 1,
	  .left = 0x4000 },
	{ "initrd_across_banks_that_touch",
	  { { BASE, 0x1008 }, { BASE + 0x1008, 0x3000 } },
	  .initrd = { BASE + 0x1000, 20 },
	  .pieces = 1,
	  .left = 0x4008 },
	{ "initrd_across_a_hole",
	  { { BASE, 0x1008 }, { BASE + 0x1009, 0x3000 } },
	  .initrd = { BASE + 0x1000, 20 },
	  .says = "not inside" },
	{ "initrd_inside_a_reservation",
	  { { BASE, 0x10000 } },
	  { { BASE + 0x1000, 0x2000 } },
	  .initrd = { BASE + 0x1800, 20 },
	  .pieces = 2,
	  .left = 0xe000 },
	{ "initrd_in_the_list_of_reservations",
	  { { BASE, 0x10000 } },
	  .memreserve = { BASE + 0x1000, 20 },
	  .initrd = { BASE + 0x1000, 20 },
	  .pieces = 2,
	  .left = 0x10000 - 20 },
	{ "reservation_of_everything",
	  { { BASE, 0x10000 } },
	  { { BASE - 1, 0x10002 } },
	  .pieces = 0,
	  .left = 0 },
	{ "reservations_of_odd_bytes",
	  { { BASE + 1, 0x10000 } },
	  { { BASE + 0xfff, 2 }, { BASE + 0x1000, 3 }, { BASE - 9, 11 } },
	  .pieces = 2,
	  .left = 0xfffb },
	{ "memory_at_both_ends",
	  { { 0, 0x1000 }, { RANGE_LIMIT - 0x1000, 0x1000 } },
	  { { 0, 1 } },
	  .pieces = 2,
	  .left = 0x1fff },
};

static unsigned count_of(const struct range *r)
{
	unsigned n = 0;

	while (n < 3 && r[n].size != 0)
		n++;
	return n;
}

static uint64_t all_left(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m.memory.count; i++)
		sum += m.memory.r[i].size;
	return sum;
}

static void test_memory(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct memory_row *row = &rows[i];
		bool ok;

		begin(&row->memreserve, typical, 1);
		put_reg("memory@0", "memory", row->banks, count_of(row->banks));
		MUST(fdt_begin_node(tree, "reserved-memory"));
		MUST(fdt_property_u32(tree, "#address-cells", 2));
		MUST(fdt_property_u32(tree, "#size-cells", 2));
		if (count_of(row->reserved) != 0)
			put_reg("r@0", NULL, row->reserved, count_of(row->reserved));
		MUST(fdt_end_node(tree));
		MUST(fdt_begin_node(tree, "chosen"));
		if (row->initrd.size != 0) {
			MUST(fdt_property_u64(tree, "linux,initrd-start", row->initrd.base));
			MUST(fdt_property_u64(tree, "linux,initrd-end",
					      row->initrd.base + row->initrd.size));
		}
		MUST(fdt_end_node(tree));
		ok = read_it();
		if (row->says != NULL)
			CHECK(!ok && strstr(fail_text, row->says) != NULL, row->name,
			      "accepted %d, says \"%s\"", ok, fail_text);
		else
			CHECK(ok && m.memory.count == row->pieces && all_left() == row->left &&
				      m.has_initrd == (row->initrd.size != 0),
			      row->name, "%s, %u pieces, %lx left", fail_text, m.memory.count,
			      all_left());
	}
}

/*
 * However many banks there are, there is room for what is reserved in them, the image, the tree and
 * the initrd.
 */
static void test_many_banks(void)
{
	static struct range banks[RANGE_MAX + 10];
	bool ok;

	for (unsigned i = 0; i < ARRAY_SIZE(banks); i++)
		banks[i] = (struct range){ BASE + 2UL * i * MIB, MIB };
	begin(&(struct range){ 0, 0 }, typical, 1);
	put_reg("memory@0", "memory", banks, ARRAY_SIZE(banks));
	ok = read_it();
	CHECK(ok && m.memory.count == MACHINE_MAX_BANKS &&
		      m.banks_over == ARRAY_SIZE(banks) - MACHINE_MAX_BANKS &&
		      range_remove(&m.memory, BASE + 0x1000, 0x1000),
	      "banks_of_one_node_over_the_limit_are_counted", "%s, %u pieces, %u over", fail_text,
	      m.memory.count, m.banks_over);
	begin(&(struct range){ 0, 0 }, typical, 1);
	put_reg("memory@0", "memory", &(struct range){ BASE, GIB }, 1);
	MUST(fdt_begin_node(tree, "reserved-memory"));
	MUST(fdt_property_u32(tree, "#address-cells", 2));
	MUST(fdt_property_u32(tree, "#size-cells", 2));
	put_reg("r@0", NULL, banks + 1, RANGE_MAX);
	MUST(fdt_end_node(tree));
	ok = read_it();
	CHECK(!ok && strstr(fail_text, "r@0: reservations leave more than 160") != NULL,
	      "reservations_over_the_limit_are_explained", "accepted %d, says \"%s\"", ok,
	      fail_text);
}

/* The first usable hart begins, whichever that is, and each of the others can only take away. */
static void test_common(void)
{
	static const struct hart_row harts[] = {
		{ "rv64imac", "riscv,sv39", "okay", 32, 32 }, /* no H */
		{ "rv64imach_zba_zbb", "riscv,sv48", "okay", 64, 128 },
		{ "rv64imach_zbb_sstc", "riscv,sv57", "okay", 128, 64 },
		{ "rv64imach_zba_zbb_sstc", "riscv,sv57", "okay", 64, 64 },
		{ "rv64imach", "riscv,sv39", "disabled", 32, 32 },
	};
	bool ok;

	begin(&(struct range){ 0, 0 }, harts, ARRAY_SIZE(harts));
	put_reg("memory@0", "memory", &(struct range){ BASE, MIB }, 1);
	ok = read_it();
	CHECK(ok && m.hart_usable == 3 && m.mmu == 48 && m.cbom_block == 0 && m.cboz_block == 0 &&
		      (m.isa & ISA_BIT(ISA_ZBB)) != 0 &&
		      (m.isa & (ISA_BIT(ISA_ZBA) | ISA_BIT(ISA_SSTC))) == 0,
	      "what_harts_have_in_common", "%s, usable %u mmu %u cbom %u cboz %u isa %lx",
	      fail_text, m.hart_usable, m.mmu, m.cbom_block, m.cboz_block, (unsigned long)m.isa);
	begin(&(struct range){ 0, 0 }, harts + 3, 2);
	put_reg("memory@0", "memory", &(struct range){ BASE, MIB }, 1);
	ok = read_it();
	CHECK(ok && m.mmu == 57 && m.cbom_block == 64 && m.cboz_block == 64, "what_a_lone_hart_has",
	      "%s, mmu %u", fail_text, m.mmu);
}

int main(void)
{
	test_memory();
	test_many_banks();
	test_common();
	return failures != 0;
}
