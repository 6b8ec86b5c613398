/* SPDX-License-Identifier: MIT */
/* test-with: hyp/conf/appended.c hyp/conf/tree.c hyp/lib/fail.c hyp/lib/range.c */
/* appended_test.c - where the payload behind the image is, and whose options count. */
#include "conf/appended.h"
#include "conf/test_tree.h"
#include "lib/fail.h"

#define IMAGE 0x80200000UL
#define LINKED 0x4b000UL
#define MEMORY 0x80000000UL, 0x10000000UL

static struct machine m;

struct take_row {
	const char *name;
	uint64_t span, fdt;
	bool initrd, no_memory;
	const char *says; /* NULL: it is taken */
	uint64_t base, size; /* of the initrd afterwards; 0: there is none */
};

static const struct take_row takes[] = {
	{ "nothing_behind", LINKED, 0x8f000000, false, false, NULL, 0, 0 },
	{ "a_header_that_says_less", 0, 0x8f000000, false, false, NULL, 0, 0 },
	{ "a_payload", LINKED + 4096, 0x8f000000, false, false, NULL, IMAGE + LINKED, 4096 },
	{ "to_the_end_of_memory", 0xfe00000, 0x70000000, false, false, NULL, IMAGE + LINKED,
	  0xfe00000 - LINKED },
	{ "beyond_memory", 0xfe00001, 0x70000000, false, false, "not inside free memory", 0, 0 },
	/* The sum would be an address below the image. */
	{ "beyond_all_addresses", 0x80080000 - IMAGE, 0x80100000, false, false,
	  "not inside free memory", 0, 0 },
	{ "an_initrd_wins", LINKED + 4096, 0x8f000000, true, false, NULL, 0x88000000, 0x1000 },
	{ "a_tree_in_the_image", LINKED, IMAGE + 4096, false, false, "lies inside the image", 0,
	  0 },
	{ "a_tree_in_the_payload", LINKED + 4096, IMAGE + LINKED, false, false,
	  "lies inside the image", 0, 0 },
	{ "a_tree_at_the_first_byte", LINKED, IMAGE, false, false, "lies inside the image", 0, 0 },
	{ "a_tree_behind_the_last_byte", LINKED, IMAGE + LINKED, false, false, NULL, 0, 0 },
	{ "a_tree_that_was_not_read", LINKED + 4096, 0x8f000000, false, true, NULL, 0, 0 },
};

static void take(const struct take_row *row)
{
	const uint64_t head[3] = { 0, 0x200000, row->span };
	const struct image_place image = { head, IMAGE, LINKED };
	bool ok;

	memset(&m, 0, sizeof(m));
	m.memory = (struct range_list){ !row->no_memory, { { MEMORY } } };
	m.has_initrd = row->initrd;
	m.initrd = (struct range){ row->initrd ? 0x88000000 : 0, row->initrd ? 0x1000 : 0 };
	fail_text[0] = '\0';
	ok = appended_take(&m, &image, row->fdt);
	if (row->says != NULL)
		CHECK(!ok && strstr(fail_text, row->says) != NULL, row->name, "%s", fail_text);
	else
		CHECK(ok && m.has_initrd == (row->base != 0) &&
			      (row->base == 0 ||
			       (m.initrd.base == row->base && m.initrd.size == row->size)),
		      row->name, "0x%lx, 0x%lx bytes", m.initrd.base, m.initrd.size);
}

/* Whose options count. */
static void options(void)
{
	static _Alignas(8) uint8_t fit[4096], half[4096];

	MUST(fdt_create(fit, sizeof(fit)));
	MUST(fdt_finish_reservemap(fit));
	MUST(fdt_begin_node(fit, ""));
	MUST(fdt_begin_node(fit, "configurations"));
	MUST(fdt_property_string(fit, "dormouse,options", "log=info -- quiet"));
	MUST(fdt_end_node(fit));
	MUST(fdt_end_node(fit));
	MUST(fdt_finish(fit));
	m.bootargs = "";
	m.initrd.size = sizeof(fit);
	CHECK(strcmp(appended_options(&m, fit), "log=info -- quiet") == 0, "options_of_a_fit",
	      "\"%s\"", appended_options(&m, fit));
	CHECK(appended_options(&m, NULL) == m.bootargs, "no_payload_no_options", "some");
	m.initrd.size = 7;
	CHECK(appended_options(&m, fit) == m.bootargs, "too_short_for_a_fit", "some");
	m.initrd.size = fdt_totalsize(fit) - 1;
	CHECK(appended_options(&m, fit) == m.bootargs, "a_fit_that_is_cut", "some");
	memcpy(half, fit, sizeof(half));
	memset(half + fdt_off_dt_struct(fit), 0xff, fdt_size_dt_struct(fit));
	m.initrd.size = sizeof(half);
	CHECK(appended_options(&m, half) == m.bootargs, "a_fit_that_is_damaged", "some");
	m.bootargs = "vcpus=1";
	CHECK(appended_options(&m, fit) == m.bootargs, "boot_arguments_win", "they do not");
}

int main(void)
{
	options();
	for (unsigned i = 0; i < ARRAY_SIZE(takes); i++)
		take(&takes[i]);
	return failures != 0;
}
