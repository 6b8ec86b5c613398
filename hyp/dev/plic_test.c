/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/port/host.c hyp/lock/rank.c hyp/lock/spinlock.c hyp/conf/tree_out.c
 * hyp/conf/tree.c hyp/lib/fail.c
 */
/*
 * plic_test.c - the registers of the PLIC, and random use of all of them beside a model that knows
 * no words of bits and no shortcuts.
 */
#include "lib/types.h"

/* Stand-ins for VMs and their vCPUs. */
#define VM_VCPU_H
#define VM_VM_H
#define VM_IRQ_H
#include "mp/mp.h"
struct thread {
	int unused;
};
struct vcpu {
	struct thread thread;
	struct vm *vm;
	uint32_t external;
	unsigned told;
};
struct vm {
	unsigned index, nr_vcpus;
	struct vcpu *vcpus;
	uint64_t boots;
};
static void irq_merge(struct vcpu *v UNUSED)
{
}
static void sched_notify(struct thread *t)
{
	((struct vcpu *)t)->told++;
}


#include "dev/pass.h"

/* Sources 64 and up are wires of the host. */
#define HOST_FROM 64
static unsigned given_back; /* the one that was completed last */
static uint32_t wanted_bits; /* of word 2, last */
static struct vcpu *wanted_by;

bool pass_is_host(const struct vm *vm UNUSED, unsigned source)
{
	return source >= HOST_FROM;
}

void pass_wanted(struct vcpu *v, unsigned word, uint32_t bits)
{
	if (word == HOST_FROM / 32) {
		wanted_by = v;
		wanted_bits = bits;
	}
}

void pass_completed(unsigned source)
{
	given_back = source;
}

#include "dev/plic.c"

#include "port/host_test.h"

#define VCPUS 3
#define S(vcpu) (2 * (vcpu) + 1)
#define ENABLES(context) (PLIC_ENABLE + PLIC_ENABLE_SIZE * (uint64_t)(context))
#define THRESHOLD_OF(context) (PLIC_CONTEXT + PLIC_CONTEXT_SIZE * (uint64_t)(context))
#define CLAIM_OF(context) (THRESHOLD_OF(context) + PLIC_CLAIM)

static struct vcpu vcpus[VCPUS];
static struct vm vm = { .index = 1, .nr_vcpus = VCPUS, .vcpus = vcpus };

static void put(uint64_t offset, uint32_t value)
{
	plic_write(&vcpus[0], offset, 4, value);
}

static uint32_t get(uint64_t offset)
{
	return (uint32_t)plic_read(&vcpus[0], offset, 4);
}

static void fresh(void)
{
	for (unsigned i = 0; i < VCPUS; i++)
		vcpus[i] = (struct vcpu){ .vm = &vm, .external = 1 };
	plic_reset(&vm);
}

/* @source has @priority and is enabled in S-mode of @vcpu. */
static void enable(unsigned vcpu, unsigned source, uint32_t priority)
{
	uint64_t word = ENABLES(S(vcpu)) + 4 * (source / 32);

	put(4 * source, priority);
	put(word, get(word) | BIT(source));
}

static void reset_is_silent(void)
{
	fresh();
	for (uint64_t offset = 0; offset < SIZE; offset += 4)
		if (get(offset)) {
			CHECK(!"every register is 0");
			return;
		}
	for (unsigned i = 0; i < VCPUS; i++)
		CHECK(!vcpus[i].external && !vcpus[i].told);
}

static void a_level_is_claimed_once_and_comes_again_if_it_stays(void)
{
	fresh();
	enable(0, 10, 1);
	intc_line(&vm, 10, true);
	CHECK(vcpus[0].external && vcpus[0].told == 1 && !vcpus[1].external);
	CHECK(get(PLIC_PENDING) == BIT(10));
	CHECK(get(CLAIM_OF(S(0))) == 10 && !vcpus[0].external);
	CHECK(!get(PLIC_PENDING) && !get(CLAIM_OF(S(0))));
	intc_line(&vm, 10, true); /* between claim and completion nothing is new */
	CHECK(!vcpus[0].external);
	put(CLAIM_OF(S(0)), 10);
	CHECK(vcpus[0].external && get(CLAIM_OF(S(0))) == 10);
	intc_line(&vm, 10, false);
	put(CLAIM_OF(S(0)), 10);
	CHECK(!vcpus[0].external && !get(PLIC_PENDING));
}

static void what_is_pending_stays_when_the_level_falls(void)
{
	fresh();
	enable(0, 10, 1);
	intc_line(&vm, 10, true);
	intc_line(&vm, 10, false);
	CHECK(vcpus[0].external && get(CLAIM_OF(S(0))) == 10);
}

static void the_highest_priority_then_the_lowest_number_wins(void)
{
	fresh();
	enable(0, 7, 3);
	enable(0, 40, 5);
	enable(0, 90, 5);
	intc_line(&vm, 7, true);
	intc_line(&vm, 90, true);
	intc_line(&vm, 40, true);
	CHECK(get(CLAIM_OF(S(0))) == 40 && get(CLAIM_OF(S(0))) == 90);
	CHECK(get(CLAIM_OF(S(0))) == 7 && !get(CLAIM_OF(S(0))));
}

static void a_threshold_stops_interrupts_and_not_claims(void)
{
	fresh();
	enable(0, 10, 3);
	put(THRESHOLD_OF(S(0)), 3);
	intc_line(&vm, 10, true);
	CHECK(!vcpus[0].external);
	put(THRESHOLD_OF(S(0)), 2);
	CHECK(vcpus[0].external);
	put(THRESHOLD_OF(S(0)), 7);
	CHECK(!vcpus[0].external && get(CLAIM_OF(S(0))) == 10);
}

static void priority_0_is_never_heard_of(void)
{
	fresh();
	enable(0, 10, 0);
	intc_line(&vm, 10, true);
	CHECK(!vcpus[0].external && get(PLIC_PENDING) == BIT(10) && !get(CLAIM_OF(S(0))));
	put(40, 1);
	CHECK(vcpus[0].external);
}

static void of_two_only_one_gets_it(void)
{
	fresh();
	enable(0, 10, 1);
	enable(2, 10, 1);
	intc_line(&vm, 10, true);
	CHECK(vcpus[0].external && !vcpus[1].external && vcpus[2].external);
	CHECK(get(CLAIM_OF(S(2))) == 10 && !vcpus[0].external && !vcpus[2].external);
	CHECK(!get(CLAIM_OF(S(0))));
	put(CLAIM_OF(S(0)), 10); /* whoever of the guest completes it */
	CHECK(vcpus[0].external);
}

static void registers_keep_what_they_have_bits_for(void)
{
	fresh();
	for (unsigned s = 0; s < SOURCES; s++) {
		put(4 * s, 0xffffffff);
		CHECK(get(4 * s) == (s ? PRIORITY_MASK : 0));
	}
	for (unsigned c = 0; c < 2 * VCPUS + 2; c++) {
		bool there = c & 1 && c / 2 < VCPUS;

		for (unsigned w = 0; w < WORDS + 1; w++)
			put(ENABLES(c) + 4 * w, 0xffffffff);
		put(THRESHOLD_OF(c), 0xffffffff);
		CHECK(get(ENABLES(c)) == (there ? 0xfffffffe : 0));
		CHECK(get(ENABLES(c) + 8) == (there ? 0xffffffff : 0));
		CHECK(get(ENABLES(c) + 4 * WORDS) == 0);
		CHECK(get(THRESHOLD_OF(c)) == (there ? PRIORITY_MASK : 0));
	}
	put(PLIC_PENDING, 0xffffffff);
	CHECK(!get(PLIC_PENDING));
	for (unsigned i = 0; i < VCPUS; i++)
		CHECK(!vcpus[i].external);
}

static void completing_what_is_not_claimed_is_nothing(void)
{
	static const uint32_t ids[] = { 0, 9, 10, 95, 96, 0x80000000, 0xffffffff };

	fresh();
	enable(0, 10, 1);
	for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
		put(CLAIM_OF(S(0)), ids[i]);
	CHECK(!vcpus[0].external && !get(PLIC_PENDING));
	intc_line(&vm, 10, true);
	put(CLAIM_OF(S(0)), 10);
	CHECK(get(CLAIM_OF(S(0))) == 10 && !get(CLAIM_OF(S(0))));
}

static void a_wire_of_the_host_is_held_until_it_is_completed(void)
{
	fresh();
	enable(0, 70, 1);
	CHECK(wanted_by == &vcpus[0] && wanted_bits == BIT(70));
	given_back = 0;
	intc_line(&vm, 70, true); /* the host's PLIC has it */
	put(CLAIM_OF(S(0)), 70);
	CHECK(!given_back && vcpus[0].external); /* it was not claimed */
	CHECK(get(CLAIM_OF(S(0))) == 70 && !given_back);
	put(CLAIM_OF(S(1)), 70);
	/* Whether it still is high, the host says. */
	CHECK(given_back == 70 && !vcpus[0].external && !get(PLIC_PENDING + 8));
	given_back = 0;
	put(CLAIM_OF(S(0)), 70);
	CHECK(!given_back);
}

static void a_reset_forgets_what_is_held(void)
{
	fresh();
	enable(0, 70, 1);
	intc_line(&vm, 70, true);
	vm.boots = 1;
	plic_reset(&vm);
	vm.boots = 0;
	CHECK(!vcpus[0].external && !get(PLIC_PENDING + 8) && !get(ENABLES(S(0)) + 8));
}

/* ---- Random use beside a model --------------------------------------------------------- */

static struct {
	bool line[SOURCES], pending[SOURCES], claimed[SOURCES], enabled[VCPUS][SOURCES];
	unsigned priority[SOURCES], threshold[VCPUS];
} model;

static unsigned model_best(unsigned vcpu, unsigned than)
{
	unsigned found = 0;

	for (unsigned s = 1; s < SOURCES; s++)
		if (model.pending[s] && model.enabled[vcpu][s] && model.priority[s] > than) {
			found = s;
			than = model.priority[s];
		}
	return found;
}

static void model_gateways(void)
{
	for (unsigned s = 1; s < SOURCES; s++)
		if (model.line[s] && !model.claimed[s])
			model.pending[s] = true;
}

static unsigned at_random(unsigned n)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)(x >> 33) % n;
}

static bool step(void)
{
	unsigned s = 1 + at_random(SOURCES - 1), v = at_random(VCPUS), n = at_random(8), got, want;
	uint64_t word = ENABLES(S(v)) + 4 * (s / 32);
	bool level = at_random(2);

	switch (at_random(7)) {
	case 0:
	case 1:
		level |= s >= HOST_FROM; /* only a completion ends that one */
		intc_line(&vm, s, level);
		model.line[s] = level;
		break;
	case 2:
		put(4 * s, n);
		model.priority[s] = n;
		break;
	case 3:
		put(word, get(word) ^ BIT(s));
		model.enabled[v][s] ^= true;
		break;
	case 4:
		n = at_random(3);
		put(THRESHOLD_OF(S(v)), n);
		model.threshold[v] = n;
		break;
	case 5:
		want = model_best(v, 0);
		got = get(CLAIM_OF(S(v)));
		if (got != want)
			return false;
		model.claimed[want] |= want != 0;
		model.pending[want] = false;
		break;
	case 6:
		given_back = 0;
		put(CLAIM_OF(S(v)), s);
		if (given_back != (s >= HOST_FROM && model.claimed[s] ? s : 0))
			return false;
		if (given_back)
			model.line[s] = false;
		model.claimed[s] = false;
	}
	model_gateways();
	for (v = 0; v < VCPUS; v++)
		if (vcpus[v].external != (model_best(v, model.threshold[v]) != 0))
			return false;
	return true;
}

static void random_use_is_as_in_the_model(void)
{
	unsigned i = 0;

	fresh();
	while (i < 200000 && step())
		i++;
	CHECK(i == 200000);
}

static const struct test tests[] = {
	TEST(reset_is_silent),
	TEST(a_level_is_claimed_once_and_comes_again_if_it_stays),
	TEST(what_is_pending_stays_when_the_level_falls),
	TEST(the_highest_priority_then_the_lowest_number_wins),
	TEST(a_threshold_stops_interrupts_and_not_claims),
	TEST(priority_0_is_never_heard_of),
	TEST(of_two_only_one_gets_it),
	TEST(registers_keep_what_they_have_bits_for),
	TEST(completing_what_is_not_claimed_is_nothing),
	TEST(a_wire_of_the_host_is_held_until_it_is_completed),
	TEST(a_reset_forgets_what_is_held),
	TEST(random_use_is_as_in_the_model),
};

TEST_MAIN(tests)
