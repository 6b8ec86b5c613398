/* SPDX-License-Identifier: MIT */
/* fw.c - SBI calls to the firmware (SBI 3.0; works down to 0.2 with HSM). */
#include "riscv/fw.h"

#include "lib/log.h"
#include "riscv/csr.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

#define EID_BASE 0x10
#define EID_TIME 0x54494d45
#define EID_IPI 0x735049
#define EID_HSM 0x48534d
#define EID_SRST 0x53525354
#define EID_DBCN 0x4442434e
#define EID_LEGACY_PUTCHAR 1
#define EID_LEGACY_GETCHAR 2
#define EID_LEGACY_SHUTDOWN 8

static bool have_dbcn;

static struct fw_ret call(long eid, long fid, uint64_t arg0, uint64_t arg1, uint64_t arg2)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register long a6 __asm__("a6") = fid;
	register long a7 __asm__("a7") = eid;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (struct fw_ret){ .error = (long)a0, .value = (long)a1 };
}

void fw_init(bool no_dbcn)
{
	struct fw_ret found = call(EID_BASE, 3, EID_DBCN, 0, 0);

	have_dbcn = !no_dbcn && !found.error && found.value;
}

void fw_describe(void)
{
	long spec = call(EID_BASE, 0, 0, 0, 0).value;

	log_info("firmware: SBI %ld.%ld, implementation %ld version 0x%lx, console %s", spec >> 24,
		 spec & 0xffffff, call(EID_BASE, 1, 0, 0, 0).value,
		 call(EID_BASE, 2, 0, 0, 0).value, have_dbcn ? "DBCN" : "legacy");
}

void fw_send_ipi(uint64_t mask, uint64_t base)
{
	call(EID_IPI, 0, mask, base, 0);
}

void fw_set_timer(uint64_t when)
{
	call(EID_TIME, 0, when, 0, 0);
}

long fw_hart_start(uint64_t hartid, paddr_t pc, uint64_t arg)
{
	return call(EID_HSM, 0, hartid, pc, arg).error;
}

void fw_hart_stop(void)
{
	for (;;)
		call(EID_HSM, 1, 0, 0, 0);
}

void fw_console_write(const char *s, size_t n)
{
	if (!have_dbcn) {
		while (n--)
			call(EID_LEGACY_PUTCHAR, 0, (uint8_t)*s++, 0, 0);
		return;
	}
	while (n) {
		/*
		 * Physical addresses: one page at a time, and the firmware may take less than it is
		 * given.
		 */
		size_t part = MIN(n, PAGE_SIZE - ((uint64_t)s & (PAGE_SIZE - 1)));
		struct fw_ret r = call(EID_DBCN, 0, part, mmu_phys(s), 0);

		if (r.error || r.value < 0)
			return;
		s += r.value;
		n -= (size_t)r.value;
	}
}

bool fw_console_write_at(paddr_t pa, size_t n)
{
	struct fw_ret r = { 0 };

	for (; have_dbcn && n && !r.error && r.value >= 0; n -= (size_t)r.value) {
		r = call(EID_DBCN, 0, n, pa, 0);
		pa += (paddr_t)r.value;
	}
	return have_dbcn;
}

int fw_console_read(void)
{
	/* On a stack page: contiguous, and mmu_phys() knows it. */
	volatile char c = 0;
	struct fw_ret r;

	if (!have_dbcn) {
		long got = call(EID_LEGACY_GETCHAR, 0, 0, 0, 0).error;

		return got < 0 ? -1 : (int)(got & 0xff);
	}
	r = call(EID_DBCN, 1, 1, mmu_phys((const void *)&c), 0);
	return r.error || r.value != 1 ? -1 : (uint8_t)c;
}

void fw_reset(enum fw_reset_type type)
{
	call(EID_SRST, 0, type, 0, 0);
	if (type == FW_SHUTDOWN) /* for a firmware without the other */
		call(EID_LEGACY_SHUTDOWN, 0, 0, 0, 0);
}
