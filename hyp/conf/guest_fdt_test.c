/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/guest_fdt.c hyp/conf/idle_states.c hyp/conf/own_tree.c hyp/conf/isa.c
 * hyp/conf/tree.c hyp/conf/tree_out.c hyp/conf/machine.c hyp/conf/host_devices.c
 * hyp/lib/range.c hyp/lib/fail.c
 */
/*
 * guest_fdt_test.c - what we write must be what machine.c, as a stand-in for a guest kernel, reads.
 */
#include "conf/guest_fdt.h"
#include "conf/test_tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"

static _Alignas(8) uint8_t buf[GUEST_FDT_MAX], own[GUEST_FDT_MAX / 2];
static struct machine m;

static void build_node(struct tree_out *o, const char *name, const char *compatible)
{
	tree_node_begin(o, name);
	tree_put_string(o, "compatible", compatible);
	tree_node_end(o);
}

/* The emulated devices, as seen from here. */
void device_nodes(struct tree_out *o, const struct vm_config *for_vm UNUSED)
{
	build_node(o, "test@100000", "sifive,test0");
	build_node(o, "serial@10000000", "ns16550a");
}

const char *device_stdout(void)
{
	return "/serial@10000000";
}

static struct vm_config vm;
static struct machine host;
static struct guest_fdt g;

/* A property of one cell in what was built; ~0 if it is not there. */
static uint32_t cells(const char *path, const char *name)
{
	int len;
	const void *p = fdt_getprop(buf, fdt_path_offset(buf, path), name, &len);

	return p != NULL && len == 4 ? fdt32_ld(p) : ~0U;
}

/* A VM with a ramdisk and no tree of its own, and its host. */
static void typical(void)
{
	vm = (struct vm_config){ .vcpus = 4,
				 .mem = 128 * MIB,
				 .ramdisk.size = 4711,
				 .layout.ramdisk = 0x87000000,
				 .bootargs = "quiet" };
	host = (struct machine){ .mmu = 48, .timebase = 10000000 };
	g = (struct guest_fdt){
		.vm = &vm,
		.host = &host,
		.has_seed = true,
		.isa = ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_C) |
		       ISA_BIT(ISA_SSTC),
	};
}

/* The same with that tree of its own. */
static size_t adopt(void *to, size_t room, const void *tree, size_t size)
{
	typical();
	vm.fdt = (struct blob){ .data = tree, .size = size };
	return guest_fdt_write(to, room, &g);
}

static const char *text(const char *path, const char *prop)
{
	const char *s = fdt_getprop(buf, fdt_path_offset(buf, path), prop, NULL);

	return s != NULL ? s : "(absent)";
}

/*
 * The guest reads the same facts from the tree. Without H its harts are of no use to machine.c, so
 * the test adds it.
 */
static bool reads_back(void)
{
	g.isa |= ISA_BIT(ISA_H);
	return guest_fdt_write(buf, sizeof(buf), &g) != 0 && machine_read(buf, sizeof(buf), &m) &&
	       m.hart_usable == vm.vcpus && m.isa == g.isa && m.mmu == host.mmu &&
	       m.timebase == host.timebase && m.memory.count == 1 &&
	       m.memory.r[0].base == GUEST_RAM_BASE && m.memory.r[0].size == vm.mem &&
	       strcmp(m.bootargs, vm.bootargs) == 0 && m.has_initrd == (vm.ramdisk.size != 0) &&
	       (!m.has_initrd || m.initrd.base == vm.layout.ramdisk);
}

static void test_build(void)
{
	size_t size;
	int len;

	typical();
	size = guest_fdt_write(buf, sizeof(buf), &g);
	CHECK(size != 0 && size == fdt_totalsize(buf) && fdt_check_full(buf, size) == 0 &&
		      fdt_boot_cpuid_phys(buf) == 0,
	      "built_tree_is_sound", "%s", fail_text);
	CHECK(strcmp(text("/cpus/cpu@3", "riscv,isa"), "rv64imac_sstc") == 0 &&
		      strcmp(text("/cpus/cpu@0", "riscv,isa-base"), "rv64i") == 0 &&
		      fdt_stringlist_count(buf, fdt_path_offset(buf, "/cpus/cpu@0"),
					   "riscv,isa-extensions") == 5 &&
		      fdt_stringlist_search(buf, fdt_path_offset(buf, "/cpus/cpu@0"),
					    "riscv,isa-extensions", "sstc") == 4,
	      "both_isa_notations", "%s", text("/cpus/cpu@3", "riscv,isa"));
	CHECK(cells("/cpus/cpu@3/interrupt-controller", "#interrupt-cells") == 1,
	      "interrupts_of_a_hart_have_one_cell", "not 1");
	CHECK(fdt_get_phandle(buf, fdt_path_offset(buf, "/cpus/cpu@3/interrupt-controller")) == 4 &&
		      fdt_path_offset(buf, "/cpus/cpu@4") < 0 &&
		      strcmp(text("/cpus/cpu@1/interrupt-controller", "compatible"),
			     "riscv,cpu-intc") == 0,
	      "harts_have_their_intc", "wrong");
	CHECK(fdt_getprop(buf, fdt_path_offset(buf, "/chosen"), "rng-seed", &len) != NULL &&
		      len == GUEST_SEED_SIZE,
	      "seed", "len %d", len);
	CHECK(fdt_getprop(buf, fdt_path_offset(buf, "/chosen"), "rng-seed", &len) ==
		      buf + g.seed_at,
	      "seed_is_where_it_says", "%zu", g.seed_at);
	g.has_seed = false;
	CHECK(guest_fdt_write(buf, sizeof(buf), &g) != 0 && !g.seed_at &&
		      fdt_getprop(buf, fdt_path_offset(buf, "/chosen"), "rng-seed", &len) == NULL,
	      "no_seed_where_there_is_none", "len %d", len);
	g.has_seed = true;
	size = guest_fdt_write(buf, sizeof(buf), &g);
	CHECK(strcmp(text("/test@100000", "compatible"), "sifive,test0") == 0 &&
		      strcmp(text("/serial@10000000", "compatible"), "ns16550a") == 0,
	      "devices_are_written", "wrong");
	CHECK(strcmp(text("/chosen", "stdout-path"), "/serial@10000000") == 0,
	      "stdout_is_the_serial_device", "%s", text("/chosen", "stdout-path"));
	CHECK(reads_back(), "built_tree_reads_back", "%s", fail_text);
	vm.ramdisk.size = 0;
	host.mmu = 39;
	vm.vcpus = 1;
	CHECK(reads_back(), "built_tree_without_ramdisk_reads_back", "%s", fail_text);
}

static void test_build_limits(void)
{
	static char long_args[GUEST_FDT_MAX];

	typical();
	vm.vcpus = 64;
	g.isa = (ISA_BIT(ISA_NR) - 1) & ~ISA_BIT(ISA_H);
	host.cbom_block = 64;
	host.cbop_block = 32;
	host.cboz_block = 128;
	CHECK(reads_back() && fdt_totalsize(buf) < GUEST_FDT_MAX / 4 * 3 && m.cbom_block == 64 &&
		      m.cbop_block == 32 && m.cboz_block == 128,
	      "64_vcpus_with_every_extension_fit", "%s, %u bytes", fail_text, fdt_totalsize(buf));
	memset(long_args, 'x', sizeof(long_args) - 1);
	vm.bootargs = long_args;
	CHECK(guest_fdt_write(buf, sizeof(buf), &g) == 0 &&
		      strstr(fail_text, "bootargs too long") != NULL,
	      "no_space_is_reported", "%s", fail_text);
	typical();
	host.timebase = 1UL << 32;
	CHECK(guest_fdt_write(buf, sizeof(buf), &g) == 0 && strstr(fail_text, "4294967296") != NULL,
	      "timebase_over_32_bits", "%s", fail_text);
}

static void no_change(void) {}

static void del(const char *path)
{
	MUST(fdt_del_node(own, fdt_path_offset(own, path)));
}

static void no_cpus(void) { del("/cpus"); }
static void no_cpu0(void) { del("/cpus/cpu@0"); }
static void no_chosen(void)
{
	del("/chosen");
	del("/serial@10000000");
}
static void second_bank(void)
{
	int n = fdt_add_subnode(own, 0, "memory@0");
	MUST(fdt_setprop_string(own, n, "device_type", "memory"));
}
static void cpu9(void)
{
	MUST(fdt_setprop_u32(own, fdt_path_offset(own, "/cpus/cpu@1"), "reg", 9));
}
static void other_clock(void)
{
	MUST(fdt_setprop_u32(own, fdt_path_offset(own, "/cpus"), "timebase-frequency", 1));
}
static void broken(void) { fdt_set_off_dt_struct(own, 3); }

static void test_adopt(void)
{
	static const struct {
		const char *name;
		void (*change)(void);
		const char *says;
	} rows[] = {
		{ "own_tree_is_completed", no_change, NULL },
		{ "own_tree_without_chosen_is_completed", no_chosen, NULL },
		{ "own_tree_with_two_banks_gets_one", second_bank, NULL },
		{ "own_tree_without_cpus", no_cpus, "no /cpus" },
		{ "own_tree_without_cpu0", no_cpu0, "no cpu 0" },
		{ "own_tree_with_foreign_cpu", cpu9, "no vCPU of this VM" },
		{ "own_tree_with_another_clock", other_clock, "timebase" },
		{ "own_tree_damaged", broken, "damaged" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size;

		typical();
		g.isa |= ISA_BIT(ISA_H);
		vm.mem = 64 * MIB;
		vm.ramdisk.size = 0;
		vm.bootargs = "of its own";
		MUST(guest_fdt_write(own, sizeof(own), &g) == 0 ? -1 : 0);
		MUST(fdt_open_into(own, own, sizeof(own)));
		rows[i].change();
		if (fdt_check_full(own, sizeof(own)) == 0)
			MUST(fdt_pack(own));
		size = adopt(buf, sizeof(buf), own, fdt_totalsize(own));
		if (rows[i].says != NULL)
			CHECK(size == 0 && strstr(fail_text, rows[i].says) != NULL, rows[i].name,
			      "says \"%s\"", fail_text);
		else
			CHECK(size != 0 && machine_read(buf, size, &m) && m.memory.count == 1 &&
				      (fdt_path_offset(buf, "/serial@10000000") >= 0) ==
					      (strcmp(text("/chosen", "stdout-path"), "(absent)") !=
					       0) &&
				      m.memory.r[0].size == vm.mem && m.has_initrd &&
				      m.initrd.size == 4711 && strcmp(m.bootargs, "quiet") == 0,
			      rows[i].name, "%s", fail_text);
	}
}

/* How often does /chosen say @prop? */
static unsigned chosen_says(const char *prop)
{
	unsigned n = 0;
	int at;

	fdt_for_each_property_offset(at, buf, fdt_path_offset(buf, "/chosen")) {
		const char *name = NULL;

		fdt_getprop_by_offset(buf, at, &name, NULL);
		n += name != NULL && strcmp(name, prop) == 0;
	}
	return n;
}

static void test_adopt_once(void)
{
	static const char *const props[] = { "bootargs", "linux,initrd-start", "linux,initrd-end",
					     "rng-seed", "stdout-path" };
	unsigned once = 0;
	size_t size;

	typical();
	MUST(guest_fdt_write(own, sizeof(own), &g) == 0 ? -1 : 0);
	size = adopt(buf, sizeof(buf), own, fdt_totalsize(own));
	for (unsigned i = 0; i < ARRAY_SIZE(props); i++)
		once += chosen_says(props[i]) == 1;
	CHECK(fdt_getprop(buf, fdt_path_offset(buf, "/chosen"), "rng-seed", NULL) ==
		      buf + g.seed_at,
	      "seed_of_own_tree_is_where_it_says", "%zu", g.seed_at);
	CHECK(size != 0 && once == ARRAY_SIZE(props), "own_tree_says_everything_once",
	      "%s, %u once", fail_text, once);
	typical();
	vm.ramdisk.size = 0;
	vm.bootargs = "q";
	vm.fdt = (struct blob){ .data = own, .size = fdt_totalsize(own) };
	size = guest_fdt_write(buf, sizeof(buf), &g);
	CHECK(size != 0 && chosen_says("linux,initrd-start") == 1 &&
		      chosen_says("linux,initrd-end") == 1,
	      "own_tree_keeps_its_ramdisk_if_none_is_given", "%s", fail_text);
	CHECK(chosen_says("bootargs") == 1 && strcmp(text("/chosen", "bootargs"), "q") == 0,
	      "bootargs_of_one_letter_replace_those_of_an_own_tree", "%s",
	      text("/chosen", "bootargs"));
	vm.mem = 4 * GIB;
	CHECK(guest_fdt_write(buf, sizeof(buf), &g) != 0, "own_tree_has_room_for_4_gib", "%s",
	      fail_text);
	MUST(fdt_open_into(own, own, sizeof(own)));
	MUST(fdt_setprop_u32(own, 0, "#size-cells", 1));
	MUST(fdt_pack(own));
	vm.mem = 4 * GIB;
	vm.fdt = (struct blob){ .data = own, .size = fdt_totalsize(own) };
	CHECK(guest_fdt_write(buf, sizeof(buf), &g) == 0 &&
		      strstr(fail_text, "no room for the memory") != NULL,
	      "own_tree_with_one_size_cell_has_no_room_for_4_gib", "%s", fail_text);
}

/*
 * A tree of @nodes nodes with @each properties called @name each; at most as large as an own tree
 * may be.
 */
static size_t many_names(unsigned nodes, unsigned each, const char *name)
{
	typical();
	MUST(guest_fdt_write(own, sizeof(own), &g) == 0 ? -1 : 0);
	MUST(fdt_open_into(own, own, sizeof(own)));
	for (unsigned n = 0; n < nodes; n++) {
		char node[40];
		int at;

		snprintf(node, sizeof(node), "node-%u", n);
		at = fdt_add_subnode(own, 0, node);
		MUST(at < 0 ? at : 0);
		for (unsigned i = 0; i < each; i++) {
			char property[40];

			snprintf(property, sizeof(property), "a-name-like-many-others-%u", i);
			MUST(fdt_setprop_u32(own, at, name != NULL ? name : property, i));
		}
	}
	MUST(fdt_pack(own));
	return fdt_totalsize(own);
}

/* What a guest's own tree may look like without being damaged. */
static void test_adopt_large(void)
{
	enum { GUARD = 64 * KIB };
	static uint8_t arena[GUARD + GUEST_FDT_MAX + GUARD] __attribute__((aligned(8)));
	static char name[29001];
	size_t size = many_names(250, 8, NULL), got = adopt(buf, sizeof(buf), own, size);
	bool kept = true;

	CHECK(size > 32000 && got != 0 && got < size + 1024,
	      "own_tree_with_many_properties_hardly_grows", "%zu of %zu: %s", got, size, fail_text);
	memcpy(arena + 4, own, size);
	CHECK(adopt(buf, sizeof(buf), arena + 4, size) == got &&
		      adopt(buf, sizeof(buf), arena + 4, size + 40000) == got,
	      "own_tree_at_a_multiple_of_4_with_something_behind_it", "%s", fail_text);
	memcpy(arena + 2, own, size);
	CHECK(adopt(buf, sizeof(buf), arena + 2, size) == 0 &&
		      strstr(fail_text, "no multiple of 4") != NULL &&
		      strstr(fail_text, "damaged") == NULL,
	      "own_tree_at_a_multiple_of_2_is_named", "%s", fail_text);
	/* dtc -p, and QEMU's dumpdtb: a size of which most is free. */
	memcpy(arena, own, size);
	MUST(fdt_open_into(arena, arena, GUARD + GUEST_FDT_MAX));
	CHECK(adopt(buf, sizeof(buf), arena, GUARD + GUEST_FDT_MAX) == got,
	      "own_tree_with_free_space_larger_than_its_room", "%s", fail_text);
	memset(name, 'n', sizeof(name) - 1);
	size = many_names(4, 1, name);
	for (size_t room = size + 8; room <= GUEST_FDT_MAX && kept; room += 4999) {
		memset(arena, 0xa5, sizeof(arena));
		got = adopt(arena + GUARD, room, own, size);
		for (size_t i = 0; i < GUARD; i++)
			kept = kept && arena[i] == 0xa5 && arena[GUARD + room + i] == 0xa5;
	}
	CHECK(kept && got != 0, "own_tree_with_a_very_long_name_stays_in_its_room", "%s",
	      got != 0 ? "written outside" : fail_text);
}

static void test_fuzz(void)
{
	uint64_t seed = 3;
	unsigned accepted = 0;
	size_t size;

	typical();
	size = guest_fdt_write(own, sizeof(own), &g);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t *copy = malloc(size), *out = malloc(2 * size + 2048);

		memcpy(copy, own, size);
		damage(copy, size, &seed);
		accepted += adopt(out, 2 * size + 2048, copy, size) != 0;
		free(copy);
		free(out);
	}
	CHECK(accepted > 0, "20000_damaged_own_trees_do_no_harm", "none accepted at all");
}

int main(void)
{
	test_build();
	test_build_limits();
	test_adopt();
	test_adopt_once();
	test_adopt_large();
	test_fuzz();
	return failures != 0;
}
