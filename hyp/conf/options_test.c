/* SPDX-License-Identifier: MIT */
/* test-with: hyp/conf/options.c hyp/conf/fake.c hyp/lib/fail.c */
/*
 * options_test.c - command lines, right and wrong; and options of other files, which only the
 * linker knows.
 */
#include "lib/fail.h"
#include "conf/option.h"
#include "lib/log.h"

#include <stdio.h>
#include <string.h>

static int failures;
static struct options o;

static void verdict(const char *name, bool ok, const char *seen)
{
	if (ok)
		printf("PASS %s\n", name);
	else
		printf("FAIL %s: %s\n", name, seen);
	failures += !ok;
}

/* As a file of a room has them: a list that adds up, and a number. */
static unsigned listed, count;

static bool set_list(struct options *unused UNUSED, struct text t)
{
	unsigned n;

	while (t.len > 0) {
		if (!text_number(text_cut(&t, ','), 0, 7, &n))
			return false;
		listed |= 1U << n;
	}
	return true;
}

static const struct option list = {
	.name = "list",
	.right = "numbers",
	.set = set_list,
	.own = &listed,
	.own_size = sizeof(listed),
};
static const struct option number = {
	.name = "count",
	.right = "a number",
	.min = 2,
	.max = 9,
	.own = &count,
	.own_size = sizeof(count),
};

ROW(option, list);
ROW(option, number);

static bool of_others(void) { return listed == 0x83 && count == 9; }
static bool cleared(void) { return listed == 4 && count == 0; }
static bool defaults(void)
{
	return o.vcpus == 4 && o.mem == 128 * MIB && o.slice_ms == 10 && !o.exit_test &&
	       o.log == LOG_NOTICE && !o.host_counters && o.guest_bootargs[0] == '\0';
}
static bool host_counters(void) { return o.host_counters == 1; }
static bool everything(void)
{
	return o.vcpus == 64 && o.mem == 2 * GIB && o.log == LOG_DEBUG && o.wake_after_ms == 250 &&
	       o.exit_test && o.fake_absent == (FAKE_SSTC | FAKE_VMID | FAKE_DBCN) &&
	       o.slice_ms == 5 && o.harts == 3 &&
	       strcmp(o.guest_bootargs, "console=hvc0  quiet vcpus=9") == 0;
}
static bool last_wins(void) { return o.vcpus == 2 && o.mem == 64 * MIB; }
static bool hex(void) { return o.mem == 0x8000000 && o.vcpus == 16; }
static bool letters(void) { return o.mem == 0xafa00000; }
static bool units(void) { return o.mem == 131072 * KIB; }
static bool max_mem(void) { return o.mem == 1024 * GIB; }
static bool no_fakes(void) { return o.fake_absent == 0; }
static bool guest_only(void) { return strcmp(o.guest_bootargs, "-- x") == 0 && o.vcpus == 4; }

static const struct {
	const char *name, *args;
	bool (*right)(void); /* NULL: must be refused */
	const char *says;
} rows[] = {
	{ "empty_gives_defaults", "", defaults, NULL },
	{ "blanks_give_defaults", " \t\n ", defaults, NULL },
	{ "every_option_is_read",
	  " vcpus=64 mem=2G\tlog=debug wake-after=250 exit=test fake-absent=sstc,vmid,dbcn slice=5 "
	  "harts=3 --  console=hvc0  quiet vcpus=9",
	  everything, NULL },
	{ "last_one_wins", "vcpus=1 mem=1G vcpus=2 mem=64m", last_wins, NULL },
	{ "hexadecimal", "mem=0x8000000 vcpus=0x10", hex, NULL },
	{ "hexadecimal_letters", "mem=0xaFA00000", letters, NULL },
	{ "counters_of_the_host", "counters=host", host_counters, NULL },
	{ "counters_of_the_vcpu", "counters=host counters=vcpu", defaults, NULL },
	{ "kibibytes", "mem=131072K", units, NULL },
	{ "largest_memory", "mem=1024G", max_mem, NULL },
	{ "fake_absent_may_be_empty", "fake-absent=sstc fake-absent=", no_fakes, NULL },
	{ "second_dashes_are_the_guests", "-- -- x", guest_only, NULL },
	{ "dashes_at_the_end", "--", defaults, NULL },
	{ "unknown_names_known", "vcpus=2 root=/dev/sda", NULL,
	  "unknown option 'root=/dev/sda' (the guest's arguments follow --); known are vcpus= "
	  "mem=" },
	{ "unknown_flag", "quiet", NULL, "'quiet'" },
	{ "prefix_is_unknown", "vcpu=2", NULL, "unknown option 'vcpu=2'" },
	{ "vcpus_0", "vcpus=0", NULL, "'vcpus=0': vcpus= must be a number from 1 to 64" },
	{ "vcpus_65", "vcpus=65", NULL, "1 to 64" },
	{ "vcpus_suffix", "vcpus=1K", NULL, "1 to 64" },
	{ "vcpus_negative", "vcpus=-1", NULL, "1 to 64" },
	{ "vcpus_empty", "vcpus=", NULL, "1 to 64" },
	{ "vcpus_without_value", "vcpus", NULL, "1 to 64" },
	{ "wrong_before_a_right_one", "vcpus=99 exit=test", NULL, "'vcpus=99'" },
	{ "mem_small", "mem=2M", NULL, "'mem=2M': mem= must be a multiple of 2M from 4M to 1024G" },
	{ "mem_odd", "mem=5M", NULL, "multiple of 2M" },
	{ "mem_overflow", "mem=99999999999G", NULL, "multiple of 2M" },
	{ "mem_digits_overflow", "mem=99999999999999999999", NULL, "multiple of 2M" },
	{ "mem_wraps_to_zero", "mem=17179869184G", NULL, "multiple of 2M" },
	{ "mem_unit_only", "mem=M", NULL, "multiple of 2M" },
	{ "mem_hex_unit_only", "mem=0xM", NULL, "multiple of 2M" },
	{ "mem_two_units", "mem=1MM", NULL, "multiple of 2M" },
	{ "log_word", "log=loud", NULL, "log= must be error|notice|info|debug" },
	{ "exit_word", "exit=now", NULL, "exit= must be test" },
	{ "fake_word", "fake-absent=sstc,warp", NULL, "comma list" },
	{ "slice_0", "slice=0", NULL, "1 to 10000" },
	{ "options_of_other_files", "list=0,1 count=3 list=7 count=9", of_others, NULL },
	{ "options_of_other_files_are_cleared_before", "list=2", cleared, NULL },
	{ "option_of_another_file_out_of_range", "count=1", NULL,
	  "count= must be a number from 2 to 9" },
	{ "option_of_another_file_is_wrong", "list=8", NULL, "list= must be numbers" },
	{ "options_of_other_files_are_known", "x", NULL, " list=" },
	{ "long_token_is_cut",
	  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh", NULL,
	  "eeffffffffffgggg' (" },
};

int main(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		bool ok;

		strcpy(fail_text, "of before");
		ok = options_parse(rows[i].args, &o);
		if (rows[i].right != NULL)
			verdict(rows[i].name, ok && rows[i].right(), fail_text);
		else
			verdict(rows[i].name,
				!ok && strstr(fail_text, rows[i].says) != NULL &&
					strstr(fail_text, "of before") == NULL,
				ok ? "accepted" : fail_text);
	}
	verdict("error_keeps_the_rest",
		!options_parse("vcpus=99 exit=test bad=1 -- q", &o) && o.exit_test &&
			o.vcpus == 4 && strstr(fail_text, "vcpus=99") != NULL &&
			o.guest_bootargs[0] == 'q',
		fail_text);
	verdict("all_wrong_ones_are_named", strstr(fail_text, "; unknown option 'bad=1'") != NULL,
		fail_text);
	verdict("message_stays_in_its_room",
		!options_parse("x1=1 x2=2 x3=3 x4=4 x5=5 x6=6", &o) &&
			strlen(fail_text) == sizeof(fail_text) - 1,
		fail_text);
	return failures != 0;
}
