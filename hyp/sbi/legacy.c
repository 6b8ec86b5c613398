/* SPDX-License-Identifier: MIT */
/*
 * legacy.c - calls from before there were extensions, for old kernels. SBI 3.0 chapter 5.
 *
 * Timer, IPI and fences are done by their extensions. Their sets of harts are in the guest's memory
 * at a virtual address, where bit n is hart n; NULL, which the chapter does not mention, is all of
 * them, and harts that there are not are ignored, as OpenSBI and KVM do. Without the room rfence
 * calls 5 to 7 probe as present and are not supported.
 *
 * Optional room: legacy, 80 lines.
 */
#include "dev/console.h"
#include "riscv/csr.h"
#include "sbi/sbi.h"
#include "vm/exit.h"
#include "vm/irq.h"
#include "vm/life.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static struct sbi_ret set_timer(struct vcpu *v, const uint64_t *a)
{
	irq_set_timer(v, a[0]);
	return SBI_OK(0);
}

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

static struct sbi_ret clear_ipi(struct vcpu *v, const uint64_t *a UNUSED)
{
	bool was;

	irq_merge(v);
	was = csr_read(hvip) & HVIP_VSSIP;
	csr_clear(hvip, HVIP_VSSIP);
	return SBI_ERR(was);
}

/* The word of RAM at @va as the guest's kernel would load it: 0, or the exception it would get. */
static uint64_t load(uint64_t va, uint64_t *word)
{
	uint64_t hstatus = csr_read(hstatus), sstatus = csr_read(sstatus), ok, cause;

	__asm__ volatile(".option push\n.option arch, +h\n"
			 "li %0, 0\n1: hlv.d %1, (%2)\nli %0, 1\n2:\n" EX_TABLE("1b", "2b")
			 ".option pop" : "=&r"(ok), "=&r"(*word) : "r"(va) : "memory");
	if (ok)
		return 0;
	cause = csr_read(scause);
	/* A trap that we survived says "from HS-mode" in both; the guest must be returned to. */
	csr_write(hstatus, hstatus);
	csr_write(sstatus, sstatus);
	return cause == EXC_LOAD_PAGE || cause == EXC_LOAD_MISALIGNED ? cause : EXC_LOAD_ACCESS;
}

/* Calls 4 to 7: the same with the set at a[0]. The other arguments are alike in both. */
static struct sbi_ret with_set(struct vcpu *v, const uint64_t *a)
{
	static const struct {
		uint32_t id, function;
	} calls[] = { { 0x735049, 0 }, { 0x52464e43, 0 }, { 0x52464e43, 1 }, { 0x52464e43, 2 } };
	unsigned n = (uint32_t)a[7] - 4;
	const struct sbi_extension *e = sbi_find(calls[n].id);
	uint64_t set = ~0UL, all, cause = a[0] ? load(a[0], &set) : 0;

	if (cause) {
		v->frame->sepc -= 4; /* the exception is the ecall's */
		inject_exception(v, cause, a[0]);
		return SBI_ERR((long)a[0]); /* which stays in a0 */
	}
	if (!e->functions)
		return SBI_ERR(SBI_NOT_SUPPORTED);
	sbi_hart_set(v, 0, ~0UL, &all);
	return e->functions[calls[n].function](
		v, (uint64_t[]){ set & all, 0, a[1], a[2], a[3], 0, calls[n].function, e->id });
}

static struct sbi_ret shutdown(struct vcpu *v, const uint64_t *a UNUSED)
{
	return SBI_ERR(
		vcpu_act(v, mp_system_reset(&v->vm->mp, &v->mp, SRST_SHUTDOWN, SRST_NO_REASON)));
}

SBI_LEGACY(0x0, set_timer);
SBI_LEGACY(0x1, putchar);
SBI_LEGACY(0x2, getchar);
SBI_LEGACY(0x3, clear_ipi);
SBI_LEGACY(0x4, with_set);
SBI_LEGACY(0x5, with_set);
SBI_LEGACY(0x6, with_set);
SBI_LEGACY(0x7, with_set);
SBI_LEGACY(0x8, shutdown);
