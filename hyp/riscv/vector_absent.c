/* SPDX-License-Identifier: MIT */
/* vector_absent.c - without the room vector: guests have no vector unit. */
#include "riscv/vector.h"

uint16_t vector_probe(isa_set isa UNUSED)
{
	return 0;
}

bool vector_init(struct vector **state)
{
	*state = NULL;
	return true;
}

void vector_reset(struct vector *v UNUSED)
{
}

uint64_t vector_save(struct vector *v UNUSED, uint64_t sstatus)
{
	return sstatus;
}

void vector_load(const struct vector *v UNUSED)
{
}
