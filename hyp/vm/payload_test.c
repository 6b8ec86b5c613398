/* SPDX-License-Identifier: MIT */
/* test-with: hyp/vm/payload.c hyp/vm/image.c hyp/lib/options.c hyp/lib/tree.c hyp/lib/fail.c */
/* payload_test.c - FIT images, kernels and what people pass instead of them. */
#include "vm/payload.h"
#include "lib/fail.h"
#include "lib/test_tree.h"

#define BLOB_MAX (256 * KIB)

static _Alignas(8) uint8_t blob[BLOB_MAX];
static struct options options;
static struct vm_config vms[MAX_VMS];
static unsigned n;

/* A Linux Image header; @text_offset and @image_size as in the kernel's boot-image-header.rst. */
static void put_le(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		*p++ = (uint8_t)v;
}

static void put_image(uint8_t *p, uint64_t text_offset, uint64_t image_size)
{
	memset(p, 0, 64);
	put_le(p, 0x5a4d, 2); /* the EFI stub's MZ */
	put_le(p + 8, text_offset, 8);
	put_le(p + 16, image_size, 8);
	memcpy(p + 0x30, "RISCV", 5);
	memcpy(p + 0x38, "RSC\x05", 4);
}

/* --- image_check ------------------------------------------------------------------------------------------------------- */

struct image_row {
	const char *name;
	const char *start; /* first bytes */
	size_t start_len, at; /* where they stand */
	const char *says;
};

#define MAGIC(name, at, bytes, says) { name, bytes, sizeof(bytes) - 1, at, says }
static const struct image_row foreign[] = {
	MAGIC("elf", 0, "\x7f" "ELF", "objcopy -O binary"),
	MAGIC("gzip", 0, "\x1f\x8b\x08", "gzip"),
	MAGIC("xz", 0, "\xfd" "7zXZ\0", "xz"),
	MAGIC("zstd", 0, "\x28\xb5\x2f\xfd", "zstd"),
	MAGIC("lz4", 0, "\x02\x21\x4c\x18", "lz4"),
	MAGIC("bzip2", 0, "BZh6", "bzip2"),
	MAGIC("zboot", 0, "MZ\0\0zimg", "zboot"),
	MAGIC("arm64", 0x38, "ARM\x64", "arm64"),
	MAGIC("x86", 0x202, "HdrS", "x86"),
	MAGIC("other_efi", 0, "MZ", "another architecture"),
	MAGIC("uimage", 0, "\x27\x05\x19\x56", "uImage"),
	MAGIC("initramfs", 0, "070701", "initramfs"),
	MAGIC("device_tree", 0, "\xd0\x0d\xfe\xed", "device tree"),
	MAGIC("zeros", 0, "\0\0\0\0", "illegal"),
	MAGIC("big_endian", 0x18, "\x01", "big-endian"),
};

static bool check(size_t size, uint64_t mem, size_t ramdisk, struct image_layout *l)
{
	struct vm_config vm = { .name = "vm0", .kernel = { blob, size }, .ramdisk = { ramdisk ? blob : NULL, ramdisk }, .mem = mem };
	bool ok;

	fail_text[0] = '\0';
	ok = image_check(&vm);
	*l = vm.layout;
	return ok;
}

static void test_foreign(void)
{
	struct image_layout l;
	char name[64];

	for (unsigned i = 0; i < ARRAY_SIZE(foreign); i++) {
		bool ok;

		memset(blob, 0x13, 4096);
		if (strcmp(foreign[i].name, "big_endian") == 0)
			put_image(blob, 2 * MIB, 4096);
		memcpy(blob + foreign[i].at, foreign[i].start, foreign[i].start_len);
		ok = check(4096, 128 * MIB, 0, &l);
		snprintf(name, sizeof(name), "image_%s_is_recognised", foreign[i].name);
		CHECK(!ok && strstr(fail_text, foreign[i].says) != NULL, name, "accepted %d, says \"%s\"", ok, fail_text);
	}
}

static void test_layout(void)
{
	struct image_layout l;

	memset(blob, 0x13, 8192);
	CHECK(check(8192, 128 * MIB, 0, &l) && !l.linux_image && l.load == 0x80200000 && l.span == 8192 &&
	      l.fdt == 0x88000000 - GUEST_FDT_MAX && IS_ALIGNED(l.fdt, 64 * KIB), "flat_binary_goes_to_2_mib", "%s %lx", fail_text, l.load);
	put_image(blob, 2 * MIB, 30 * MIB);
	CHECK(check(8192, 128 * MIB, 12345, &l) && l.linux_image && l.load == 0x80200000 && l.span == 30 * MIB &&
	      l.ramdisk == l.fdt - 16384, "linux_owns_its_bss", "%s %lx %lx", fail_text, l.span, l.ramdisk);
	put_image(blob, 0, 0);
	CHECK(check(8192, 4 * MIB, 0, &l) && l.load == 0x80000000 && l.span == 8192, "text_offset_0_and_no_image_size", "%s", fail_text);
	put_image(blob, 2 * MIB, 30 * MIB);
	CHECK(!check(8192, 32 * MIB, 2 * MIB, &l) && strstr(fail_text, "32 MiB do not hold") != NULL && strstr(fail_text, "mem=36M") != NULL,
	      "too_large_for_ram_says_how_much", "%s", fail_text);
	put_image(blob, 2 * MIB, 30 * MIB - GUEST_FDT_MAX - 4096);
	CHECK(check(8192, 32 * MIB, 4096, &l) && l.load + l.span == l.ramdisk && l.ramdisk + 4096 == l.fdt &&
		      !check(8192, 32 * MIB, 4097, &l),
	      "fits_to_the_page", "%s %lx", fail_text, l.ramdisk);
	put_image(blob, 2 * MIB, 8192);
	CHECK(image_check(&(struct vm_config){ .name = "vm0", .kernel = { blob, 8192 }, .fdt = { blob, 56 * KIB }, .mem = 128 * MIB }) &&
		      !image_check(&(struct vm_config){ .name = "vm0", .kernel = { blob, 8192 }, .fdt = { blob, 56 * KIB + 1 }, .mem = 128 * MIB }) &&
		      strstr(fail_text, "device tree has 57345 bytes") != NULL,
	      "own_tree_leaves_room_to_complete_it", "%s", fail_text);
	put_image(blob, 1UL << 63, 8192);
	CHECK(!check(8192, 128 * MIB, 0, &l) && strstr(fail_text, "damaged") != NULL, "absurd_text_offset", "%s", fail_text);
	put_image(blob, 2 * MIB, UINT64_MAX);
	CHECK(!check(8192, 128 * MIB, 0, &l) && strstr(fail_text, "damaged") != NULL, "absurd_image_size", "%s", fail_text);
	put_image(blob, 2 * MIB, 8192);
	CHECK(!check(60, 128 * MIB, 0, &l) && strstr(fail_text, "truncated") != NULL, "cut_in_the_header", "%s", fail_text);
	CHECK(!check(3, 128 * MIB, 0, &l) && strstr(fail_text, "3 bytes") != NULL, "three_bytes_are_no_program", "%s", fail_text);
	memcpy(blob + 64, "PE\0\0", 4);
	put_le(blob + 0x3c, 64, 4);
	put_le(blob + 64 + 6, 1, 2); /* one section, right behind the header: 2048 bytes from 6144 on */
	put_le(blob + 64 + 20, 0, 2);
	put_le(blob + 88 + 16, 2048, 4);
	put_le(blob + 88 + 20, 6144, 4);
	CHECK(check(8192, 128 * MIB, 0, &l), "whole_efi_kernel", "%s", fail_text);
	CHECK(!check(8191, 128 * MIB, 0, &l) && strstr(fail_text, "truncated: 8191 bytes of at least 8192") != NULL, "cut_efi_kernel",
	      "%s", fail_text);
}

/* --- FIT --------------------------------------------------------------------------------------------------------------- */

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
	{ .name = "gzip", .vms = 1, .image = { { "compression", "gzip", 0 } }, .says = "FIT image k: compression \"gzip\"" },
	{ .name = "arm", .vms = 1, .image = { { "arch", "arm64", 0 } }, .says = "arm64" },
	{ .name = "unknown_ramdisk", .vms = 1, .config = { { "ramdisk", "nope", 0 } }, .says = "FIT configuration vm-0: ramdisk = \"nope\"" },
	{ .name = "overlays", .vms = 1, .config = { { "fdt", "k k", 0 } }, .says = "fdt must name one image" },
	{ .name = "no_vcpus",
	  .vms = 1,
	  .config = { { "dormouse,vcpus", NULL, 0 } },
	  .says = "FIT configuration vm-0: dormouse,vcpus" },
	{ .name = "vcpus_text", .vms = 1, .config = { { "dormouse,vcpus", "2", 0 } }, .says = "dormouse,vcpus" },
	{ .name = "bad_memory", .vms = 1, .config = { { "dormouse,memory", "lots", 0 } }, .says = "dormouse,memory must be" },
	{ .name = "small_memory", .vms = 1, .config = { { "memory-mb", NULL, 1 } }, .says = "memory-mb must be" },
	{ .name = "wake_text", .vms = 1, .config = { { "dormouse,wake-after", "soon!!", 0 } }, .says = "milliseconds" },
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

	MUST(fdt_create(blob, BLOB_MAX));
	MUST(fdt_finish_reservemap(blob));
	MUST(fdt_begin_node(blob, ""));
	MUST(fdt_begin_node(blob, "images"));
	MUST(fdt_begin_node(blob, "k"));
	MUST(fdt_property(blob, "data", "0123456789abcdef", 16));
	put_props(f->image);
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
		const struct vm_config *vm = &vms[MAX(1, MIN(f->vms, MAX_VMS)) - 1]; /* the last one */
		char name[64];
		bool ok;

		write_fit(f);
		fail_text[0] = '\0';
		n = payload_inspect(blob, fdt_totalsize(blob), &options, vms);
		ok = n != 0;
		snprintf(name, sizeof(name), "fit_%s", f->name);
		if (f->says != NULL) {
			CHECK(!ok && strstr(fail_text, f->says) != NULL, name, "accepted %d, says \"%s\"", ok, fail_text);
			continue;
		}
		CHECK(ok && n == f->vms && vm->kernel.size == 16 && memcmp(vm->kernel.data, "0123", 4) == 0 &&
			      vm->vcpus == f->vcpus && vm->mem == f->mem && vm->wake_after_ms == f->wake_after &&
			      strcmp(vm->bootargs, f->bootargs) == 0 && strncmp(vm->name, "vm-", 3) == 0,
		      name, "%s, %u VMs, vcpus %u, mem %lx", fail_text, n, vm->vcpus, vm->mem);
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
		{ "external_offset", { { "data-offset", NULL, 64 }, { "data-size", NULL, 100 } }, NULL },
		{ "external_offset_cut", { { "data-offset", NULL, 64 }, { "data-size", NULL, 1000 } }, "truncated" },
		{ "external_position_wild", { { "data-position", NULL, 0xfffffff0 }, { "data-size", NULL, 100 } }, "truncated" },
		{ "external_no_size", { { "data-offset", NULL, 64 }, { NULL, NULL, 0 } }, "neither data nor data-size" },
		{ "external_nowhere", { { "data-size", NULL, 64 }, { NULL, NULL, 0 } }, "data-offset" },
		{ "external_empty", { { "data-offset", NULL, 0 }, { "data-size", NULL, 0 } }, "empty" },
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
			CHECK(ok && vms[0].kernel.data == blob + end + 64 && vms[0].kernel.size == 100, rows[i].name, "%s", fail_text);
		else
			CHECK(!ok && strstr(fail_text, rows[i].says) != NULL, rows[i].name, "accepted %d, says \"%s\"", ok, fail_text);
	}
}

static void test_other_blobs(void)
{
	memset(blob, 0x13, 64);
	CHECK(payload_inspect(blob, 64, &options, vms) == 1 &&
		      vms[0].kernel.data == blob && vms[0].mem == options.mem &&
		      vms[0].ramdisk.data == NULL,
	      "anything_else_is_one_image", "%s", fail_text);
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
	test_foreign();
	test_layout();
	test_fits();
	test_external();
	test_other_blobs();
	test_fuzz();
	return failures != 0;
}
