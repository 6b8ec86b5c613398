/* SPDX-License-Identifier: MIT */
/*
 * image.c - is this file something a RISC-V VM can start, and where does it go? Contract:
 * image_check() in payload.h.
 *
 * The Linux Image header is described in the kernel's
 * Documentation/arch/riscv/boot-image-header.rst.
 *
 * Optional room: image, 225 lines.
 */
#include "conf/options.h"
#include "conf/payload.h"
#include "lib/fail.h"
#include "lib/string.h"

#define PAGE (4 * KIB)
#define HEADER_SIZE 64
/* "RSC\x05"; an EFI kernel starts with "MZ" as well, so this is looked at first. */
#define HEADER_MAGIC 0x38
/* No number of a header may exceed it, so that sums of them cannot overflow. */
#define HUGE_SIZE OPTIONS_MEM_MAX
#define FDT_ALIGN (64 * KIB) /* of the place that we choose; any multiple of 8 will do */
#define RAMDISK_MAX_OFFSET (512 * MIB)
#define LINUX_ALIGN (2 * MIB) /* RISC-V Linux, Documentation/arch/riscv/boot.rst */

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
	return image->size >= offset + len &&
	       memcmp((const uint8_t *)image->data + offset, bytes, len) == 0;
}

static bool check_foreign(const struct blob *image)
{
	const char *what = NULL;

	for (unsigned i = 0; i < ARRAY_SIZE(magics) && what == NULL; i++)
		if (has(image, magics[i].offset, magics[i].bytes,
			strnlen(magics[i].bytes, sizeof(magics[i].bytes))))
			what = magics[i].what;
	return what == NULL || fail("the image is no RISC-V program but %s", what);
}

static bool reaches(const struct blob *image, uint64_t end)
{
	return end <= image->size ||
	       fail("the kernel image is truncated: %zu bytes of at least %lu", image->size, end);
}

/*
 * A kernel with an EFI stub lists its sections in a PE header, so a file cut short can be told. A
 * plain Image cannot: its image_size counts the bss, which is never in the file. PE format: COFF
 * header 20 bytes, section headers 40 bytes each.
 */
static bool check_complete(const struct blob *image)
{
	uint64_t pe = get(image, 0x3c, 4), section, count;

	if (!has(image, 0, "MZ", 2) || pe > image->size - 24 || !has(image, pe, "PE\0\0", 4))
		return true;
	count = get(image, pe + 6, 2);
	section = pe + 24 + get(image, pe + 20, 2);
	for (; count > 0; count--, section += 40)
		if (!reaches(image, section + 40) ||
		    !reaches(image, get(image, section + 16, 4) + get(image, section + 20, 4)))
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
		return fail("the kernel header is damaged: text_offset 0x%lx, image_size 0x%lx",
			    *offset, *span);
	return check_complete(image);
}

static uint64_t to_mib(uint64_t bytes)
{
	return ALIGN_UP(bytes, MIB) / MIB;
}

/* One of the things that lie in a VM's memory: the kernel, the device tree, the ramdisk. */
struct piece {
	const char *what;
	gpaddr_t at; /* 0: not yet known */
	uint64_t size;
	gpaddr_t wish; /* where it would be best */
	uint64_t align;
};
#define PIECES 3

static gpaddr_t end_of(const struct piece *p)
{
	return p->at + p->size;
}

/* One of the others that @p overlaps, or NULL. */
static const struct piece *overlapped(const struct piece pieces[PIECES], const struct piece *p)
{
	for (const struct piece *other = pieces; other < pieces + PIECES; other++)
		if (other != p && other->at != 0 && other->size != 0 && other->at < end_of(p) &&
		    p->at < end_of(other))
			return other;
	return NULL;
}

/* A piece whose place is said: can it lie there, in @ram? */
static bool check_place(const struct piece pieces[PIECES], const struct piece *p,
			const struct piece *ram)
{
	const struct piece *other = overlapped(pieces, p);
	gpaddr_t end = end_of(ram);

	if (p->at % p->align != 0)
		return fail("the load address 0x%lx of the %s is no multiple of %lu", p->at,
			    p->what, p->align);
	if (p->at < ram->at || p->at >= end || p->size > end - p->at)
		return fail("the %s cannot be loaded at 0x%lx to 0x%lx: memory goes from 0x%lx to "
			    "0x%lx",
			    p->what, p->at, end_of(p), ram->at, end);
	return other == NULL ||
	       fail("the %s cannot be loaded at 0x%lx to 0x%lx: the %s goes from 0x%lx to 0x%lx",
		    p->what, p->at, end_of(p), other->what, other->at, end_of(other));
}

/* A piece that may lie anywhere: from where it would be best upwards, else from the end down. */
static bool find_place(const struct piece pieces[PIECES], struct piece *p,
		       const struct piece *ram)
{
	gpaddr_t end = end_of(ram);
	const struct piece *other;

	p->at = p->wish;
	while ((other = overlapped(pieces, p)) != NULL)
		p->at = ALIGN_UP(end_of(other), p->align);
	if (end_of(p) <= end)
		return true;
	p->at = ALIGN_DOWN(end - p->size, p->align);
	while (p->at >= ram->at && p->at < end && (other = overlapped(pieces, p)) != NULL)
		p->at = ALIGN_DOWN(other->at - p->size, p->align);
	return (p->at >= ram->at && p->at < end) ||
	       fail("there are no %lu KiB in one piece for the %s, beside what has a load address",
		    p->size / KIB, p->what);
}

/* The device tree is written to fit: it gets what there is behind its load address. */
static void limit_room(const struct piece pieces[PIECES], struct piece *fdt, gpaddr_t end)
{
	if (fdt->at < end)
		fdt->size = MIN(fdt->size, end - fdt->at);
	for (const struct piece *p = pieces; p < pieces + PIECES; p++)
		if (p->at > fdt->at)
			fdt->size = MIN(fdt->size, p->at - fdt->at);
}

static bool find_entry(const struct vm_config *vm, struct image_layout *out)
{
	uint64_t at = vm->entry_relative || vm->entry == 0 ? vm->entry : vm->entry - out->load;

	out->entry = out->load + at;
	if (at > vm->kernel.size - 2 || out->entry % 2 != 0)
		return fail("the kernel cannot be entered at 0x%lx: it goes from 0x%lx to 0x%lx",
			    out->entry, out->load, out->load + vm->kernel.size);
	return get(&vm->kernel, at, 2) != 0 ||
	       fail("the image is no RISC-V program but zeros, which is an illegal instruction, at "
		    "its entry 0x%lx",
		    out->entry);
}

/*
 * Where nothing is said: @offset bytes unused, the image, free, the ramdisk, free, the device tree
 * at the top. The ramdisk begins half way up, 512 MiB at most, where QEMU puts it: boot loaders
 * move themselves to the top, and Linux then finds no room in a small memory for a pool that would
 * leave it too little. If it does not fit there it lies as near to it as it can.
 */
static bool place(struct vm_config *vm, uint64_t offset)
{
	struct image_layout *out = &vm->layout;
	uint64_t disk = ALIGN_UP((uint64_t)vm->ramdisk.size, PAGE);
	uint64_t need = offset + ALIGN_UP(out->span, PAGE) + disk + GUEST_FDT_MAX;
	const struct piece ram = { "memory", guest_ram_base(vm), vm->mem, 0, 0 };
	gpaddr_t start = ram.at + offset, end = end_of(&ram);
	struct piece pieces[PIECES] = {
		{ "kernel", vm->kernel.load != 0 ? vm->kernel.load : start, out->span, 0,
		  out->linux_image ? PAGE : 2 },
		{ "device tree", vm->fdt.load, GUEST_FDT_MAX,
		  ALIGN_DOWN(end - GUEST_FDT_MAX, FDT_ALIGN), vm->fdt.load != 0 ? 8 : FDT_ALIGN },
		{ "ramdisk", vm->ramdisk.load, disk,
		  ram.at + GUEST_FLAT_OFFSET + MIN(vm->mem / 2, RAMDISK_MAX_OFFSET),
		  vm->ramdisk.load != 0 ? 1 : PAGE },
	};

	if (vm->ramdisk.size > HUGE_SIZE || (vm->kernel.load == 0 && need > vm->mem))
		return fail("%lu MiB do not hold the image (%lu MiB with its bss, at +%lu MiB), "
			    "the ramdisk (%lu MiB) and "
			    "the device tree: give it mem=%luM or more",
			    to_mib(vm->mem), to_mib(out->span), to_mib(offset), to_mib(disk),
			    to_mib(ALIGN_UP(need, OPTIONS_MEM_UNIT)));
	if (out->linux_image && (pieces[0].at - start) % LINUX_ALIGN != 0)
		return fail("the load address 0x%lx does not suit the Linux kernel: 0x%lx or a "
			    "multiple of 2 MiB from there would",
			    pieces[0].at, start);
	if (pieces[1].at != 0)
		limit_room(pieces, &pieces[1], end);
	for (struct piece *p = pieces; p < pieces + PIECES; p++)
		if (p->at != 0 && !check_place(pieces, p, &ram))
			return false;
	for (struct piece *p = pieces; p < pieces + PIECES; p++)
		if (p->at == 0 && !find_place(pieces, p, &ram))
			return false;
	out->load = pieces[0].at;
	out->fdt = pieces[1].at;
	out->fdt_room = pieces[1].size;
	out->ramdisk = pieces[2].at;
	return find_entry(vm, out);
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
	if (layout->linux_image ? !check_linux(image, &offset, &layout->span)
				: !check_foreign(image))
		return false;
	if (vm->direct && !layout->linux_image)
		return fail("ram=direct: this image runs at 0x%lx only, and the VM's memory begins "
			    "at 0x%lx; a Linux Image runs anywhere",
			    GUEST_RAM_BASE + GUEST_FLAT_OFFSET, vm->direct_at);
	if (vm->direct && vm->direct_at + vm->mem > GUEST_SPACE)
		return fail("ram=direct: the host's memory at 0x%lx is behind the addresses that a "
			    "VM can have",
			    vm->direct_at);
	return place(vm, offset);
}
