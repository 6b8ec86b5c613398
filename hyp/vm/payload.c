/* SPDX-License-Identifier: MIT */
/*
 * payload.c - find the VMs in the host's initrd. Contracts are in payload.h; what an image is, is decided in image.c.
 *
 * FIT (Flat Image Tree Specification 0.8): each child of /configurations names images of /images by `kernel`, `ramdisk`
 * and `fdt`. An image's bytes are its `data`, or lie outside the tree at `data-offset` (from the end of the tree) or
 * `data-position` (from its start).
 */
#include "vm/payload.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/tree.h"
#include <libfdt.h>

struct fit {
	const void *fdt;
	size_t size; /* of the whole blob, external data included */
	int images; /* node */
	const char *config; /* name of the configuration at hand, for messages */
	char *err;
	size_t errlen;
};

#define FAIL(f, ...) (snprintf((f)->err, (f)->errlen, __VA_ARGS__), false)

/* The bytes of the image node @node, called @name. */
static bool image_data(const struct fit *f, int node, const char *name, struct blob *out)
{
	int len;
	const void *inline_data = fdt_getprop(f->fdt, node, "data", &len);
	uint64_t at, size;

	if (inline_data != NULL) {
		*out = (struct blob){ inline_data, (size_t)len };
	} else if (tree_number(f->fdt, node, "data-size", &size) != 1) {
		return FAIL(f, "FIT image %s: neither data nor data-size", name);
	} else {
		if (tree_number(f->fdt, node, "data-position", &at) != 1) {
			if (tree_number(f->fdt, node, "data-offset", &at) != 1 || at > f->size)
				return FAIL(f, "FIT image %s: no valid data-position or data-offset", name);
			at += ALIGN_UP((uint64_t)fdt_totalsize(f->fdt), 4);
		}
		if (at > f->size || size > f->size - at)
			return FAIL(f, "FIT image %s: its data ends %lu bytes behind the end of the file: truncated?", name,
				    (unsigned long)(size - (f->size - MIN(at, f->size))));
		*out = (struct blob){ (const char *)f->fdt + at, size };
	}
	return out->size != 0 ? true : FAIL(f, "FIT image %s: empty", name);
}

/* Look up the image that property @role of the configuration names. Absent is fine unless it is needed. */
static bool find_image(const struct fit *f, int config, const char *role, bool needed, struct blob *out)
{
	const char *name = tree_string(f->fdt, config, role), *text;
	int node;

	if (!tree_has(f->fdt, config, role))
		return !needed || FAIL(f, "FIT configuration %s: no %s", f->config, role);
	if (name == NULL || fdt_stringlist_count(f->fdt, config, role) != 1)
		return FAIL(f, "FIT configuration %s: %s must name one image", f->config, role);
	node = fdt_subnode_offset(f->fdt, f->images, name);
	if (node < 0)
		return FAIL(f, "FIT configuration %s: %s = \"%s\", but /images has no such node", f->config, role, name);
	text = tree_string(f->fdt, node, "compression");
	if (text != NULL && strcmp(text, "none") != 0)
		return FAIL(f, "FIT image %s: compression \"%s\" is not supported: store it unpacked, or a ramdisk that its "
			    "kernel unpacks as \"none\"", name, text);
	text = tree_string(f->fdt, node, "arch");
	if (text != NULL && strcmp(text, "riscv") != 0)
		return FAIL(f, "FIT image %s: arch is \"%s\", not \"riscv\"", name, text);
	return image_data(f, node, name, out);
}

/* Memory is a string like "64M", or a number of MiB; 4 bytes "64M\0" are a string, as a number they would be 870 TiB. */
static bool config_memory(const struct fit *f, int config, struct vm_config *vm)
{
	static const char *const names[] = { "dormouse,memory", "dormouse,memory-mb", "memory-mb" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		int len;
		const char *s = fdt_getprop(f->fdt, config, names[i], &len);
		uint64_t v = 0;
		bool ok;

		if (s == NULL)
			continue;
		ok = len > 1 && s[len - 1] == '\0' && options_size(s, (size_t)len - 1, &v);
		if (!ok)
			ok = tree_number(f->fdt, config, names[i], &v) == 1 && !__builtin_mul_overflow(v, MIB, &v);
		if (!ok || !options_mem_ok(v))
			return FAIL(f, "FIT configuration %s: %s must be MiB or a size, " OPTIONS_MEM_RULE, f->config, names[i]);
		vm->mem = v;
		return true;
	}
	return true;
}

static bool config_numbers(const struct fit *f, int config, struct vm_config *vm)
{
	uint64_t v;
	int got = tree_number(f->fdt, config, "dormouse,vcpus", &v);

	if (got == 0)
		got = tree_number(f->fdt, config, "vcpus", &v);
	if (got < 0 || (got == 1 && (v < 1 || v > OPTIONS_MAX_VCPUS)))
		return FAIL(f, "FIT configuration %s: dormouse,vcpus must be a number from 1 to %d", f->config, OPTIONS_MAX_VCPUS);
	if (got == 1)
		vm->vcpus = (unsigned)v;
	got = tree_number(f->fdt, config, "dormouse,wake-after", &v);
	if (got < 0 || (got == 1 && v > UINT32_MAX))
		return FAIL(f, "FIT configuration %s: dormouse,wake-after must be a number of milliseconds", f->config);
	if (got == 1)
		vm->wake_after_ms = v;
	return config_memory(f, config, vm);
}

static void fill_defaults(const struct options *o, struct vm_config *vm)
{
	*vm = (struct vm_config){
		.name = "vm0",
		.bootargs = o->guest_bootargs,
		.vcpus = o->vcpus,
		.mem = o->mem,
		.wake_after_ms = o->wake_after_ms,
	};
}

static bool read_config(struct fit *f, int config, const struct options *o, struct vm_config *vm)
{
	fill_defaults(o, vm);
	f->config = fdt_get_name(f->fdt, config, NULL);
	vm->name = f->config;
	if (tree_has(f->fdt, config, "bootargs")) {
		vm->bootargs = tree_string(f->fdt, config, "bootargs");
		if (vm->bootargs == NULL)
			return FAIL(f, "FIT configuration %s: bootargs is not a string", f->config);
	}
	return find_image(f, config, "kernel", true, &vm->kernel) && find_image(f, config, "ramdisk", false, &vm->ramdisk) &&
	       find_image(f, config, "fdt", false, &vm->fdt) && config_numbers(f, config, vm);
}

static bool read_fit(struct fit *f, const struct options *o, struct payload *p)
{
	const char *wrong = tree_damage(f->fdt, f->size);
	int configs, node;

	if (wrong != NULL)
		return FAIL(f, "the FIT image is damaged: %s", wrong);
	f->images = fdt_path_offset(f->fdt, "/images");
	configs = fdt_path_offset(f->fdt, "/configurations");
	if (f->images < 0 || configs < 0)
		return FAIL(f, "the initrd is a device tree but not a FIT image: no /images or no /configurations");
	fdt_for_each_subnode(node, f->fdt, configs) {
		if (p->vm_count == PAYLOAD_MAX_VMS)
			return FAIL(f, "the FIT image has more than %d configurations", PAYLOAD_MAX_VMS);
		if (!read_config(f, node, o, &p->vm[p->vm_count]))
			return false;
		p->vm_count++;
	}
	return p->vm_count != 0 ? true : FAIL(f, "the FIT image has no configuration");
}

void payload_single(const void *image, size_t size, const struct options *o, struct payload *p)
{
	memset(p, 0, sizeof(*p));
	fill_defaults(o, &p->vm[0]);
	p->vm[0].kernel = (struct blob){ image, size };
	p->vm_count = 1;
}

bool payload_inspect(const void *blob, size_t size, const struct options *o, struct payload *p, char *err, size_t errlen)
{
	struct fit f = { .fdt = blob, .size = size, .err = err, .errlen = errlen };

	memset(p, 0, sizeof(*p));
	if (blob == NULL || size == 0)
		return true;
	if (size >= sizeof(fdt32_t) && fdt32_ld(blob) == FDT_MAGIC)
		return read_fit(&f, o, p);
	payload_single(blob, size, o, p);
	return true;
}
