/* SPDX-License-Identifier: MIT */
/* test-with: hyp/port/host.c */
/* sbi_test.c - which function a call reaches, also if two extensions want one place. */
#include "lib/types.h"
#include "riscv/frame.h"

/* Stand-ins for VMs and their vCPUs. */
#define VM_VCPU_H
#define VM_VM_H
enum { EXIT_ECALL };
struct vm {
	unsigned nr_vcpus;
	struct vcpu *vcpus;
};
struct vcpu {
	struct vm *vm;
	uint64_t exits[1];
};

#include "lib/log.h"
#undef log_debug
#define log_debug(...) ((void)0)
#include "sbi/sbi.c"

#include "port/host_test.h"

static struct sbi_ret sum(struct vcpu *v UNUSED, const uint64_t *a)
{
	return SBI_OK(a[0] + a[1]);
}

static struct sbi_ret first(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_OK(1);
}

static struct sbi_ret second(struct vcpu *v UNUSED, const uint64_t *a UNUSED)
{
	return SBI_OK(2);
}

static struct sbi_ret old(struct vcpu *v UNUSED, const uint64_t *a)
{
	return SBI_ERR((long)a[0] + 7);
}

/* The first three want one place, and the last one that of the legacy call. */
SBI_EXTENSION(0x10, first, sum);
SBI_EXTENSION(0x08000010, second, sum, second);
SBI_EXTENSION(0xf8000010, sum);
SBI_LEGACY(0x1, old);
SBI_EXTENSION(0x08000001, sum);

static struct vcpu vcpu;

static struct sbi_ret call(uint64_t id, uint64_t function, uint64_t a0, uint64_t a1)
{
	struct guest_frame f = { .vcpu = &vcpu, .a = { a0, a1, [6] = function, [7] = id } };

	return sbi_call(&f);
}

static bool gives(struct sbi_ret r, long error, uint64_t value)
{
	return r.error == error && r.value == value;
}

static void two_that_want_one_place_are_both_reached(void)
{
	CHECK(HASH(0x10) == HASH(0x08000010) && HASH(0x10) == HASH(0xf8000010));
	CHECK(HASH(0x1) == HASH(0x08000001));
	CHECK(gives(call(0x10, 0, 0, 0), 0, 1) && gives(call(0x10, 1, 40, 2), 0, 42));
	CHECK(gives(call(0x08000010, 0, 0, 0), 0, 2) && gives(call(0x08000010, 1, 3, 4), 0, 7));
	CHECK(gives(call(0x08000010, 2, 0, 0), 0, 2));
	CHECK(gives(call(0xf8000010, 0, 1, 1), 0, 2));
	CHECK(gives(call(0x08000001, 0, 5, 6), 0, 11));
	CHECK(sbi_has(0x10) && sbi_has(0x08000010) && sbi_has(0xf8000010) && sbi_has(1));
}

static void ids_and_functions_have_32_bits(void)
{
	CHECK(gives(call(0xfffffffff8000010, 0xffffffff00000000, 1, 2), 0, 3));
	CHECK(gives(call(0xffffffff00000010, 1, 1, 2), 0, 3));
}

static void what_there_is_not_is_not_supported(void)
{
	CHECK(gives(call(0x10, 2, 8, 9), SBI_NOT_SUPPORTED, 0));
	CHECK(gives(call(0x08000010, 3, 8, 9), SBI_NOT_SUPPORTED, 0));
	CHECK(gives(call(0x48534d, 0, 8, 9), SBI_NOT_SUPPORTED, 0) && !sbi_has(0x48534d));
	CHECK(gives(call(0, 0, 8, 9), SBI_NOT_SUPPORTED, 9) && !sbi_has(0));
}

static void a_legacy_call_keeps_a1_and_has_no_functions(void)
{
	CHECK(gives(call(1, 0, 1, 9), 8, 9) && gives(call(1, 77, 1, 9), 8, 9));
	CHECK(gives(call(5, 0, 1, 9), SBI_NOT_SUPPORTED, 9));
}

static void sets_of_harts_are_checked(void)
{
	struct vm vm = { .nr_vcpus = 4 };
	struct vcpu v = { .vm = &vm };
	uint64_t set;

	CHECK(sbi_hart_set(&v, 3, 1, &set) && set == 6);
	CHECK(sbi_hart_set(&v, 0, 99, &set) && set == 0);
	CHECK(sbi_hart_set(&v, 5, ~0UL, &set) && set == 15);
	CHECK(!sbi_hart_set(&v, 1, 4, &set) && !sbi_hart_set(&v, 9, 1, &set));
	CHECK(!sbi_hart_set(&v, 1UL << 63, 1, &set));
	vm.nr_vcpus = 64;
	CHECK(sbi_hart_set(&v, 1, 63, &set) && set == 1UL << 63);
	CHECK(!sbi_hart_set(&v, 3, 63, &set));
}

static const struct test tests[] = {
	TEST(two_that_want_one_place_are_both_reached),
	TEST(ids_and_functions_have_32_bits),
	TEST(what_there_is_not_is_not_supported),
	TEST(a_legacy_call_keeps_a1_and_has_no_functions),
	TEST(sets_of_harts_are_checked),
};

int main(void)
{
	sbi_init();
	return test_main(tests, ARRAY_SIZE(tests));
}
