/* SPDX-License-Identifier: MIT */
/*
 * image.c - is this file something a RISC-V VM can start, and where does it go? Contract: image_check() in payload.h.
 *
 * The Linux Image header is described in the kernel's Documentation/arch/riscv/boot-image-header.rst.
 */
#include "lib/fail.h"
#include "lib/string.h"
#include "vm/payload.h"

#define PAGE (4 * KIB)
#define HEADER_SIZE 64
#define HEADER_MAGIC 0x38 /* "RSC\x05"; an EFI kernel starts with "MZ" as well, so this is looked at first */
#define HUGE_SIZE OPTIONS_MEM_MAX /* no number of a header may exceed it, so that sums of them cannot overflow */
/* A guest's own tree; it is in the slot twice for a moment, as it came and as it will be, which is a little larger. */
#define OWN_FDT_MAX (56 * KIB)

/* What people pass by mistake, and what to do about it. First match counts. */
static const struct magic {
	uint16_t offset;
	char bytes[6]; /* up to a 0 */
	const char *what;
} magics[] = {
	{ 0, "\x7f" "ELF", "an ELF file: make it flat with `objcopy -O binary`" },
	{ 0, "\x1f\x8b", "gzip compressed: unpack it" },
	{ 0, "\xfd" "7zXZ", "xz compressed: unpack it" },
	{ 0, "\x28\xb5\x2f\xfd", "zstd compressed: unpack it" },
	{ 0, "\x04\x22\x4d\x18", "lz4 compressed: unpack it" },
	{ 0, "\x02\x21\x4c\x18", "lz4 compressed: unpack it" },
	{ 0, "BZh", "bzip2 compressed: unpack it" },
	{ 4, "zimg", "a compressed EFI kernel (zboot): use the uncompressed Image" },
	{ HEADER_MAGIC, "ARM\x64", "an arm64 kernel" },
	{ 0x202, "HdrS", "an x86 kernel" },
	{ 0, "MZ", "an EFI program or the kernel of another architecture" },
	{ 0, "\x27\x05\x19\x56", "a U-Boot uImage: give the Image that is inside" },
	{ 0, "\xd0\x0d\xfe\xed", "a device tree" },
	{ 0, "07070", "an initramfs: bundle it with its kernel in a FIT image" },
};

/* Little-endian number of @bytes bytes at @offset, which the caller knows to be inside. */
static uint64_t get(const struct blob *image, size_t offset, unsigned bytes)
{
	const uint8_t *data = image->data;
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | data[offset + bytes];
	return v;
}

static bool has(const struct blob *image, size_t offset, const char *bytes, size_t len)
{
	return image->size >= offset + len && memcmp((const uint8_t *)image->data + offset, bytes, len) == 0;
}

static bool check_foreign(const struct blob *image)
{
	const char *what = get(image, 0, 2) == 0 ? "zeros, which is an illegal instruction" : NULL;

	for (unsigned i = 0; i < ARRAY_SIZE(magics) && what == NULL; i++)
		if (has(image, magics[i].offset, magics[i].bytes, strnlen(magics[i].bytes, sizeof(magics[i].bytes))))
			what = magics[i].what;
	return what == NULL || fail("the image is no RISC-V program but %s", what);
}

static bool reaches(const struct blob *image, uint64_t end)
{
	return end <= image->size || fail("the kernel image is truncated: %zu bytes of at least %lu", image->size, end);
}

/*
 * A kernel with an EFI stub lists its sections in a PE header, so a file cut short can be told. A plain Image cannot: its
 * image_size counts the bss, which is never in the file. PE format: COFF header 20 bytes, section headers 40 bytes each.
 */
static bool check_complete(const struct blob *image)
{
	uint64_t pe = get(image, 0x3c, 4), section, count;

	if (!has(image, 0, "MZ", 2) || pe > image->size - 24 || !has(image, pe, "PE\0\0", 4))
		return true;
	count = get(image, pe + 6, 2);
	section = pe + 24 + get(image, pe + 20, 2);
	for (; count > 0; count--, section += 40)
		if (!reaches(image, section + 40) || !reaches(image, get(image, section + 16, 4) + get(image, section + 20, 4)))
			return false;
	return true;
}

static bool check_linux(const struct blob *image, uint64_t *offset, uint64_t *span)
{
	if (!reaches(image, HEADER_SIZE))
		return false;
	*offset = get(image, 8, 8);
	*span = MAX(get(image, 16, 8), (uint64_t)image->size);
	if (get(image, 24, 8) & 1)
		return fail("the image is a big-endian kernel");
	if (*offset > HUGE_SIZE || *span > HUGE_SIZE || !IS_ALIGNED(*offset, PAGE))
		return fail("the kernel header is damaged: text_offset 0x%lx, image_size 0x%lx", *offset, *span);
	return check_complete(image);
}

static uint64_t to_mib(uint64_t bytes)
{
	return ALIGN_UP(bytes, MIB) / MIB;
}

/* From the bottom: @offset bytes unused, image, free, ramdisk, device tree. */
static bool place(struct vm_config *vm, uint64_t offset)
{
	struct image_layout *out = &vm->layout;
	uint64_t disk = ALIGN_UP((uint64_t)vm->ramdisk.size, PAGE);
	uint64_t need = offset + ALIGN_UP(out->span, PAGE) + disk + GUEST_FDT_MAX;

	if (vm->ramdisk.size > HUGE_SIZE || need > vm->mem)
		return fail("%lu MiB do not hold the image (%lu MiB with its bss, at +%lu MiB), the ramdisk (%lu MiB) and "
			    "the device tree: give it mem=%luM or more", to_mib(vm->mem), to_mib(out->span), to_mib(offset), to_mib(disk),
			    to_mib(ALIGN_UP(need, OPTIONS_MEM_UNIT)));
	if (vm->fdt.size > OWN_FDT_MAX)
		return fail("its device tree has %zu bytes, at most %lu are possible", vm->fdt.size, OWN_FDT_MAX);
	out->load = GUEST_RAM_BASE + offset;
	out->fdt = GUEST_RAM_BASE + ALIGN_DOWN(vm->mem, 64 * KIB) - GUEST_FDT_MAX;
	out->ramdisk = out->fdt - disk;
	return true;
}

bool image_check(struct vm_config *vm)
{
	const struct blob *image = &vm->kernel;
	struct image_layout *layout = &vm->layout;
	uint64_t offset = GUEST_FLAT_OFFSET;

	*layout = (struct image_layout){ .span = image->size };
	if (image->size < 4 || image->size > HUGE_SIZE)
		return fail("an image of %zu bytes cannot be a program", image->size);
	layout->linux_image = has(image, HEADER_MAGIC, "RSC\x05", 4);
	if (layout->linux_image ? !check_linux(image, &offset, &layout->span) : !check_foreign(image))
		return false;
	return place(vm, offset);
}
