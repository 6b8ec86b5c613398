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

struct fit {
	struct tree t;
	const char *blob;
	size_t size; /* external data included */
	tree_node images;
	const char *config; /* name of the configuration at hand, for messages */
	char *err;
	size_t errlen;
};

#define FAIL(f, ...) (snprintf((f)->err, (f)->errlen, __VA_ARGS__), false)

/* The bytes of the image node @node, called @name. */
static bool image_data(const struct fit *f, tree_node node, const char *name, struct blob *out)
{
	size_t len;
	const void *inline_data = tree_prop(&f->t, node, "data", &len);
	uint64_t at, size;

	if (inline_data != NULL) {
		*out = (struct blob){ inline_data, len };
	} else if (tree_number(&f->t, node, "data-size", &size) != 1) {
		return FAIL(f, "FIT image %s: neither data nor data-size", name);
	} else {
		if (tree_number(&f->t, node, "data-position", &at) != 1) {
			if (tree_number(&f->t, node, "data-offset", &at) != 1 || at > f->size)
				return FAIL(f, "FIT image %s: no valid data-position or data-offset", name);
			at += ALIGN_UP(tree_size(f->blob), 4);
		}
		if (at > f->size || size > f->size - at)
			return FAIL(f, "FIT image %s: its data ends %lu bytes behind the end of the file: truncated?", name,
				    (unsigned long)(size - (f->size - MIN(at, f->size))));
		*out = (struct blob){ f->blob + at, size };
	}
	return out->size != 0 ? true : FAIL(f, "FIT image %s: empty", name);
}

/* Look up the image that property @role of the configuration names. Absent is fine unless it is needed. */
static bool find_image(const struct fit *f, tree_node config, const char *role, bool needed, struct blob *out)
{
	size_t len;
	const char *name = tree_prop(&f->t, config, role, &len), *text;
	tree_node node;

	if (name == NULL)
		return !needed || FAIL(f, "FIT configuration %s: no %s", f->config, role);
	if (strnlen(name, len) + 1 != len)
		return FAIL(f, "FIT configuration %s: %s must name one image", f->config, role);
	node = tree_child(&f->t, f->images, name);
	if (node == NULL)
		return FAIL(f, "FIT configuration %s: %s = \"%s\", but /images has no such node", f->config, role, name);
	text = tree_string(&f->t, node, "compression");
	if (text != NULL && strcmp(text, "none") != 0)
		return FAIL(f, "FIT image %s: compression \"%s\" is not supported: store it unpacked, or a ramdisk that its "
			    "kernel unpacks as \"none\"", name, text);
	text = tree_string(&f->t, node, "arch");
	if (text != NULL && strcmp(text, "riscv") != 0)
		return FAIL(f, "FIT image %s: arch is \"%s\", not \"riscv\"", name, text);
	return image_data(f, node, name, out);
}

/* Memory is a string like "64M", or a number of MiB; 4 bytes "64M\0" are a string, as a number they would be 870 TiB. */
static bool config_memory(const struct fit *f, tree_node config, struct vm_config *vm)
{
	static const char *const names[] = { "dormouse,memory", "dormouse,memory-mb", "memory-mb" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len;
		const char *s = tree_prop(&f->t, config, names[i], &len);
		uint64_t v = 0;
		bool ok;

		if (s == NULL)
			continue;
		ok = len > 1 && s[len - 1] == '\0' && options_size(s, len - 1, &v);
		if (!ok)
			ok = tree_number(&f->t, config, names[i], &v) == 1 && !__builtin_mul_overflow(v, MIB, &v);
		if (!ok || !options_mem_ok(v))
			return FAIL(f, "FIT configuration %s: %s must be MiB or a size, " OPTIONS_MEM_RULE, f->config, names[i]);
		vm->mem = v;
		return true;
	}
	return true;
}

static bool config_numbers(const struct fit *f, tree_node config, struct vm_config *vm)
{
	uint64_t v;
	int got = tree_number(&f->t, config, "dormouse,vcpus", &v);

	if (got == 0)
		got = tree_number(&f->t, config, "vcpus", &v);
	if (got < 0 || (got == 1 && (v < 1 || v > OPTIONS_MAX_VCPUS)))
		return FAIL(f, "FIT configuration %s: dormouse,vcpus must be a number from 1 to %d", f->config, OPTIONS_MAX_VCPUS);
	if (got == 1)
		vm->vcpus = (unsigned)v;
	got = tree_number(&f->t, config, "dormouse,wake-after", &v);
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

static bool read_config(struct fit *f, tree_node config, const struct options *o, struct vm_config *vm)
{
	fill_defaults(o, vm);
	f->config = tree_name(&f->t, config);
	vm->name = f->config;
	if (tree_has(&f->t, config, "bootargs")) {
		vm->bootargs = tree_string(&f->t, config, "bootargs");
		if (vm->bootargs == NULL)
			return FAIL(f, "FIT configuration %s: bootargs is not a string", f->config);
	}
	return find_image(f, config, "kernel", true, &vm->kernel) && find_image(f, config, "ramdisk", false, &vm->ramdisk) &&
	       find_image(f, config, "fdt", false, &vm->fdt) && config_numbers(f, config, vm);
}

static bool read_fit(struct fit *f, const struct options *o, struct payload *p)
{
	const char *wrong = tree_open(&f->t, f->blob, f->size);
	tree_node configs;

	if (wrong == NULL && !tree_sound(&f->t))
		wrong = "bad structure";
	if (wrong != NULL)
		return FAIL(f, "the FIT image is damaged: %s", wrong);
	f->images = tree_child(&f->t, tree_root(&f->t), "images");
	configs = tree_child(&f->t, tree_root(&f->t), "configurations");
	if (f->images == NULL || configs == NULL)
		return FAIL(f, "the initrd is a device tree but not a FIT image: no /images or no /configurations");
	tree_each_child(&f->t, configs, node) {
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
	struct fit f = { .blob = blob, .size = size, .err = err, .errlen = errlen };

	memset(p, 0, sizeof(*p));
	if (blob == NULL || size == 0)
		return true;
	if (size >= 8 && tree_size(blob) != 0)
		return read_fit(&f, o, p);
	payload_single(blob, size, o, p);
	return true;
}
