/* SPDX-License-Identifier: MIT */
/* test-with: hyp/conf/tree.c hyp/conf/tree_out.c */
/*
 * tree_test.c - what tree_out.c writes libfdt reads, what libfdt writes tree.c reads, and damage is
 * seen before it is used.
 */
#include "conf/test_tree.h"
#include "conf/tree_out.h"

#include <time.h>

static _Alignas(8) uint8_t buf[4096], by_libfdt[4096];
static struct tree t;

static void write_sample(void *fdt)
{
	MUST(fdt_create(fdt, sizeof(by_libfdt)));
	MUST(fdt_add_reservemap_entry(fdt, 0x1000, 0x123456789));
	MUST(fdt_finish_reservemap(fdt));
	MUST(fdt_begin_node(fdt, ""));
	MUST(fdt_property_u32(fdt, "#address-cells", 2));
	MUST(fdt_begin_node(fdt, "a@1"));
	MUST(fdt_property_u64(fdt, "number", 0x1122334455667788));
	put_list(fdt, "list", "x yz w");
	MUST(fdt_begin_node(fdt, "inner"));
	MUST(fdt_property(fdt, "empty", "", 0));
	MUST(fdt_end_node(fdt));
	MUST(fdt_end_node(fdt));
	MUST(fdt_begin_node(fdt, "b"));
	MUST(fdt_property(fdt, "open", "abc", 3));
	MUST(fdt_end_node(fdt));
	MUST(fdt_end_node(fdt));
	MUST(fdt_finish(fdt));
}

/* Open and go through all of it. */
static const char *open_all(const uint8_t *fdt, size_t size)
{
	const char *wrong = tree_open(&t, fdt, size);

	return wrong == NULL && !tree_sound(&t) ? "bad structure" : wrong;
}

static bool reads(const uint8_t *fdt, size_t size)
{
	const char *wrong = open_all(fdt, size);
	tree_node root = tree_root(&t), a, b;
	uint64_t base, n;
	size_t len;

	if (wrong != NULL)
		return false;
	a = tree_child(&t, root, "a@1");
	b = tree_child(&t, root, "b");
	tree_reserved(&t, 0, &base, &n);
	return t.reserved_count == 1 && base == 0x1000 && n == 0x123456789 &&
	       strcmp(tree_name(&t, root), "") == 0 && tree_next_child(&t, root, NULL) == a &&
	       tree_next_child(&t, root, a) == b && tree_next_child(&t, root, b) == NULL &&
	       tree_next_child(&t, b, NULL) == NULL && tree_child(&t, root, "a") == NULL &&
	       tree_child(&t, root, "inner") == NULL && tree_number(&t, a, "number", &n) == 1 &&
	       n == 0x1122334455667788 && tree_number(&t, a, "list", &n) == -1 &&
	       tree_number(&t, a, "empty", &n) == 0 && tree_string_is(&t, a, "list", "x") &&
	       tree_list_has("x\0yz\0w", 7, "yz") && tree_list_has("x\0yz\0w", 7, "w") &&
	       !tree_list_has("x\0yz\0w", 7, "y") && !tree_list_has("x\0yz\0w", 6, "w") &&
	       tree_string(&t, b, "open") == NULL && tree_has(&t, b, "open") &&
	       tree_prop(&t, tree_child(&t, a, "inner"), "empty", &len) != NULL && len == 0 &&
	       tree_cell_count(&t, root, "#address-cells", 9) == 2 &&
	       tree_cell_count(&t, root, "#size-cells", 9) == 9 &&
	       tree_cell_count(&t, a, "number", 9) == 0 && tree_prop(&t, NULL, "x", &len) == NULL &&
	       tree_child(&t, NULL, "x") == NULL;
}

static void test_read(void)
{
	static _Alignas(8) uint8_t moved[sizeof(by_libfdt) + 8];
	size_t size;

	write_sample(by_libfdt);
	size = fdt_totalsize(by_libfdt);
	CHECK(tree_size(by_libfdt) == size && reads(by_libfdt, size), "tree_of_libfdt_is_read",
	      "wrong");
	memcpy(moved + 4, by_libfdt, size);
	CHECK(reads(moved + 4, size), "tree_at_a_multiple_of_4_is_read", "wrong");
	memcpy(moved + 2, by_libfdt, size);
	CHECK(strcmp(tree_open(&t, moved + 2, size), "at an address that is no multiple of 4") == 0,
	      "tree_at_a_multiple_of_2_is_named", "wrong");
	/* libfdt leaves NOPs where it deleted something. */
	write_sample(by_libfdt);
	MUST(fdt_open_into(by_libfdt, by_libfdt, sizeof(by_libfdt)));
	MUST(fdt_add_subnode(by_libfdt, 0, "gone") < 0 ? -1 : 0);
	MUST(fdt_setprop_u32(by_libfdt, fdt_path_offset(by_libfdt, "/a@1"), "gone", 1));
	MUST(fdt_nop_node(by_libfdt, fdt_path_offset(by_libfdt, "/gone")));
	MUST(fdt_nop_property(by_libfdt, fdt_path_offset(by_libfdt, "/a@1"), "gone"));
	CHECK(reads(by_libfdt, sizeof(by_libfdt)), "nops_are_skipped", "wrong");
	CHECK(tree_open(&t, by_libfdt, fdt_totalsize(by_libfdt) - 1) != NULL, "cut_by_a_byte",
	      "accepted");
}

static const struct {
	const char *name;
	size_t cell; /* of the header, or from the start of the structure block */
	uint32_t value;
	bool structure;
	const char *says;
} damages[] = {
	{ "old_version", 5, 16, false, "version" },
	{ "new_format", 6, 18, false, "version" },
	{ "structure_outside", 2, 0xfffffff0, false, "outside" },
	{ "structure_in_header", 2, 8, false, "outside" },
	{ "structure_too_long", 9, 0xfffffffc, false, "outside" },
	{ "strings_outside", 3, 5000, false, "outside" },
	{ "strings_too_short", 8, sizeof("open"), false, "structure" },
	{ "last_name_without_end", 8, 3, false, "does not end" },
	{ "reservations_outside", 4, 5000, false, "outside" },
	{ "root_has_a_name", 1, 0x61000000, true, "structure" },
	{ "property_too_long", 3, 0x7fffffff, true, "structure" },
	{ "property_longer_than_memory", 3, 0xffffffff, true, "structure" },
	{ "name_outside", 4, 0x1000, true, "structure" },
	{ "strange_item", 2, 5, true, "structure" },
	{ "end_before_the_root", 0, 2, true, "begin with the root" },
	{ "property_before_the_root", 0, 3, true, "begin with the root" },
	{ "nothing_at_all", 0, 9, true, "begin with the root" },
	{ "end_too_early", 2, 9, true, "structure" },
};

static void test_damage(void)
{
	char name[64];

	for (unsigned i = 0; i < ARRAY_SIZE(damages); i++) {
		const char *wrong;

		write_sample(by_libfdt);
		put_cells((fdt32_t *)(by_libfdt + damages[i].cell * 4 +
				      (damages[i].structure ? fdt_off_dt_struct(by_libfdt) : 0)),
			  1, damages[i].value);
		wrong = open_all(by_libfdt, sizeof(by_libfdt));
		snprintf(name, sizeof(name), "damage_%s_is_seen", damages[i].name);
		CHECK(wrong != NULL && strstr(wrong, damages[i].says) != NULL, name, "says \"%s\"",
		      wrong != NULL ? wrong : "(nothing)");
	}
}

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* How long it takes, at best, to copy a tree of @n properties, each with a name of its own. */
static uint64_t copying_takes(unsigned n)
{
	enum { SIZE = 2 * MIB, EACH = 32 };
	uint8_t *tree = malloc(SIZE), *copy = malloc(SIZE);
	uint64_t best = UINT64_MAX;
	struct tree_out o;
	struct tree from;
	char name[EACH];

	MUST(fdt_create_with_flags(tree, SIZE, FDT_CREATE_FLAG_NO_NAME_DEDUP));
	MUST(fdt_finish_reservemap(tree));
	MUST(fdt_begin_node(tree, ""));
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "a-name-of-its-own-%u", i);
		MUST(fdt_property_u32(tree, name, i));
	}
	MUST(fdt_end_node(tree));
	MUST(fdt_finish(tree));
	MUST(tree_open(&from, tree, SIZE) == NULL ? 0 : -1);
	for (unsigned turn = 0; turn < 7; turn++) {
		uint64_t start = cpu_ns();
		struct tree_item item;

		tree_begin(&o, copy, SIZE, &from);
		tree_node_begin(&o, "");
		tree_item(&from, tree_root(&from), &item);
		while (tree_item(&from, item.next, &item) && item.kind == TREE_PROP)
			tree_put(&o, item.name, item.value, item.len);
		tree_node_end(&o);
		MUST(tree_finish(&o) != 0 && fdt_totalsize(copy) <= fdt_totalsize(tree) &&
				     fdt_check_full(copy, SIZE) == 0
			     ? 0
			     : -1);
		best = MIN(best, cpu_ns() - start);
	}
	free(tree);
	free(copy);
	return best;
}

/* Four times as many names take four times as long, not sixteen. */
static void test_linear(void)
{
	uint64_t few = copying_takes(4000), many = copying_takes(16000);

	CHECK(many < 9 * few, "names_are_copied_in_linear_time",
	      "4,000 names: %lu ns, 16,000: %lu ns", (unsigned long)few, (unsigned long)many);
}

static size_t write_ours(size_t size)
{
	struct tree_out o;

	write_sample(by_libfdt);
	if (tree_open(&t, by_libfdt, sizeof(by_libfdt)) != NULL)
		return 0;
	memset(buf, 0xee, sizeof(buf));
	tree_begin(&o, buf, size, &t);
	tree_node_begin(&o, "");
	tree_put_u32(&o, "#address-cells", 2);
	tree_node_begin(&o, "a@1");
	tree_put_u64(&o, "number", 0x1122334455667788);
	tree_put(&o, "list", "x\0yz\0w", 7);
	tree_node_begin(&o, "inner");
	tree_put(&o, "empty", "", 0);
	tree_node_end(&o);
	tree_node_end(&o);
	tree_node_begin(&o, "b");
	tree_put(&o, "open", "abc", 3);
	tree_node_end(&o);
	tree_node_end(&o);
	return tree_finish(&o);
}

static void test_write(void)
{
	size_t size = write_ours(sizeof(buf)), least = 0;
	const char *strings = (const char *)buf + fdt_off_dt_strings(buf);
	struct tree_out o;
	unsigned wrong = 0;

	CHECK(size != 0 && size == fdt_totalsize(buf) && fdt_check_full(buf, size) == 0 &&
		      reads(buf, size),
	      "written_tree_is_sound", "%zu", size);
	/* Zeros fill up the last cell: nothing of what was there before is left. */
	CHECK(memchr(buf, 0xee, size) == NULL && strings[fdt_size_dt_strings(buf) - 1] == '\0',
	      "no_byte_is_left_unwritten", "%zu", size);
	for (size_t n = 0; n < sizeof(buf); n++) {
		size = write_ours(n);
		wrong += size > n || (size != 0 && !reads(buf, n)) || buf[n] != 0xee;
		if (size != 0 && least == 0)
			least = n;
	}
	CHECK(wrong == 0 && least != 0, "too_little_room_is_said_and_kept_to",
	      "%u times not; first at %zu", wrong, least);
	tree_begin(&o, buf, sizeof(buf), NULL);
	tree_node_begin(&o, "");
	tree_put_reg(&o, 1, 0x80000000, 1, 0x1000);
	tree_put_reg(&o, 3, 0x123456789, 2, 0x1000);
	tree_node_end(&o);
	size = tree_finish(&o);
	CHECK(size != 0 && fdt_check_full(buf, size) == 0 && fdt_num_mem_rsv(buf) == 0 &&
		      memcmp(fdt_getprop(buf, 0, "reg", NULL), "\x80\0\0\0\0\0\x10\0", 8) == 0,
	      "reg_has_its_cells", "%zu", size);
}

/* A name is written once, however often and in whatever order it comes, and the names of another
 * tree not at all. */
static void test_names(void)
{
	static char names[TREE_OUT_NAMES + 1][16];
	static const char *const order[] = { "b", "a", "c", "a", "a", "c", "b" };
	struct tree_out o;
	bool right = true;
	size_t size, len;
	const uint8_t *value;

	tree_begin(&o, buf, sizeof(buf), NULL);
	tree_node_begin(&o, "");
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		tree_node_begin(&o, "n");
		tree_put_u32(&o, order[i], i);
		tree_put_u32(&o, "both", i);
		tree_node_end(&o);
	}
	tree_node_end(&o);
	size = tree_finish(&o);
	right = size != 0 && tree_open(&t, buf, size) == NULL && tree_sound(&t);
	tree_each_child (&t, tree_root(&t), node) {
		static unsigned i;
		uint64_t one = 0, both = 0;

		right = right && tree_number(&t, node, order[i], &one) == 1 &&
			tree_number(&t, node, "both", &both) == 1 && one == i && both == i;
		i++;
	}
	CHECK(right && t.names_size == sizeof("a\0b\0c\0both"), "each_name_is_written_once",
	      "%zu bytes of names", t.names_size);
	for (unsigned n = TREE_OUT_NAMES; n <= TREE_OUT_NAMES + 1; n++) {
		tree_begin(&o, buf, sizeof(buf), NULL);
		tree_node_begin(&o, "");
		for (unsigned i = 0; i < n; i++) {
			snprintf(names[i], sizeof(names[i]), "n%u", i);
			tree_put_u32(&o, names[i], i);
		}
		tree_node_end(&o);
		right = right && (tree_finish(&o) != 0) == (n == TREE_OUT_NAMES);
	}
	CHECK(right, "more_names_than_there_is_room_for_are_said", "not");
	tree_begin(&o, buf, sizeof(buf), NULL);
	tree_node_begin(&o, "");
	tree_put_u32(&o, "first", 1);
	size = tree_put_zeros(&o, "later", 6);
	tree_node_end(&o);
	right = tree_finish(&o) != 0 && tree_open(&t, buf, sizeof(buf)) == NULL;
	value = tree_prop(&t, tree_root(&t), "later", &len);
	CHECK(right && value == buf + size && len == 6 && memcmp(value, "\0\0\0\0\0", 6) == 0,
	      "zeros_are_where_it_says", "%zu", size);
}

int main(void)
{
	test_read();
	test_damage();
	test_write();
	test_names();
	test_linear();
	return failures != 0;
}
