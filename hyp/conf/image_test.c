/* SPDX-License-Identifier: MIT */
/* test-with: hyp/conf/image.c hyp/conf/options.c hyp/lib/fail.c */
/*
 * image_test.c - kernels and what people pass instead of them, and where everything goes in a VM's
 * memory.
 */
#include "lib/fail.h"
#include "conf/payload.h"
#include "conf/test_image.h"

static _Alignas(8) uint8_t blob[16 * KIB];

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
	struct vm_config vm = { .name = "vm0",
				.kernel = { blob, size, 0 },
				.ramdisk = { ramdisk ? blob : NULL, ramdisk, 0 },
				.mem = mem };
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
		CHECK(!ok && strstr(fail_text, foreign[i].says) != NULL, name,
		      "accepted %d, says \"%s\"", ok, fail_text);
	}
}

static void test_layout(void)
{
	struct image_layout l;

	memset(blob, 0x13, 8192);
	CHECK(check(8192, 128 * MIB, 0, &l) && !l.linux_image && l.load == 0x80200000 &&
		      l.span == 8192 && l.fdt == 0x88000000 - GUEST_FDT_MAX &&
		      IS_ALIGNED(l.fdt, 64 * KIB),
	      "flat_binary_goes_to_2_mib", "%s %lx", fail_text, l.load);
	put_image(blob, 2 * MIB, 30 * MIB);
	CHECK(check(8192, 128 * MIB, 12345, &l) && l.linux_image && l.load == 0x80200000 &&
		      l.span == 30 * MIB && l.entry == l.load && l.ramdisk == 0x84200000,
	      "linux_owns_its_bss", "%s %lx %lx", fail_text, l.span, l.ramdisk);
	put_image(blob, 0, 0);
	CHECK(check(8192, 4 * MIB, 0, &l) && l.load == 0x80000000 && l.span == 8192,
	      "text_offset_0_and_no_image_size", "%s", fail_text);
	put_image(blob, 2 * MIB, 30 * MIB);
	CHECK(!check(8192, 32 * MIB, 2 * MIB, &l) &&
		      strstr(fail_text, "32 MiB do not hold") != NULL &&
		      strstr(fail_text, "mem=36M") != NULL,
	      "too_large_for_ram_says_how_much", "%s", fail_text);
	put_image(blob, 2 * MIB, 30 * MIB - GUEST_FDT_MAX - 4096);
	CHECK(check(8192, 32 * MIB, 4096, &l) && l.load + l.span == l.ramdisk &&
		      l.ramdisk + 4096 == l.fdt && !check(8192, 32 * MIB, 4097, &l),
	      "fits_to_the_page", "%s %lx", fail_text, l.ramdisk);
	put_image(blob, 1UL << 63, 8192);
	CHECK(!check(8192, 128 * MIB, 0, &l) && strstr(fail_text, "damaged") != NULL,
	      "absurd_text_offset", "%s", fail_text);
	put_image(blob, 2 * MIB, UINT64_MAX);
	CHECK(!check(8192, 128 * MIB, 0, &l) && strstr(fail_text, "damaged") != NULL,
	      "absurd_image_size", "%s", fail_text);
	put_image(blob, 2 * MIB, 8192);
	CHECK(!check(60, 128 * MIB, 0, &l) && strstr(fail_text, "truncated") != NULL,
	      "cut_in_the_header", "%s", fail_text);
	CHECK(!check(3, 128 * MIB, 0, &l) && strstr(fail_text, "3 bytes") != NULL,
	      "three_bytes_are_no_program", "%s", fail_text);
	memcpy(blob + 64, "PE\0\0", 4);
	put_le(blob + 0x3c, 64, 4);
	/* one section, right behind the header: 2048 bytes from 6144 on */
	put_le(blob + 64 + 6, 1, 2);
	put_le(blob + 64 + 20, 0, 2);
	put_le(blob + 88 + 16, 2048, 4);
	put_le(blob + 88 + 20, 6144, 4);
	CHECK(check(8192, 128 * MIB, 0, &l), "whole_efi_kernel", "%s", fail_text);
	CHECK(!check(8191, 128 * MIB, 0, &l) &&
		      strstr(fail_text, "truncated: 8191 bytes of at least 8192") != NULL,
	      "cut_efi_kernel", "%s", fail_text);
}

/*
 * Where the ramdisk goes: half way up, clear of the top, 512 MiB at most; as near to that as there
 * is room.
 */
static void test_ramdisk(void)
{
	static const struct {
		uint64_t mem, span, ramdisk, at;
	} rows[] = {
		{ 512 * MIB, MIB, 33 * MIB, 0x80200000 + 256 * MIB },
		{ 192 * MIB, 36 * MIB, MIB, 0x80200000 + 96 * MIB },
		{ 4 * GIB, 36 * MIB, MIB, 0x80200000 + 512 * MIB },
		{ 64 * MIB, 40 * MIB, MIB, 0x80200000 + 40 * MIB },
		{ 64 * MIB, 8 * MIB, 40 * MIB, 0x84000000 - GUEST_FDT_MAX - 40 * MIB },
	};
	struct image_layout l;
	bool right = true;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		put_image(blob, 2 * MIB, rows[i].span);
		right = check(8192, rows[i].mem, rows[i].ramdisk, &l) && l.ramdisk == rows[i].at &&
			right;
		if (!right) {
			printf("row %u: 0x%lx\n", i, (unsigned long)l.ramdisk);
			break;
		}
	}
	CHECK(right, "ramdisk_is_clear_of_the_top", "%s", fail_text);
}

struct load_row {
	const char *name;
	uint64_t kernel, entry, ramdisk, fdt; /* what is asked for, 0: nothing */
	const char *says; /* or NULL, and where they are then */
	uint64_t at[4];
	bool linux_image, relative;
};

#define K 0x80200000 /* where the kernel, the ramdisk and the tree are if nothing is said */
#define R 0x84200000
#define T 0x87fe0000

/* 128 MiB, a flat kernel of 8 KiB or a Linux one of 1 MiB, a ramdisk of 4,000 bytes. */
static const struct load_row loads[] = {
	{ "nothing", 0, 0, 0, 0, .at = { K, K, R, T } },
	{ "kernel", 0x80400000, 0, 0, 0, .at = { 0x80400000, 0x80400000, R, T } },
	{ "entry", 0, 0x80200040, 0, 0, .at = { K, 0x80200040, R, T } },
	{ "both", 0x80000002, 0x80000040, 0, 0, .at = { 0x80000002, 0x80000040, R, T } },
	{ "relative_entry", 0, 0x40, 0, 0, .at = { K, 0x80200040, R, T }, .relative = true },
	{ "ramdisk", 0, 0, 0x86000123, 0, .at = { K, K, 0x86000123, T } },
	{ "tree", 0, 0, 0, 0x82000008, .at = { K, K, R, 0x82000008 } },
	{ "tree_at_the_end", 0, 0, 0, 0x87fff000, .at = { K, K, R, 0x87fff000 } },
	{ "kernel_where_the_ramdisk_would_be", R, 0, 0, 0, .at = { R, R, 0x84202000, T } },
	{ "kernel_where_the_tree_would_be", 0x87ffe000, 0, 0, 0,
	  .at = { 0x87ffe000, 0x87ffe000, R, 0x87fd0000 } },
	{ "linux_kernel", 0x80400000, 0, 0, 0,
	  .at = { 0x80400000, 0x80400000, R, T }, .linux_image = true },
	{ "linux_kernel_at_no_multiple_of_2_mib", 0x80401000, 0, 0, 0,
	  .says = "does not suit the Linux kernel",
	  .linux_image = true },
	{ "kernel_below_memory", 0x40200000, 0, 0, 0,
	  .says = "memory goes from 0x80000000 to 0x88000000" },
	{ "kernel_above_memory", 0x88000000, 0, 0, 0, .says = "memory goes from" },
	{ "kernel_over_the_end", 0x87fff000, 0, 0, 0,
	  .says = "kernel cannot be loaded at 0x87fff000 to 0x88001000" },
	{ "kernel_at_the_last_address", ~0UL - 1, 0, 0, 0, .says = "memory goes from" },
	{ "odd_kernel", 0x80400001, 0, 0, 0, .says = "no multiple of 2" },
	{ "entry_before_the_kernel", 0x80400000, 0x80200000, 0, 0,
	  .says = "cannot be entered at 0x80200000" },
	{ "entry_behind_the_kernel", 0x80400000, 0x80402000, 0, 0, .says = "cannot be entered" },
	{ "odd_entry", 0, 0x80200001, 0, 0, .says = "cannot be entered" },
	{ "wild_relative_entry", 0, ~0UL, 0, 0, .says = "cannot be entered", .relative = true },
	{ "ramdisk_on_the_kernel", 0, 0, 0x80201fff, 0,
	  .says = "the ramdisk goes from 0x80201fff to 0x80202fff" },
	{ "tree_on_the_kernel", 0, 0, 0, 0x80200000, .says = "the device tree goes from" },
	{ "tree_at_no_multiple_of_8", 0, 0, 0, 0x82000004, .says = "no multiple of 8" },
	{ "tree_right_behind_memory", 0, 0, 0, 0x88000000,
	  .says = "the device tree cannot be loaded" },
	{ "tree_above_memory", 0, 0, 0, 0x90000000, .says = "the device tree cannot be loaded" },
};

static void test_loads(void)
{
	char name[64];

	for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct load_row *r = &loads[i];
		struct vm_config vm = { .name = "vm0",
					.kernel = { blob, 8192, r->kernel },
					.ramdisk = { blob, 4000, r->ramdisk },
					.fdt.load = r->fdt,
					.entry = r->entry,
					.entry_relative = r->relative,
					.mem = 128 * MIB };
		const struct image_layout *l = &vm.layout;
		bool ok;

		memset(blob, 0x13, 8192);
		if (r->linux_image)
			put_image(blob, 2 * MIB, MIB);
		fail_text[0] = '\0';
		ok = image_check(&vm);
		snprintf(name, sizeof(name), "load_%s", r->name);
		if (r->says != NULL)
			CHECK(!ok && strstr(fail_text, r->says) != NULL, name,
			      "accepted %d, says \"%s\"", ok, fail_text);
		else
			CHECK(ok && l->load == r->at[0] && l->entry == r->at[1] &&
				      l->ramdisk == r->at[2] && l->fdt == r->at[3] &&
				      l->fdt_room == MIN(GUEST_FDT_MAX, 0x88000000 - l->fdt),
			      name, "%s 0x%lx 0x%lx 0x%lx 0x%lx", fail_text, l->load, l->entry,
			      l->ramdisk, l->fdt);
	}
}

/* Whatever is asked for, what is accepted lies in memory and apart. */
static void test_any_load(void)
{
	uint64_t seed = 5;
	unsigned accepted = 0, wrong = 0;

	memset(blob, 0x13, 8192);
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t at[3], mem = (2 + 2 * (random_next(&seed) % 4)) * MIB,
				ramdisk = random_next(&seed) % 3 * MIB;
		struct vm_config vm;
		struct image_layout *l = &vm.layout;

		for (unsigned k = 0; k < 3; k++)
			at[k] = random_next(&seed) % 2 == 0
					? 0
					: 0x80000000 + random_next(&seed) % 80 * (128 * KIB);
		vm = (struct vm_config){ .kernel = { blob, 8192, at[0] },
					 .ramdisk = { blob, ramdisk, at[1] },
					 .fdt.load = at[2],
					 .mem = mem };
		if (!image_check(&vm))
			continue;
		accepted++;
		wrong += l->load < 0x80000000 || l->load + 8192 > 0x80000000 + mem ||
			 l->fdt < 0x80000000 || l->fdt + l->fdt_room > 0x80000000 + mem ||
			 (l->fdt < l->load + 8192 && l->load < l->fdt + l->fdt_room) ||
			 (ramdisk != 0 &&
			  (l->ramdisk < 0x80000000 || l->ramdisk + ramdisk > 0x80000000 + mem ||
			   (l->ramdisk < l->load + 8192 && l->load < l->ramdisk + ramdisk) ||
			   (l->ramdisk < l->fdt + l->fdt_room && l->fdt < l->ramdisk + ramdisk))) ||
			 (at[0] != 0 && l->load != at[0]) || (at[1] != 0 && l->ramdisk != at[1]) ||
			 (at[2] != 0 && l->fdt != at[2]);
	}
	CHECK(accepted > 10000 && wrong == 0, "what_is_accepted_lies_in_memory_and_apart",
	      "%u of %u do not", wrong, accepted);
}

/* Memory where the host has it. */
static void test_direct(void)
{
	struct vm_config vm = { .kernel = { blob, 8192, 0 },
				.ramdisk = { blob, 5000, 0 },
				.mem = 128 * MIB,
				.direct = true,
				.direct_at = 0x123400000 };
	const struct image_layout *l = &vm.layout;

	put_image(blob, 2 * MIB, 30 * MIB);
	CHECK(image_check(&vm) && l->load == 0x123600000 && l->entry == l->load &&
		      l->ramdisk == 0x127600000 && l->fdt == 0x12b400000 - GUEST_FDT_MAX,
	      "direct_memory_begins_where_it_is", "%s 0x%lx 0x%lx 0x%lx", fail_text, l->load,
	      l->ramdisk, l->fdt);
	vm.direct_at = GUEST_SPACE - 126 * MIB;
	CHECK(!image_check(&vm) && strstr(fail_text, "behind the addresses") != NULL,
	      "direct_memory_too_high", "%s", fail_text);
	vm.direct_at = 0x123400000;
	memset(blob, 0x13, 8192);
	CHECK(!image_check(&vm) && strstr(fail_text, "runs at 0x80200000 only") != NULL,
	      "flat_image_in_direct_memory", "%s", fail_text);
}

int main(void)
{
	test_direct();
	test_foreign();
	test_layout();
	test_ramdisk();
	test_loads();
	test_any_load();
	return failures != 0;
}
