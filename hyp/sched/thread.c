/* SPDX-License-Identifier: MIT */
/*
 * thread.c - what a thread is, besides what the scheduler does with it; and who we are, for
 * port/port.h.
 */
#include "lib/printf.h"
#include "lib/string.h"
#include "port/port.h"
#include "riscv/mmu.h"
#include "sched/sched.h"

bool thread_init(struct thread *t, struct vcpu *vcpu, const char *name)
{
	memset(t, 0, sizeof(*t));
	spin_init(&t->lock, RANK_THREAD);
	t->state = THREAD_DEAD;
	t->vcpu = vcpu;
	t->affinity = ~0UL;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->stack_top = stack_alloc();
	return t->stack_top != 0;
}

struct thread *port_self(void)
{
	return this_hart()->current;
}

struct held_locks *port_held_by_thread(void)
{
	return &this_hart()->current->mutexes;
}

void port_context(char *buf, size_t size)
{
	struct hart *h = this_hart();

	snprintf(buf, size, "h%u %s", h->index, h->current ? h->current->name : "boot");
}
