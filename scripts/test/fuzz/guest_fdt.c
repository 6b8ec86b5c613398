/* SPDX-License-Identifier: MIT */
/*
 * fuzz-with: hyp/conf/guest_fdt.c hyp/conf/idle_states.c hyp/conf/own_tree.c hyp/conf/isa.c
 *	hyp/conf/tree.c
 *	hyp/conf/tree_out.c hyp/lib/fail.c
 */
/* fuzz-options: -max_len=57344 */
/*
 * guest_fdt.c - a guest's own device tree: what comes of it is sound, says what is true of the VM,
 * has all the rest of what it was, and stays in its room. The time it takes grows with its size and
 * no faster.
 *
 * Four bytes behind the tree choose what the VM has besides.
 */
#include "conf/guest_fdt.h"
#include "conf/options.h"
#include "conf/tree_out.h"
#include "scripts/test/fuzz/common/fuzz.h"
#include "scripts/test/fuzz/common/tree_mutator.h"

#define OWN_MAX (56 * KIB) /* image.c accepts no larger one */
#define TIMEBASE 10000000

void device_nodes(struct tree_out *o, const struct vm_config *vm UNUSED)
{
	tree_node_begin(o, "serial@10000000");
	tree_node_end(o);
}

const char *device_stdout(void)
{
	return "/serial@10000000";
}

/* A number that two trees share if they say the same, in the same order: what is in @node of @t. */
static uint64_t digest(const struct tree *t, tree_node node)
{
	uint64_t sum = 1469598103934665603UL;
	struct tree_item i;
	unsigned depth = 0;

	tree_item(t, node, &i);
	do {
		depth += i.kind == TREE_BEGIN ? 1U : i.kind == TREE_END ? -1U : 0;
		sum = (sum ^ i.kind) * 1099511628211UL;
		for (const char *s = i.kind != TREE_END ? i.name : ""; *s != '\0'; s++)
			sum = (sum ^ (uint8_t)*s) * 1099511628211UL;
		for (size_t k = 0; i.kind == TREE_PROP && k < i.len; k++)
			sum = (sum ^ i.value[k]) * 1099511628211UL;
	} while (depth > 0 && tree_item(t, i.next, &i));
	return sum;
}

/* The same of all children of the root that are copied as they are, and of the root's own
 * properties. */
static uint64_t kept(const struct tree *t)
{
	tree_node root = tree_root(t), chosen = tree_child(t, root, "chosen");
	uint64_t sum = 0;
	struct tree_item i;

	tree_item(t, root, &i);
	while (tree_item(t, i.next, &i) && i.kind == TREE_PROP)
		sum = (sum + i.len + (uint8_t)i.name[0]) * 31;
	tree_each_child(t, root, node) if (node != chosen &&
					   !tree_string_is(t, node, "device_type", "memory")) sum =
		sum * 31 + digest(t, node);
	return sum;
}

static unsigned said(const struct tree *t, tree_node node, const char *name)
{
	unsigned n = 0;
	struct tree_item i;

	tree_item(t, node, &i);
	while (tree_item(t, i.next, &i) && i.kind == TREE_PROP)
		n += strcmp(i.name, name) == 0;
	return n;
}

static uint64_t number(const struct tree *t, tree_node node, const char *name)
{
	uint64_t v = 0;

	tree_number(t, node, name, &v);
	return v;
}

static void says_what_is_true(const struct tree *t, const struct vm_config *vm)
{
	tree_node root = tree_root(t), chosen = tree_child(t, root, "chosen");
	unsigned ac = tree_cell_count(t, root, "#address-cells", 2),
		 sc = tree_cell_count(t, root, "#size-cells", 1), banks = 0;
	uint64_t base, size;

	tree_each_child(t, root, node)
	{
		size_t len = 0;
		const uint8_t *reg = tree_prop(t, node, "reg", &len);

		if (node == chosen || !tree_string_is(t, node, "device_type", "memory"))
			continue;
		banks++;
		CLAIM(len == 4 * (ac + sc) && tree_cells(reg, ac, &base) &&
			      tree_cells(reg + 4 * ac, sc, &size),
		      "%zu", len);
		CLAIM(base == GUEST_RAM_BASE && size == vm->mem, "%lx %lx", base, size);
	}
	CLAIM(banks == 1, "%u banks of memory", banks);
	CLAIM(chosen != NULL && said(t, chosen, "rng-seed") == 1, "no seed");
	if (vm->bootargs[0] != '\0')
		CLAIM(said(t, chosen, "bootargs") == 1 &&
			      tree_string_is(t, chosen, "bootargs", vm->bootargs),
		      "bootargs");
	if (vm->ramdisk.size != 0)
		CLAIM(said(t, chosen, "linux,initrd-start") == 1 &&
			      said(t, chosen, "linux,initrd-end") == 1 &&
			      number(t, chosen, "linux,initrd-start") == vm->layout.ramdisk &&
			      number(t, chosen, "linux,initrd-end") ==
				      vm->layout.ramdisk + vm->ramdisk.size,
		      "initrd");
}

static void check(void *out, size_t size, size_t room, const struct vm_config *vm)
{
	void *own = fuzz_copy(vm->fdt.data, vm->fdt.size, 0);
	const char *wrong;
	struct tree t, was;

	CLAIM(size <= room && size == fdt_totalsize(out), "%zu %zu %u", size, room,
	      fdt_totalsize(out));
	CLAIM(fdt_check_full(out, size) == 0, "%s", fdt_strerror(fdt_check_full(out, size)));
	wrong = tree_open(&t, out, size);
	CLAIM(wrong == NULL && tree_sound(&t), "%s", wrong != NULL ? wrong : "bad structure");
	says_what_is_true(&t, vm);
	wrong = tree_open(&was, own, vm->fdt.size);
	CLAIM(wrong == NULL && tree_sound(&was), "accepted, but %s",
	      wrong != NULL ? wrong : "bad structure");
	CLAIM(kept(&t) == kept(&was), "something was lost, or came from nowhere");
	fuzz_free(own, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const args[] = { "", "quiet", "console=ttyS0 a=b" };
	struct fuzz_in in;
	struct vm_config vm = { .vcpus = 4,
				.mem = 64 * MIB,
				.bootargs = "quiet",
				.ramdisk.size = 4711,
				.layout.ramdisk = 0x83000000 };
	struct machine host = { .timebase = TIMEBASE, .mmu = 48 };
	struct guest_fdt g = { .vm = &vm, .host = &host, .isa = ISA_BIT(ISA_I) | ISA_BIT(ISA_M),
			       .has_seed = true };
	size_t room = 128 * KIB, got, own = size;
	void *tree, *out;

	if (size < 4 || size > OWN_MAX)
		return 0;
	if (size > 44 && fdt_magic(data) == FDT_MAGIC && fdt_totalsize(data) + 4 == size) {
		own = size - 4;
		in = (struct fuzz_in){ data + own, 4 };
		vm.vcpus = fuzz_byte(&in) % OPTIONS_MAX_VCPUS + 1;
		vm.bootargs = args[fuzz_byte(&in) % ARRAY_SIZE(args)];
		vm.ramdisk.size = fuzz_byte(&in) % 2 ? 4711 : 0;
		room = 8 * (size_t)(fuzz_byte(&in) * (2 * OWN_MAX / 8 / 256));
	}
	tree = fuzz_copy(data, own, 4); /* inside a FIT image it is at a multiple of 4 */
	vm.fdt = (struct blob){ .data = tree, .size = own };
	out = malloc(room);
	fuzz_work = 0;
	got = guest_fdt_write(out, room, &g);
	CLAIM(fuzz_work < 20000 + 60 * size, "%lu for %zu bytes", fuzz_work, size);
	CLAIM(memcmp(tree, data, own) == 0, "the guest's own tree has changed");
	if (got != 0)
		check(out, got, room, &vm);
	free(out);
	fuzz_free(tree, 4);
	return 0;
}
