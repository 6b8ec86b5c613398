/* SPDX-License-Identifier: MIT */
/*
 * plic.c - the guest's interrupt controller: a PLIC as in QEMU's virt machine. RISC-V PLIC
 * specification 1.0.0.
 *
 * Context 2h is the M-mode of hart h, which a guest does not have: its registers are always 0.
 * Context 2h + 1 is its S-mode. All wires are levels. A source whose level is high becomes pending;
 * whoever claims it takes that back, and until it is completed the source is not pending again
 * (section 7, the gateway).
 *
 * What a vCPU has to know is one bit, vcpu->external: "your context interrupts". It is worked out
 * anew after each change, under the lock, and never just set or cleared: between the claim of one
 * interrupt and the end of the access another one may have come.
 *
 * Optional room: plic, 260 lines. Needs devices guest-tree.
 */
#include "conf/guest_fdt.h"
#include "conf/tree_out.h"
#include "dev/device.h"
#include "dev/intc.h"
#include "dev/pass.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "lock/spinlock.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/plic_regs.h"
#include "vm/irq.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define BASE 0x0c000000UL
#define SIZE 0x600000UL
#define NAME "plic@c000000"

#define WORDS 3
#define SOURCES (WORDS * 32) /* number 0 stands for none */
#define PRIORITY_MASK 7U

#define WORD(source) ((source) / 32)
#define BIT(source) (1U << (source) % 32)

struct plic_context {
	uint32_t enable[WORDS];
	uint32_t threshold;
};

static struct plic {
	struct spinlock lock;
	/* guarded by lock; bit n of the words is source n */
	uint32_t line[WORDS], pending[WORDS], claimed[WORDS];
	uint8_t priority[SOURCES];
	struct plic_context contexts[MP_MAX_VCPUS]; /* by vCPU */
	uint64_t asserted; /* bit i: context i interrupts */
} plics[MAX_VMS] NOINIT; /* plic_reset() fills it in */

/* ---- Who is interrupted ------------------------------------------------------------ */

/*
 * The source that @c gets, of those with a priority above @than: the highest priority, then the
 * lowest number. 0: none.
 */
static unsigned best(const struct plic *p, const struct plic_context *c, unsigned than)
	MUST_HOLD(p->lock)
{
	unsigned found = 0;

	for (unsigned w = 0; w < WORDS; w++) {
		for (uint32_t bits = p->pending[w] & c->enable[w]; bits; bits &= bits - 1) {
			unsigned source = w * 32 + (unsigned)__builtin_ctz(bits);

			if (p->priority[source] > than) {
				than = p->priority[source];
				found = source;
			}
		}
	}
	return found;
}

/* After every change. Returns the vCPUs that are to be told. */
static uint64_t update(const struct vm *vm, struct plic *p) MUST_HOLD(p->lock)
{
	uint64_t now = 0, was = p->asserted;

	for (unsigned w = 0; w < WORDS; w++)
		p->pending[w] |= p->line[w] & ~p->claimed[w];
	if (p->pending[0] | p->pending[1] | p->pending[2])
		for (unsigned i = 0; i < vm->nr_vcpus; i++)
			if (best(p, &p->contexts[i], p->contexts[i].threshold))
				now |= 1UL << i;
	p->asserted = now;
	for (uint64_t changed = now ^ was; changed; changed &= changed - 1) {
		unsigned i = (unsigned)__builtin_ctzl(changed);

		/* pairs with the load in irq_merge; tell() orders it */
		atomic_store_relaxed(&vm->vcpus[i].external, (uint32_t)(now >> i & 1));
	}
	return now & ~was;
}

/* The vCPUs in @risen have an interrupt, and may sleep or be in their guest. */
static void tell(const struct vm *vm, uint64_t risen)
{
	if (risen)
		/* As in mp_post_irq(): said first, then looked whether it sleeps. */
		atomic_fence();
	for (; risen; risen &= risen - 1) {
		struct vcpu *v = &vm->vcpus[__builtin_ctzl(risen)];

		/* Whoever runs this is in the hart: its own notice would only interrupt it. */
		if (&v->thread == port_self())
			irq_merge(v);
		else
			sched_notify(&v->thread);
	}
}

static void set_line(struct plic *p, unsigned source, bool level) MUST_HOLD(p->lock)
{
	if (level)
		p->line[WORD(source)] |= BIT(source);
	else
		p->line[WORD(source)] &= ~BIT(source);
}

void intc_line(struct vm *vm, unsigned source, bool level)
{
	struct plic *p = &plics[vm->index];
	uint64_t risen;

	spin_lock(&p->lock);
	set_line(p, source, level);
	risen = update(vm, p);
	spin_unlock(&p->lock);
	tell(vm, risen);
}

/* ---- Registers ------------------------------------------------------------------------ */

/* Section 9. The threshold has no say. */
static unsigned claim(struct plic *p, const struct plic_context *c) MUST_HOLD(p->lock)
{
	unsigned source = best(p, c, 0);

	p->pending[WORD(source)] &= ~BIT(source);
	if (source)
		p->claimed[WORD(source)] |= BIT(source);
	return source;
}

/*
 * Section 10. From any context of the guest, enabled there or not: Linux completes where it has
 * handled the interrupt, and may have moved it to another hart meanwhile. Returns @source if that
 * is a wire of the host, whose level we have only set: the host says anew whether it is high; or 0.
 */
static unsigned complete(const struct vm *vm, struct plic *p, uint32_t source) MUST_HOLD(p->lock)
{
	if (source >= SOURCES || !(p->claimed[WORD(source)] & BIT(source)))
		return 0;
	p->claimed[WORD(source)] &= ~BIT(source);
	if (!pass_is_host(vm, source))
		return 0;
	set_line(p, source, false);
	return source;
}

/* The S-mode context @number, or NULL. */
static struct plic_context *context(const struct vm *vm, struct plic *p, uint64_t number)
	MUST_HOLD(p->lock)
{
	return number & 1 && number / 2 < vm->nr_vcpus ? &p->contexts[number / 2] : NULL;
}

/* A word of those that a guest reads and writes: enable bits or threshold; else NULL. */
static uint32_t *plain(const struct vm *vm, struct plic *p, uint64_t offset) MUST_HOLD(p->lock)
{
	uint64_t in = offset - PLIC_ENABLE;
	struct plic_context *c;

	if (offset < PLIC_ENABLE)
		return NULL;
	if (offset < PLIC_CONTEXT) {
		c = context(vm, p, in / PLIC_ENABLE_SIZE);
		return c && in % PLIC_ENABLE_SIZE < 4 * WORDS
			       ? &c->enable[in % PLIC_ENABLE_SIZE / 4]
			       : NULL;
	}
	c = context(vm, p, (offset - PLIC_CONTEXT) / PLIC_CONTEXT_SIZE);
	return c && offset % PLIC_CONTEXT_SIZE == PLIC_THRESHOLD ? &c->threshold : NULL;
}

/* The context whose claim and complete register this is, or NULL. */
static struct plic_context *claims(const struct vm *vm, struct plic *p, uint64_t offset)
	MUST_HOLD(p->lock)
{
	return offset >= PLIC_CONTEXT && offset % PLIC_CONTEXT_SIZE == PLIC_CLAIM
		       ? context(vm, p, (offset - PLIC_CONTEXT) / PLIC_CONTEXT_SIZE)
		       : NULL;
}

static uint32_t reg_read(const struct vm *vm, struct plic *p, uint64_t offset) MUST_HOLD(p->lock)
{
	const struct plic_context *c = claims(vm, p, offset);
	const uint32_t *word = plain(vm, p, offset);

	if (c)
		return claim(p, c);
	if (word)
		return *word;
	if (offset < 4 * SOURCES)
		return p->priority[offset / 4];
	return offset - PLIC_PENDING < 4 * WORDS ? p->pending[(offset - PLIC_PENDING) / 4] : 0;
}

/* Returns the wire of the host that this completes, or 0. */
static unsigned reg_write(const struct vm *vm, struct plic *p, uint64_t offset, uint32_t value)
	MUST_HOLD(p->lock)
{
	uint32_t *word = plain(vm, p, offset);

	if (claims(vm, p, offset))
		return complete(vm, p, value);
	if (word && offset >= PLIC_CONTEXT)
		*word = value & PRIORITY_MASK;
	else if (word)
		*word = offset % PLIC_ENABLE_SIZE ? value : value & ~BIT(0);
	else if (offset && offset < 4 * SOURCES)
		p->priority[offset / 4] = (uint8_t)(value & PRIORITY_MASK);
	return 0;
}

/* After a write of enable bits: a vCPU wants these sources. */
static void tell_host(const struct vm *vm, uint64_t offset, uint32_t value)
{
	uint64_t in = offset - PLIC_ENABLE, context = in / PLIC_ENABLE_SIZE,
		 word = in % PLIC_ENABLE_SIZE / 4;

	if (offset >= PLIC_ENABLE && offset < PLIC_CONTEXT && context & 1 &&
	    context / 2 < vm->nr_vcpus && word < WORDS)
		pass_wanted(&vm->vcpus[context / 2], (unsigned)word, value);
}

static uint64_t plic_read(struct vcpu *v, uint64_t offset, unsigned size UNUSED)
{
	struct plic *p = &plics[v->vm->index];
	uint64_t risen;
	uint32_t value;

	spin_lock(&p->lock);
	value = reg_read(v->vm, p, offset);
	risen = update(v->vm, p);
	spin_unlock(&p->lock);
	tell(v->vm, risen);
	irq_merge(v); /* also where it does not interrupt any more: another vCPU may have claimed */
	return value;
}

static void plic_write(struct vcpu *v, uint64_t offset, unsigned size UNUSED, uint64_t value)
{
	struct plic *p = &plics[v->vm->index];
	unsigned completed;
	uint64_t risen;

	spin_lock(&p->lock);
	completed = reg_write(v->vm, p, offset, (uint32_t)value);
	risen = update(v->vm, p);
	spin_unlock(&p->lock);
	if (completed)
		pass_completed(completed);
	else
		tell_host(v->vm, offset, (uint32_t)value);
	tell(v->vm, risen);
	irq_merge(v);
}

/* ---- Reset and tree --------------------------------------------------------------------- */

static void clear_all(const struct vm *vm, struct plic *p) MUST_HOLD(p->lock)
{
	for (unsigned w = 0; w < WORDS; w++)
		p->line[w] = p->pending[w] = p->claimed[w] = 0;
	memset(p->priority, 0, sizeof(p->priority));
	memset(p->contexts, 0, vm->nr_vcpus * sizeof(p->contexts[0]));
	p->asserted = 0;
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		vm->vcpus[i].external = 0;
}

/* Some hart may still bring an interrupt of the host's: from the second boot on the lock counts. */
static void plic_reset(struct vm *vm)
{
	struct plic *p = &plics[vm->index];

	if (!vm->boots)
		spin_init(&p->lock, RANK_INTC);
	spin_lock(&p->lock);
	clear_all(vm, p);
	spin_unlock(&p->lock);
}

static void plic_node(struct tree_out *o, const struct vm_config *vm)
{
	static uint32_t contexts[MP_MAX_VCPUS][4] NOINIT;

	for (unsigned i = 0; i < vm->vcpus; i++) {
		contexts[i][0] = contexts[i][2] = GUEST_FDT_HART_INTC(i);
		contexts[i][1] = UINT32_MAX; /* M-mode: not connected */
		contexts[i][3] = IRQ_SEXT;
	}
	tree_node_begin(o, NAME);
	tree_put(o, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 31);
	tree_put_reg(o, 2, BASE, 2, SIZE);
	tree_put_cells(o, "interrupts-extended", contexts[0], 4 * vm->vcpus);
	tree_put(o, "interrupt-controller", "", 0);
	tree_put_u32(o, "#interrupt-cells", 1);
	tree_put_u32(o, "#address-cells", 0);
	tree_put_u32(o, "riscv,ndev", SOURCES - 1);
	tree_put_u32(o, "phandle", GUEST_FDT_PLIC);
	tree_node_end(o);
}

void intc_wire(struct tree_out *o, unsigned source)
{
	tree_put_u32(o, "interrupt-parent", GUEST_FDT_PLIC);
	tree_put_u32(o, "interrupts", source);
}

static const struct device plic = {
	.base = BASE,
	.size = SIZE,
	.sizes = 4,
	.read = plic_read,
	.write = plic_write,
	.reset = plic_reset,
	.node = plic_node,
};

ROW(device, plic);
