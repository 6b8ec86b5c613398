/* SPDX-License-Identifier: MIT */
/*
 * clear.c - memory cleared by blocks, where a hart can. Contracts are in mmu.h.
 *
 * Optional room: blocks, 30 lines.
 */
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/hart.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"

uint16_t clear_probe(void)
{
	static uint64_t page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE))) NOINIT;
	uint16_t size = 8;
	uint64_t ok;

	for (unsigned i = 1; i < ARRAY_SIZE(page); i *= 2)
		page[i] = 1;
	__asm__ volatile("li %0, 0\n1: " CBO_ZERO("%1") "li %0, 1\n2:\n" EX_TABLE("1b", "2b")
			 : "=&r"(ok) : "r"(page) : "memory");
	while (size < PAGE_SIZE && !page[size / 8])
		size *= 2;
	return ok ? size : 0;
}

void clear(void *p, size_t n)
{
	const size_t block = this_hart()->caps.cboz_block;
	char *at = p, *const end = at + n;

	if (block) {
		size_t head = MIN(-(uintptr_t)p % block, n);

		memset(p, 0, head);
		for (at += head; (size_t)(end - at) >= 16 * block;)
			__asm__ volatile(".rept 16\n" CBO_ZERO("%0") "add %0, %0, %1\n.endr"
					 : "+r"(at) : "r"(block) : "memory");
	}
	memset(at, 0, (size_t)(end - at));
}
