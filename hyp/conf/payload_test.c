/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/conf/payload.c hyp/conf/fit.c hyp/conf/image.c hyp/conf/options.c hyp/conf/tree.c
 * hyp/lib/fail.c
 */
/* payload_test.c - FIT images: which VMs they describe, and damaged ones. */
#include "conf/payload.h"
#include "conf/options.h"
#include "conf/test_image.h"
#include "lib/fail.h"

#define BLOB_MAX (256 * KIB)

static _Alignas(8) uint8_t blob[BLOB_MAX];
static struct options options;
static struct vm_config vms[MAX_VMS];
static unsigned n;

struct prop_row {
	const char *name, *text; /* text NULL: a number */
	uint32_t number;
};

#define MAX_PROPS 6
struct fit_row {
	const char *name;
	struct prop_row image[MAX_PROPS], config[MAX_PROPS]; /* besides data and kernel */
	unsigned vms;
	const char *says; /* NULL: understood */
	unsigned vcpus;
	uint64_t mem, wake_after;
	const char *bootargs;
};

static const struct fit_row fits[] = {
	{ .name = "defaults", .vms = 1, .vcpus = 4, .mem = 128 * MIB, .bootargs = "from options" },
	{ .name = "everything",
	  .vms = 8,
	  .config = { { "dormouse,vcpus", NULL, 2 },
		      { "dormouse,memory", "64M", 0 },
		      { "dormouse,wake-after", NULL, 100 },
		      { "bootargs", "a=b", 0 },
		      { "ramdisk", "k", 0 },
		      { "fdt", "k", 0 } },
	  .vcpus = 2,
	  .mem = 64 * MIB,
	  .wake_after = 100,
	  .bootargs = "a=b" },
	{ .name = "plain_names",
	  .vms = 2,
	  .image = { { "compression", "none", 0 }, { "arch", "riscv", 0 } },
	  .config = { { "vcpus", NULL, 3 }, { "memory-mb", NULL, 32 } },
	  .vcpus = 3,
	  .mem = 32 * MIB,
	  .bootargs = "from options" },
	{ .name = "memory_as_number",
	  .vms = 1,
	  .config = { { "dormouse,memory", NULL, 16 } },
	  .vcpus = 4,
	  .mem = 16 * MIB,
	  .bootargs = "from options" },
	{ .name = "nine", .vms = 9, .says = "more than 8" },
	{ .name = "none", .vms = 0, .says = "no configuration" },
	{ .name = "gzip",
	  .vms = 1,
	  .image = { { "compression", "gzip", 0 } },
	  .says = "FIT image k: compression \"gzip\"" },
	{ .name = "arm", .vms = 1, .image = { { "arch", "arm64", 0 } }, .says = "arm64" },
	{ .name = "unknown_ramdisk",
	  .vms = 1,
	  .config = { { "ramdisk", "nope", 0 } },
	  .says = "FIT configuration vm-0: ramdisk = \"nope\"" },
	{ .name = "overlays",
	  .vms = 1,
	  .config = { { "fdt", "k k", 0 } },
	  .says = "fdt must name one image" },
	{ .name = "no_vcpus",
	  .vms = 1,
	  .config = { { "dormouse,vcpus", NULL, 0 } },
	  .says = "FIT configuration vm-0: dormouse,vcpus" },
	{ .name = "vcpus_text",
	  .vms = 1,
	  .config = { { "dormouse,vcpus", "2", 0 } },
	  .says = "dormouse,vcpus" },
	{ .name = "bad_memory",
	  .vms = 1,
	  .config = { { "dormouse,memory", "lots", 0 } },
	  .says = "dormouse,memory must be" },
	{ .name = "small_memory",
	  .vms = 1,
	  .config = { { "memory-mb", NULL, 1 } },
	  .says = "memory-mb must be" },
	{ .name = "unknown_property",
	  .vms = 1,
	  .config = { { "mem", "64M", 0 } },
	  .says = "configuration vm-0: property mem is not supported" },
	{ .name = "unknown_property_of_ours",
	  .vms = 1,
	  .config = { { "dormouse,cpus", NULL, 2 } },
	  .says = "dormouse,cpus is not supported" },
	{ .name = "own_prefix_and_a_letter",
	  .vms = 1,
	  .config = { { "dormouse,x", NULL, 2 } },
	  .says = "dormouse,x is not supported" },
	{ .name = "loadables",
	  .vms = 1,
	  .config = { { "loadables", "k", 0 } },
	  .says = "loadables is not supported" },
	{ .name = "load_text",
	  .vms = 1,
	  .image = { { "load", "0x80400000", 0 } },
	  .says = "image k: load is not an address" },
	{ .name = "entry_text",
	  .vms = 1,
	  .image = { { "entry", "start", 0 } },
	  .says = "entry is not an address" },
	{ .name = "ramdisk_of_another_type",
	  .vms = 1,
	  .image = { { "type", "kernel", 0 } },
	  .config = { { "ramdisk", "k", 0 } },
	  .says = "type \"kernel\" is not supported, only \"ramdisk\"" },
	{ .name = "of_somebody_else",
	  .vms = 1,
	  .image = { { "description", "x", 0 },
		     { "timestamp", NULL, 1 },
		     { "os", "linux", 0 },
		     { "type", "kernel", 0 },
		     { "u-boot,x", "y", 0 } },
	  .config = { { "description", "x", 0 },
		      { "compatible", "a b", 0 },
		      { "u-boot,x", "y", 0 } },
	  .vcpus = 4,
	  .mem = 128 * MIB,
	  .bootargs = "from options" },
	{ .name = "ramdisk_that_the_kernel_unpacks",
	  .vms = 1,
	  .config = { { "ramdisk", "zipped", 0 } },
	  .vcpus = 4,
	  .mem = 128 * MIB,
	  .bootargs = "from options" },
	{ .name = "tree_that_nobody_unpacks",
	  .vms = 1,
	  .config = { { "fdt", "zipped", 0 } },
	  .says = "FIT image zipped: compression \"gzip\"" },
	{ .name = "wake_text",
	  .vms = 1,
	  .config = { { "dormouse,wake-after", "soon!!", 0 } },
	  .says = "milliseconds" },
	{ .name = "devices",
	  .vms = 1,
	  .config = { { "dormouse,devices", "rtc uart", 0 }, { "dormouse,ram", "direct", 0 } },
	  .vcpus = 4,
	  .mem = 128 * MIB,
	  .bootargs = "from options" },
	{ .name = "ram_of_another_kind",
	  .vms = 1,
	  .config = { { "dormouse,ram", "fast", 0 } },
	  .says = "dormouse,ram must be" },
};

static void put_props(const struct prop_row *p)
{
	for (unsigned i = 0; i < MAX_PROPS && p[i].name != NULL; i++) {
		if (p[i].text != NULL)
			put_list(blob, p[i].name, p[i].text);
		else
			MUST(fdt_property_u32(blob, p[i].name, p[i].number));
	}
}

static void write_fit(const struct fit_row *f)
{
	char name[32];

	MUST(fdt_create(blob, 8 * KIB));
	MUST(fdt_finish_reservemap(blob));
	MUST(fdt_begin_node(blob, ""));
	MUST(fdt_begin_node(blob, "images"));
	MUST(fdt_begin_node(blob, "k"));
	MUST(fdt_property(blob, "data", "0123456789abcdef", 16));
	put_props(f->image);
	MUST(fdt_begin_node(blob, "hash-1"));
	MUST(fdt_property_string(blob, "algo", "crc32"));
	MUST(fdt_end_node(blob));
	MUST(fdt_end_node(blob));
	MUST(fdt_begin_node(blob, "zipped"));
	MUST(fdt_property(blob, "data", "0123", 4));
	MUST(fdt_property_string(blob, "compression", "gzip"));
	MUST(fdt_end_node(blob));
	MUST(fdt_end_node(blob));
	MUST(fdt_begin_node(blob, "configurations"));
	MUST(fdt_property_string(blob, "default", "vm-0"));
	for (unsigned i = 0; i < f->vms; i++) {
		snprintf(name, sizeof(name), "vm-%u", i);
		MUST(fdt_begin_node(blob, name));
		MUST(fdt_property_string(blob, "kernel", "k"));
		put_props(f->config);
		MUST(fdt_end_node(blob));
	}
	MUST(fdt_end_node(blob));
	MUST(fdt_end_node(blob));
	MUST(fdt_finish(blob));
}

static void test_fits(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(fits); i++) {
		const struct fit_row *f = &fits[i];
		/* the last one */
		const struct vm_config *vm = &vms[MAX(1, MIN(f->vms, MAX_VMS)) - 1];
		char name[64];
		bool ok;

		write_fit(f);
		fail_text[0] = '\0';
		n = payload_inspect(blob, fdt_totalsize(blob), &options, vms);
		ok = n != 0;
		snprintf(name, sizeof(name), "fit_%s", f->name);
		if (f->says != NULL) {
			CHECK(!ok && strstr(fail_text, f->says) != NULL, name,
			      "accepted %d, says \"%s\"", ok, fail_text);
			continue;
		}
		CHECK(ok && n == f->vms && vm->kernel.size == 16 &&
			      memcmp(vm->kernel.data, "0123", 4) == 0 && vm->vcpus == f->vcpus &&
			      vm->mem == f->mem && vm->wake_after_ms == f->wake_after &&
			      strcmp(vm->bootargs, f->bootargs) == 0 &&
			      strncmp(vm->name, "vm-", 3) == 0,
		      name, "%s, %u VMs, vcpus %u, mem %lx", fail_text, n, vm->vcpus, vm->mem);
	}
}

/* What an image says about its place, in one cell or two; a kernel that is not to be moved counts
 * from where it is. */
static void test_addresses(void)
{
	static const struct {
		const char *name, *type;
		uint32_t cells;
		uint64_t load, entry;
		bool relative;
	} rows[] = {
		{ "one_cell", "kernel", 1, 0x80400000, 0x80400040, false },
		{ "two_cells", "kernel", 2, 0x180400000, 0x180400040, false },
		{ "noload", "kernel_noload", 2, 0, 0x40, true },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[64];
		int k;

		write_fit(&fits[0]);
		MUST(fdt_open_into(blob, blob, BLOB_MAX));
		k = fdt_path_offset(blob, "/images/k");
		if (rows[i].cells == 1) {
			MUST(fdt_setprop_u32(blob, k, "load", (uint32_t)rows[i].load));
			MUST(fdt_setprop_u32(blob, k, "entry", (uint32_t)rows[i].entry));
		} else {
			MUST(fdt_setprop_u64(blob, k, "load",
					     rows[i].relative ? 0x12345678 : rows[i].load));
			MUST(fdt_setprop_u64(blob, k, "entry", rows[i].entry));
		}
		MUST(fdt_setprop_string(blob, k, "type", rows[i].type));
		snprintf(name, sizeof(name), "address_%s", rows[i].name);
		CHECK(payload_inspect(blob, BLOB_MAX, &options, vms) == 1 &&
			      vms[0].kernel.load == rows[i].load && vms[0].entry == rows[i].entry &&
			      vms[0].entry_relative == rows[i].relative && vms[0].ramdisk.load == 0,
		      name, "%s 0x%lx 0x%lx", fail_text, vms[0].kernel.load, vms[0].entry);
	}
}

/* Data behind the tree, as mkimage -E writes it. */
static void test_external(void)
{
	static const struct {
		const char *name;
		struct prop_row where[2];
		const char *says;
	} rows[] = {
		{ "external_offset",
		  { { "data-offset", NULL, 64 }, { "data-size", NULL, 100 } },
		  NULL },
		{ "external_offset_cut",
		  { { "data-offset", NULL, 64 }, { "data-size", NULL, 1000 } },
		  "truncated" },
		{ "external_position_wild",
		  { { "data-position", NULL, 0xfffffff0 }, { "data-size", NULL, 100 } },
		  "truncated" },
		{ "external_no_size",
		  { { "data-offset", NULL, 64 }, { NULL, NULL, 0 } },
		  "neither data nor data-size" },
		{ "external_nowhere",
		  { { "data-size", NULL, 64 }, { NULL, NULL, 0 } },
		  "data-offset" },
		{ "external_empty",
		  { { "data-offset", NULL, 0 }, { "data-size", NULL, 0 } },
		  "empty" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fit_row f = fits[0];
		size_t end;
		bool ok;

		memcpy(f.image, rows[i].where, sizeof(rows[i].where));
		write_fit(&f);
		MUST(fdt_open_into(blob, blob, BLOB_MAX));
		MUST(fdt_delprop(blob, fdt_path_offset(blob, "/images/k"), "data"));
		MUST(fdt_pack(blob));
		end = ALIGN_UP(fdt_totalsize(blob), 4U);
		ok = payload_inspect(blob, end + 164, &options, vms) != 0;
		if (rows[i].says == NULL)
			CHECK(ok && vms[0].kernel.data == blob + end + 64 &&
				      vms[0].kernel.size == 100,
			      rows[i].name, "%s", fail_text);
		else
			CHECK(!ok && strstr(fail_text, rows[i].says) != NULL, rows[i].name,
			      "accepted %d, says \"%s\"", ok, fail_text);
	}
}

static void test_other_blobs(void)
{
	memset(blob, 0x13, 64);
	CHECK(payload_inspect(blob, 64, &options, vms) == 1 &&
		      vms[0].kernel.data == blob && vms[0].mem == options.mem &&
		      vms[0].ramdisk.data == NULL,
	      "anything_else_is_one_image", "%s", fail_text);
	for (unsigned at = 2; at <= 4; at += 2) {
		static _Alignas(8) uint8_t moved[16 * KIB];

		write_fit(&fits[0]);
		memcpy(moved + at, blob, fdt_totalsize(blob));
		n = payload_inspect(moved + at, fdt_totalsize(blob), &options, vms);
		CHECK(at == 4 ? n == 1 && memcmp(vms[0].kernel.data, "0123", 4) == 0
			      : n == 0 && strstr(fail_text, "no multiple of 4") != NULL,
		      at == 4 ? "fit_at_a_multiple_of_4" : "fit_at_a_multiple_of_2_is_named", "%s",
		      fail_text);
	}
	write_fit(&fits[0]);
	CHECK(!payload_inspect(blob, fdt_totalsize(blob) - 1, &options, vms) &&
		      strstr(fail_text, "damaged") != NULL,
	      "fit_cut", "%s", fail_text);
	MUST(fdt_del_node(blob, fdt_path_offset(blob, "/configurations")));
	CHECK(!payload_inspect(blob, fdt_totalsize(blob), &options, vms) &&
		      strstr(fail_text, "not a FIT") != NULL,
	      "tree_without_configurations", "%s", fail_text);
}

static void test_fuzz(void)
{
	uint64_t seed = 2;
	unsigned accepted = 0;

	for (unsigned i = 0; i < 20000; i++) {
		size_t size;
		uint8_t *copy;

		if (i % 5000 == 0)
			write_fit(&fits[i / 5000]);
		size = i % 5 == 4 ? 200 : fdt_totalsize(blob);
		copy = malloc(size);
		memcpy(copy, blob, size);
		if (i % 5 == 4)
			put_image(copy, 2 * MIB, 8192);
		damage(copy, size, &seed);
		n = payload_inspect(copy, size, &options, vms);
		for (unsigned v = 0; v < n; v++)
			accepted += image_check(&vms[v]) && strlen(vms[v].bootargs) < size;
		free(copy);
	}
	CHECK(accepted > 0, "20000_damaged_payloads_do_no_harm", "none accepted at all");
}

int main(void)
{
	if (!options_parse("-- from options", &options))
		return 1;
	test_fits();
	test_addresses();
	test_external();
	test_other_blobs();
	test_fuzz();
	return failures != 0;
}
