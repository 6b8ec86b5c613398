/* SPDX-License-Identifier: MIT */
/* blocks_absent.c - without the room blocks: memory is cleared byte by byte. */
#include "lib/string.h"
#include "riscv/mmu.h"

uint16_t clear_probe(void)
{
	return 0;
}

void clear(void *p, size_t n)
{
	memset(p, 0, n);
}
