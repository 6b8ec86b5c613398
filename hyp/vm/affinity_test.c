/* SPDX-License-Identifier: MIT */
/* test-with: hyp/conf/options.c hyp/lib/fail.c hyp/port/host.c */
/* affinity_test.c - affinity=, from the command line to the vCPU. */
#include "lib/types.h"

/* Stand-ins for VMs and harts. */
#define VM_VCPU_H
#define VM_VM_H
struct vcpu {
	struct {
		unsigned index;
	} mp;
	struct {
		uint64_t affinity;
	} thread;
};

static struct vm {
	unsigned nr_vcpus;
} vms[2];
static unsigned nr_vms, nr_harts;
static unsigned notices;

#include "lib/log.h"
#undef log_notice
#define log_notice(...) (notices++)
#include "vm/affinity.c"

#include "lib/fail.h"
#include "port/host_test.h"

static struct options o;

/* Where vCPU @index may run, of one that may run anywhere. */
static uint64_t harts_of(unsigned index)
{
	struct vcpu v = { .mp.index = index, .thread.affinity = ~0UL };

	boot.vcpu_made(&v);
	return v.thread.affinity;
}

static void machine(unsigned harts, unsigned vcpus0, unsigned vcpus1)
{
	nr_harts = harts;
	nr_vms = vcpus1 ? 2 : 1;
	vms[0].nr_vcpus = vcpus0;
	vms[1].nr_vcpus = vcpus1;
	notices = 0;
}

static void pairs_add_up(void)
{
	machine(4, 4, 0);
	CHECK(options_parse("affinity=0:1,1:0,1:2 affinity=0:3", &o));
	CHECK(harts_of(0) == 0xa && harts_of(1) == 5 && harts_of(2) == ~0UL);
	boot.vms_made();
	CHECK(notices == 0);
	CHECK(options_parse("", &o) && harts_of(0) == ~0UL);
}

static void harts_that_are_not_there_do_not_count(void)
{
	machine(2, 4, 0);
	CHECK(options_parse("affinity=0:1,0:2,1:2", &o));
	CHECK(harts_of(0) == 2 && harts_of(1) == ~0UL);
	boot.vms_made();
	CHECK(notices == 2);
	machine(64, 4, 0);
	CHECK(options_parse("affinity=63:63", &o) && harts_of(63) == 1UL << 63);
}

static void vcpus_of_the_largest_vm_count(void)
{
	machine(4, 2, 4);
	CHECK(options_parse("affinity=3:1", &o));
	boot.vms_made();
	CHECK(notices == 0);
	CHECK(options_parse("affinity=4:1", &o));
	boot.vms_made();
	CHECK(notices == 1);
}

static void what_is_no_pair_is_refused(void)
{
	static const char *const wrong[] = { "affinity=", "affinity=1", "affinity=1:64",
					     "affinity=64:1", "affinity=,", "affinity=1:1,2",
					     "affinity=a:1" };

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(!options_parse(wrong[i], &o) && strstr(fail_text, "pairs"));
}

static const struct test tests[] = {
	TEST(pairs_add_up),
	TEST(harts_that_are_not_there_do_not_count),
	TEST(vcpus_of_the_largest_vm_count),
	TEST(what_is_no_pair_is_refused),
};

TEST_MAIN(tests)
