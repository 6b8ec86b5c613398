/* SPDX-License-Identifier: MIT */
/* mmu.h - stands in for hyp/riscv/mmu.h. */
#include "lib/types.h"

uint64_t stack_alloc(void);
