/* SPDX-License-Identifier: MIT */
/*
 * legacy.c - calls from before there were extensions, for old kernels: putchar, getchar, shutdown.
 * SBI 3.0 chapter 5. What the others did is done by TIME, IPI and RFENCE, which every kernel of
 * today knows.
 *
 * Optional room: legacy, 25 lines.
 */
#include "dev/console.h"
#include "sbi/sbi.h"
#include "vm/life.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static struct sbi_ret putchar(struct vcpu *v, const uint64_t *a)
{
	console_guest_put(v->vm, (char)a[0], true);
	return SBI_OK(0);
}

static struct sbi_ret getchar(struct vcpu *v, const uint64_t *a UNUSED)
{
	char c;

	return SBI_ERR(console_guest_read(v->vm, &c, 1) ? (uint8_t)c : SBI_FAILED);
}

static struct sbi_ret shutdown(struct vcpu *v, const uint64_t *a UNUSED)
{
	return SBI_ERR(
		vcpu_act(v, mp_system_reset(&v->vm->mp, &v->mp, SRST_SHUTDOWN, SRST_NO_REASON)));
}

SBI_LEGACY(0x1, putchar);
SBI_LEGACY(0x2, getchar);
SBI_LEGACY(0x8, shutdown);
