/* SPDX-License-Identifier: MIT */
/*
 * fuzz-with: hyp/conf/payload.c hyp/conf/fit.c hyp/conf/image.c hyp/conf/options.c
 *	hyp/conf/tree.c hyp/lib/fail.c
 */
/* fuzz-options: -max_len=16384 -dict=scripts/test/fuzz/corpus/payload.dict */
/*
 * payload.c - the host's initrd: a FIT image or one VM's image. What is found lies inside it, and
 * has its place in guest memory; nobody looks behind the end of the file, or of one image in it.
 */
#include "conf/payload.h"
#include "conf/option.h"
#include "lib/fail.h"
#include "scripts/test/fuzz/common/fuzz.h"
#include "scripts/test/fuzz/common/tree_mutator.h"

static const uint8_t *blob;
static size_t blob_size;

static bool inside(const void *p, size_t n)
{
	const uint8_t *b = p;

	return b >= blob && b <= blob + blob_size && n <= (size_t)(blob + blob_size - b);
}

static bool text_inside(const char *s)
{
	return inside(s, 1) && memchr(s, 0, (size_t)((const char *)blob + blob_size - s)) != NULL;
}

/* Is the image placed as if it were alone in the world? Reading behind its end is then seen. */
static bool place_alone(const struct vm_config *vm)
{
	void *kernel = fuzz_copy(vm->kernel.data, vm->kernel.size, 0);
	struct vm_config alone = *vm;
	bool ok;

	alone.kernel.data = kernel;
	ok = image_check(&alone);
	fuzz_free(kernel, 0);
	CLAIM(!ok || memcmp(&alone.layout, &vm->layout, sizeof(alone.layout)) == 0,
	      "its place depends on what is around it");
	return ok;
}

struct piece {
	const char *what;
	uint64_t from, size;
};

/* The image, the ramdisk and the tree: in RAM, and none in another. */
static void placed(const struct vm_config *vm)
{
	const struct image_layout *l = &vm->layout;
	const struct piece pieces[] = {
		{ "image", l->load, l->span },
		{ "ramdisk", l->ramdisk, vm->ramdisk.size },
		{ "tree", l->fdt, GUEST_FDT_MAX },
	};

	CLAIM(l->span >= vm->kernel.size, "%lu of %zu", l->span, vm->kernel.size);
	for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
		const struct piece *p = &pieces[i];

		if (p->size == 0)
			continue;
		CLAIM(p->from >= GUEST_RAM_BASE && p->from - GUEST_RAM_BASE <= vm->mem &&
			      p->size <= vm->mem - (p->from - GUEST_RAM_BASE),
		      "%s: %lx + %lx in %lx", p->what, p->from, p->size, vm->mem);
		for (unsigned k = 0; k < i; k++)
			CLAIM(p->from >= pieces[k].from + pieces[k].size ||
				      pieces[k].from >= p->from + p->size || pieces[k].size == 0,
			      "%s in %s", p->what, pieces[k].what);
	}
}

static void check_vm(struct vm_config *vm)
{
	bool ok;

	CLAIM(vm->kernel.size == 0 || inside(vm->kernel.data, vm->kernel.size), "kernel");
	CLAIM(vm->ramdisk.data == NULL || inside(vm->ramdisk.data, vm->ramdisk.size), "ramdisk");
	CLAIM(vm->fdt.data == NULL || inside(vm->fdt.data, vm->fdt.size), "fdt");
	CLAIM(strcmp(vm->bootargs, "args") == 0 || text_inside(vm->bootargs), "bootargs");
	CLAIM(strcmp(vm->name, "vm0") == 0 || text_inside(vm->name), "name");
	CLAIM(vm->vcpus >= 1 && vm->vcpus <= OPTIONS_MAX_VCPUS, "%u", vm->vcpus);
	CLAIM(options_mem_ok(vm->mem) && vm->wake_after_ms <= UINT32_MAX, "%lx", vm->mem);
	fail_text[0] = '\0';
	ok = image_check(vm);
	CLAIM(ok || fail_text[0] != '\0', "refused without a word");
	CLAIM(place_alone(vm) == ok, "the kernel is accepted because of what is around it");
	if (ok)
		placed(vm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vm_config vms[MAX_VMS];
	struct options o;
	uint8_t *copy;
	unsigned n;

	if (size == 0)
		return 0;
	options_parse("vcpus=2 mem=16M -- args", &o);
	blob = copy = fuzz_copy(data, size, 0);
	blob_size = size;
	fuzz_work = 0;
	n = payload_inspect(blob, size, &o, vms);
	CLAIM(fuzz_work < 50000 + 1000 * size, "%lu for %zu bytes", fuzz_work, size);
	CLAIM(n <= MAX_VMS && (n != 0 || fail_text[0] != '\0'), "%u, says \"%s\"", n, fail_text);
	for (unsigned i = 0; i < n; i++)
		check_vm(&vms[i]);
	CLAIM(memcmp(copy, data, size) == 0, "the file has changed");
	fuzz_free(copy, 0);
	return 0;
}
