/* SPDX-License-Identifier: MIT */
/*
 * dbcn.c - DBCN: the debug console. SBI 3.0 chapter 12.
 */
#include "sbi/sbi.h"
#include "dev/console.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * One call reads at most this much; the specification lets us do less than asked, and a write
 * (dev/console.h) does too.
 */
#define CHUNK 256

/* Guest memory by physical address, in two words: the upper one has no room on RV64. */
static bool buffer_valid(const struct vcpu *v, const uint64_t *a)
{
	return !a[2] && vm_ram_contains(v->vm, a[1], a[0]);
}

static struct sbi_ret console_write(struct vcpu *v, const uint64_t *a)
{
	if (!buffer_valid(v, a))
		return SBI_ERR(SBI_INVALID_PARAM);
	return SBI_OK(console_guest_write(v->vm, a[1], a[0]));
}

static struct sbi_ret console_read(struct vcpu *v, const uint64_t *a)
{
	char buf[CHUNK];
	uint64_t n;

	if (!buffer_valid(v, a))
		return SBI_ERR(SBI_INVALID_PARAM);
	n = console_guest_read(v->vm, buf, MIN(a[0], CHUNK));
	vm_write(v->vm, a[1], buf, n);
	return SBI_OK(n);
}

static struct sbi_ret console_write_byte(struct vcpu *v, const uint64_t *a)
{
	console_guest_put(v->vm, (char)a[0], true);
	return SBI_OK(0);
}

SBI_EXTENSION(0x4442434e, console_write, console_read, console_write_byte);
