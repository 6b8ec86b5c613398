/* SPDX-License-Identifier: MIT */
/*
 * imsic.c - a hart's supervisor-level interrupt file: found out, set up, tried. Contracts are in
 * imsic.h.
 *
 * Optional room: imsic, 50 lines. Needs host-devices.
 */
#include "riscv/imsic.h"

#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

/* Registers of the interrupt file behind siselect and sireg. */
#define EIDELIVERY 0x70
#define EITHRESHOLD 0x72
#define EIP0 0x80
#define EIE0 0xc0

volatile uint32_t *imsic_map(unsigned slot, paddr_t file)
{
	uint64_t va = VA_IMSIC + slot * (uint64_t)PAGE_SIZE;

	return file && mmu_map(va, file, PAGE_SIZE, MAP_RW) ? (volatile uint32_t *)va : NULL;
}

/* Set a register of the file. False: it is not there, or has another value then. */
static bool set(uint64_t reg, uint64_t value)
{
	uint64_t got = 0;

	return csr_try_write(CSR_SISELECT, reg) && csr_try_write(CSR_SIREG, value) &&
	       csr_try_read(CSR_SIREG, got) && got == value;
}

static bool try_store(volatile uint32_t *file)
{
	uint64_t ok;

	__asm__ volatile("li %0, 0\n1: sw %2, (%1)\nli %0, 1\n2:\n" EX_TABLE("1b", "2b")
			 : "=&r"(ok)
			 : "r"(file), "r"(IMSIC_KICK)
			 : "memory");
	return ok;
}

/* Does sip.SEIP become @want? A store to the file takes effect in a moment, nobody says when. */
static bool pending_becomes(uint64_t want)
{
	uint64_t since = time_now();

	while ((csr_read(sip) & SIP_SEIP) != want)
		if (time_now() - since > timebase / 1000)
			return false;
	return true;
}

bool imsic_enable(volatile uint32_t *file)
{
	uint64_t claimed = 0;

	/*
	 * Whatever a reset or a loader has left pending and enabled above the threshold does not
	 * count.
	 */
	return file && set(EIDELIVERY, 0) && set(EIP0, 0) && set(EIE0, 1UL << IMSIC_KICK) &&
	       set(EITHRESHOLD, IMSIC_KICK + 1) && set(EIDELIVERY, 1) && pending_becomes(0) &&
	       try_store(file) && pending_becomes(SIP_SEIP) && csr_try_read(CSR_STOPEI, claimed) &&
	       claimed >> 16 == IMSIC_KICK && csr_try_write(CSR_STOPEI, 0) && pending_becomes(0);
}
