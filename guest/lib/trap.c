/* SPDX-License-Identifier: MIT */
/*
 * trap.c - decide what a trap of the guest means: an interrupt with a
 * handler, an exception somebody waits for, or a failed test.
 */
#include "trap.h"
#include "csr.h"
#include "hart.h"
#include "test.h"

void user_enter(void (*fn)(void *), void *arg, void *stack_top) NORETURN;

void irq_handler_set(unsigned int irq, irq_handler fn)
{
	hart_self()->irq[irq] = fn;
}

/* Without a handler: count it, make it go away, notice an aborted test. */
static void default_irq(struct hart *h, unsigned int irq)
{
	if (irq == IRQ_SOFT) {
		csr_clear(sip, SIP_SSIP);
		h->soft_count++;
		if (h != main_hart && hart_abort_flag)
			hart_exit();
	} else if (irq == IRQ_TIMER) {
		h->timer_count++;
		sbi_set_timer(~0ul);
		if (h == main_hart)
			test_watchdog();
	} else {
		csr_clear(sie, 1ul << irq);
	}
}

/* Leave the exception by way of catch_ctx instead of returning to it. */
static void unwind(struct hart *h, struct trap_frame *f)
{
	struct trap_info *info = h->catch_info;

	info->cause = f->scause;
	info->value = f->stval;
	info->pc = f->sepc;
	for (int i = 0; i < 32; i++)
		info->x[i] = f->x[i];
	h->catching = false;
	f->sepc = (u64)context_jump;
	f->x[10] = (u64)&h->catch_ctx;
	f->x[11] = 1;
	f->sstatus |= SSTATUS_SPP;
}

void trap_handle(struct trap_frame *f)
{
	struct hart *h = hart_self();
	unsigned int irq = f->scause & 15;

	if (f->scause & SCAUSE_IRQ) {
		if (h->irq[irq])
			h->irq[irq](f);
		else
			default_irq(h, irq);
	} else if (h->catching) {
		unwind(h, f);
	} else {
		test_fail("trap.c", __LINE__,
			  "hart %lu: exception %lu at %lx, stval %lx", h->id,
			  f->scause, f->sepc, f->stval);
	}
}

static bool sip_hides_timer;

static void on_probe(struct trap_frame *f)
{
	(void)f;
	csr_clear(sie, SIP_STIP);
	hart_self()->timer_probe = 1;
}

static bool probe_timer(void)
{
	struct hart *h = hart_self();
	irq_handler handler = h->irq[IRQ_TIMER];
	u64 enabled = csr_read(sie);

	h->irq[IRQ_TIMER] = on_probe;
	store_release(&h->timer_probe, 0);
	csr_write(sie, SIP_STIP);
	irq_on();
	for (int i = 0; i < 20; i++)
		__asm__ volatile("nop");
	irq_off();
	csr_write(sie, enabled);
	h->irq[IRQ_TIMER] = handler;
	return load_acquire(&h->timer_probe);
}

bool timer_is_pending(void)
{
	return sip_hides_timer ? probe_timer() : csr_read(sip) & SIP_STIP;
}

void timer_pending_init(void)
{
	u64 end = after_ms(50);

	sbi_set_timer(0);
	do {
		sip_hides_timer = !(csr_read(sip) & SIP_STIP);
	} while (sip_hides_timer && now() < end);
	sbi_set_timer(~0ul);
}

bool trap_catch(void (*fn)(void *), void *arg, struct trap_info *info)
{
	struct hart *h = hart_self();

	h->catch_info = info;
	if (context_save(&h->catch_ctx))
		return true;
	h->catching = true;
	fn(arg);
	h->catching = false;
	return false;
}

void user_run(void (*fn)(void *), void *arg, void *stack_top,
	      struct trap_info *info)
{
	struct hart *h = hart_self();
	u64 flags;

	h->catch_info = info;
	flags = irq_save();
	if (!context_save(&h->catch_ctx)) {
		h->catching = true;
		/* Traps from U-mode land below the frames in use here. */
		h->trap_sp = ((u64)__builtin_frame_address(0) - 1024) & ~15ul;
		csr_clear(sstatus, SSTATUS_SPIE);
		if (flags)
			csr_set(sstatus, SSTATUS_SPIE);
		user_enter(fn, arg, stack_top);
	}
	irq_restore(flags);
}
