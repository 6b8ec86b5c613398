/* SPDX-License-Identifier: MIT */
/*
 * ram.c - all of the memory that the tree promises, whatever pieces of the machine's memory it is
 * made of: a word is where it was written, and nowhere else.
 */
#include <libfdt.h>

#include "../lib/machine.h"
#include "../lib/str.h"
#include "../lib/test.h"

#define STEP	KIB(64)
#define LARGE	MIB(2)
#define BELOW	MIB(16)	/* the firmware, this program and its stacks */
#define EDGE	8	/* bytes that are written at a border, on either side */

static u64 *word_at(u64 offset)
{
	return (u64 *)(machine.ram_base + offset);
}

/* May it be written to? */
static bool is_free(u64 offset, u64 size)
{
	u64 at = machine.ram_base + offset, tree = (u64)machine.fdt;

	return offset >= BELOW && offset + size <= machine.ram_size &&
	       (at + size <= tree || at >= tree + fdt_totalsize(machine.fdt));
}

#define EACH_FREE(at, step)						\
	for (u64 at = BELOW; at < machine.ram_size; at += (step))	\
		if (is_free(at, EDGE))

TEST(ram_whole, "every word of memory is another one")
{
	u64 n = 0;

	EACH_FREE(at, STEP)
		*word_at(at) = ~at;
	EACH_FREE(at, STEP) {
		test_check_time();
		if (*word_at(at) != ~at)
			FAIL_TEST("at offset 0x%lx is 0x%lx", at, *word_at(at));
		*word_at(at) = 0;
		n++;
	}
	CHECK(n > 100);
}

/* The call may write less than asked, and does where memory is in two pieces. */
TEST(ram_console, "what is written from both sides of a border comes in order")
{
	static const char text[2 * EDGE] = "<0123456789abcd>";
	u64 borders = 0;

	NEED_EXT(EID_DBCN, "DBCN");
	for (u64 at = BELOW; at < machine.ram_size; at += LARGE) {
		char *p = (char *)word_at(at) - EDGE;

		if (!is_free(at - EDGE, sizeof(text)))
			continue;
		borders++;
		memcpy(p, text, sizeof(text));
		for (u64 done = 0; done < sizeof(text);) {
			struct sbi_ret r = sbi_dbcn_write(sizeof(text) - done, (u64)p + done, 0);

			CHECK_ERR(r, SBI_SUCCESS);
			CHECK(r.value && (u64)r.value <= sizeof(text) - done);
			done += (u64)r.value;
		}
	}
	print("\nborders: %lu\n", borders);
}
