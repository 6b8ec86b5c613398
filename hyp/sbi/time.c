/* SPDX-License-Identifier: MIT */
/* time.c - TIME: the next timer interrupt. SBI 3.0 chapter 6. */
#include "sbi/sbi.h"
#include "vm/irq.h"

/* Clears a pending interrupt if the time is still to come, even a masked one; all-ones is never. */
static struct sbi_ret set_timer(struct vcpu *v, const uint64_t *a)
{
	irq_set_timer(v, a[0]);
	return SBI_OK(0);
}

SBI_EXTENSION(0x54494d45, set_timer);
