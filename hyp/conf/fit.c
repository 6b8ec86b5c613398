/* SPDX-License-Identifier: MIT */
/*
 * fit.c - the VMs of a FIT image. Contract: fit_read() in payload.h.
 *
 * Flat Image Tree Specification 0.8: each child of /configurations names images of /images by
 * `kernel`, `ramdisk` and `fdt`. An image's bytes are its `data`, or lie outside the tree at
 * `data-offset` (from the end of the tree) or `data-position` (from its start).
 *
 * Optional room: fit, 190 lines. Needs image options.
 */
#include "conf/option.h"
#include "conf/payload.h"
#include "conf/tree.h"
#include "lib/fail.h"
#include "lib/string.h"

struct fit {
	struct tree t;
	const char *blob;
	size_t size; /* external data included */
	tree_node images;
	const struct vm_config *otherwise; /* what holds when a configuration does not say */
};

/*
 * What is wrong from here on is wrong with that node: it is said by fail_more(). @kind is "image"
 * or "configuration".
 */
static void about(const struct fit *f, const char *kind, tree_node node)
{
	fail("FIT %s %.40s: ", kind, tree_name(&f->t, node));
}

/* A property that has to be @want if it is there. */
static bool must_be(const struct fit *f, tree_node image, const char *name, const char *want)
{
	const char *is = tree_string(&f->t, image, name);

	return is == NULL || strcmp(is, want) == 0 ||
	       fail_more("%s \"%.40s\" is not supported, only \"%s\"", name, is, want);
}

/* The bytes of an image. */
static bool image_data(const struct fit *f, tree_node image, struct blob *out)
{
	uint64_t at, size;

	out->data = tree_prop(&f->t, image, "data", &out->size);
	if (out->data == NULL) {
		if (tree_number(&f->t, image, "data-size", &size) != 1)
			return fail_more("neither data nor data-size");
		if (tree_number(&f->t, image, "data-position", &at) != 1) {
			if (tree_number(&f->t, image, "data-offset", &at) != 1 || at > f->size)
				return fail_more("no valid data-position or data-offset");
			at += ALIGN_UP(tree_size(f->blob), 4);
		}
		if (at > f->size || size > f->size - at)
			return fail_more("its data ends behind the end of the file: truncated?");
		*out = (struct blob){ .data = f->blob + at, .size = size };
	}
	return out->size != 0 || fail_more("empty");
}

/* An address of an image, if it has one: *@out stays if it has not. */
static bool address(const struct fit *f, tree_node image, const char *name, gpaddr_t *out)
{
	return tree_number(&f->t, image, name, out) >= 0 ||
	       fail_more("%s is not an address of 1 or 2 cells", name);
}

/*
 * Look up the image that property @role of the configuration names; *@found is NULL without one,
 * which is fine unless it is needed. What a ramdisk is compressed with is for the kernel to see.
 */
static bool find_image(const struct fit *f, tree_node config, const char *role, const char *type,
		       struct blob *out, tree_node *found)
{
	size_t len;
	const char *name = tree_prop(&f->t, config, role, &len);
	tree_node image;

	*found = NULL;
	about(f, "configuration", config);
	if (name == NULL)
		return true;
	if (strnlen(name, len) + 1 != len)
		return fail_more("%s must name one image", role);
	*found = image = tree_child(&f->t, f->images, name);
	if (image == NULL)
		return fail_more("%s = \"%.40s\", but /images has no such node", role, name);
	about(f, "image", image);
	return (type == NULL || must_be(f, image, "type", type)) &&
	       (strcmp(role, "ramdisk") == 0 || must_be(f, image, "compression", "none")) &&
	       must_be(f, image, "arch", "riscv") && image_data(f, image, out) &&
	       address(f, image, "load", &out->load);
}

static bool find_images(const struct fit *f, tree_node config, struct vm_config *vm)
{
	tree_node image;

	if (!find_image(f, config, "ramdisk", "ramdisk", &vm->ramdisk, &image) ||
	    !find_image(f, config, "fdt", "flat_dt", &vm->fdt, &image) ||
	    !find_image(f, config, "kernel", NULL, &vm->kernel, &image))
		return false;
	if (image == NULL)
		return fail_more("no kernel");
	/* Its load address counts for nothing, its entry from its first byte, as in U-Boot. */
	vm->entry_relative = tree_string_is(&f->t, image, "type", "kernel_noload");
	if (vm->entry_relative)
		vm->kernel.load = 0;
	return address(f, image, "entry", &vm->entry);
}

/*
 * A property that we do not honour is refused, not passed over: loadables would be missed, and
 * "mem" was meant to be "memory". But what has the prefix of somebody else is none of ours.
 */
static bool only_known(const struct fit *f, tree_node node, const char *known, size_t size)
{
	static const char prefix[] = "dormouse,";
	struct tree_item i;

	tree_item(&f->t, node, &i);
	while (tree_item(&f->t, i.next, &i) && i.kind == TREE_PROP) {
		size_t len = strnlen(i.name, 64);
		bool ours = len >= sizeof(prefix) - 1 &&
			    memcmp(i.name, prefix, sizeof(prefix) - 1) == 0;

		if ((ours || memchr(i.name, ',', len) == NULL) &&
		    !tree_list_has(known, size, i.name))
			return fail_more("property %.40s is not supported", i.name);
	}
	return true;
}

/* What is said for all of them: options of the hypervisor, which boot has read (appended.h). */
static bool check_configs(const struct fit *f, tree_node configs)
{
	static const char known[] = "default\0description\0phandle\0dormouse,options";

	fail("FIT /configurations: ");
	return only_known(f, configs, known, sizeof(known)) &&
	       (!tree_has(&f->t, configs, "dormouse,options") ||
		tree_string(&f->t, configs, "dormouse,options") != NULL ||
		fail_more("dormouse,options is not a string"));
}

/*
 * Is a property @name, or that without "dormouse,", a number, if it is there? *@v stays if it is
 * not.
 */
static bool number(const struct fit *f, tree_node config, const char *name, uint64_t *v)
{
	return tree_number(&f->t, config, name + strlen("dormouse,"), v) >= 0 &&
	       tree_number(&f->t, config, name, v) >= 0;
}

static bool config_numbers(const struct fit *f, tree_node config, struct vm_config *vm)
{
	const char *size = tree_string(&f->t, config, "dormouse,memory");
	uint64_t vcpus = vm->vcpus, mib = vm->mem / MIB;

	if (size == NULL)
		size = tree_string(&f->t, config, "memory");
	if (!number(f, config, "dormouse,vcpus", &vcpus) || vcpus < 1 || vcpus > OPTIONS_MAX_VCPUS)
		return fail_more("dormouse,vcpus must be a number from 1 to %d", OPTIONS_MAX_VCPUS);
	vm->vcpus = (unsigned)vcpus;
	if (!number(f, config, "dormouse,wake-after", &vm->wake_after_ms) ||
	    vm->wake_after_ms > UINT32_MAX)
		return fail_more("dormouse,wake-after must be a number of milliseconds");
	/*
	 * "64M", or a number of MiB, of which the first byte is 0: as a number, "64M" would be 870
	 * TiB.
	 */
	if (size == NULL || *size == '\0') {
		if (!number(f, config, "dormouse,memory-mb", &mib) ||
		    !number(f, config, "dormouse,memory", &mib))
			mib = 0;
		vm->mem = MIN(mib, OPTIONS_MEM_MAX) * MIB;
	} else if (!options_size(size, strlen(size), &vm->mem)) {
		vm->mem = 0;
	}
	return options_mem_ok(vm->mem) ||
	       fail_more("%s must be MiB or a size, " OPTIONS_MEM_RULE,
		    tree_has(&f->t, config, "dormouse,memory") ? "dormouse,memory" : "memory-mb");
}

/* Which devices of the host it wants, and where its memory is. */
static bool config_devices(const struct fit *f, tree_node config, struct vm_config *vm)
{
	const char *ram = tree_string(&f->t, config, "dormouse,ram");

	vm->devices.data = tree_prop(&f->t, config, "dormouse,devices", &vm->devices.size);
	vm->says_ram = tree_has(&f->t, config, "dormouse,ram");
	vm->direct = ram != NULL && strcmp(ram, "direct") == 0;
	return !vm->says_ram || vm->direct || (ram != NULL && strcmp(ram, "moved") == 0) ||
	       fail_more("dormouse,ram must be \"moved\" or \"direct\"");
}

static bool read_config(const struct fit *f, tree_node config, struct vm_config *vm)
{
	static const char known[] =
		"kernel\0ramdisk\0fdt\0bootargs\0description\0compatible\0phandle\0"
		"vcpus\0memory\0memory-mb\0wake-after\0"
		"dormouse,devices\0dormouse,ram\0"
		"dormouse,vcpus\0dormouse,memory\0dormouse,memory-mb\0dormouse,wake-after";

	about(f, "configuration", config);
	*vm = *f->otherwise;
	vm->name = tree_name(&f->t, config);
	if (tree_has(&f->t, config, "bootargs"))
		vm->bootargs = tree_string(&f->t, config, "bootargs");
	if (vm->bootargs == NULL)
		return fail_more("bootargs is not a string");
	return config_numbers(f, config, vm) && config_devices(f, config, vm) &&
	       only_known(f, config, known, sizeof(known)) && find_images(f, config, vm);
}

unsigned fit_read(const void *blob, size_t size, const struct vm_config *otherwise,
		  struct vm_config vms[MAX_VMS])
{
	struct fit fit = { .blob = blob, .size = size, .otherwise = otherwise }, *f = &fit;
	const char *wrong = tree_open(&f->t, f->blob, f->size);
	tree_node configs;
	unsigned n = 0;

	if (wrong == NULL && !tree_sound(&f->t))
		wrong = "damaged: bad structure";
	if (wrong != NULL)
		return fail("the FIT image is %s", wrong);
	f->images = tree_child(&f->t, tree_root(&f->t), "images");
	configs = tree_child(&f->t, tree_root(&f->t), "configurations");
	if (f->images == NULL || configs == NULL)
		return fail("the initrd is a device tree but not a FIT image: no /images or no "
			    "/configurations");
	if (!check_configs(f, configs))
		return 0;
	tree_each_child(&f->t, configs, node) {
		if (n == MAX_VMS)
			return fail("the FIT image has more than %d configurations", MAX_VMS);
		if (!read_config(f, node, &vms[n++]))
			return 0;
	}
	return n != 0 ? n : fail("the FIT image has no configuration");
}
