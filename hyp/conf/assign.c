/* SPDX-License-Identifier: MIT */
/*
 * assign.c - find the host's devices that VMs ask for. Contracts are in assign.h.
 *
 * Only devices below buses that map addresses one to one, and whose interrupts go straight to a
 * PLIC.
 *
 * Optional room: pass-through, 352 lines. Needs plic options machine.
 */
#include "conf/assign.h"
#include "conf/guest_fdt.h"
#include "conf/host_tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"
#include "lib/string.h"

#define PAGE (4 * KIB)
#define PLIC_MAX (64 * MIB) /* bytes of registers: with all 15,872 contexts */
#define IRQ_S_EXTERNAL 9 /* of a hart (privileged specification 4.1.3) */

struct assignment assignment NOINIT; /* assign_devices() fills it in */

static struct tree host;
static struct {
	tree_node node; /* NULL: there is none */
} plic;

/* ---- Options ------------------------------------------------------------------------ */

static struct text asked;
static unsigned asked_direct;

static bool set_devices(struct options *o UNUSED, struct text t)
{
	asked = t;
	return t.len != 0;
}

static const struct option devices = {
	.name = "devices",
	.right = "all, or a comma list of devices of the host: path, alias or name, like rtc",
	.set = set_devices,
	.own = &asked,
	.own_size = sizeof(asked),
};
static const struct option ram = {
	.name = "ram",
	.right = "moved|direct",
	.own = &asked_direct,
	.own_size = sizeof(asked_direct),
};

ROW(option, devices);
ROW(option, ram);

/* ---- Interrupts ---------------------------------------------------------------------- */

#define IS_LIKE(node, words) host_compatible(&host, node, words, sizeof(words))

/* One whose registers we know, with one cell for an interrupt: all are levels. */
static bool find_plic(const struct place *p, void *arg UNUSED)
{
	uint64_t cells;

	if (!IS_LIKE(place_node(p), "sifive,plic-1.0.0\0riscv,plic0") || !place_one_to_one(p) ||
	    tree_number(&host, place_node(p), "#interrupt-cells", &cells) != 1 || cells != 1 ||
	    tree_number(&host, place_node(p), "phandle", &assignment.plic_phandle) != 1 ||
	    !place_reg(p, 0, &assignment.plic) || assignment.plic.size > PLIC_MAX)
		return true;
	assignment.plic_address_cells = tree_cell_count(&host, place_node(p), "#address-cells", 0);
	plic.node = place_node(p);
	return false;
}

int assign_context(uint64_t hart_id)
{
	int context = host_context(&host, plic.node, hart_id, IRQ_S_EXTERNAL);

	/* Its registers must be there. */
	return context < 0 || 0x201000 + 0x1000UL * (unsigned)context > assignment.plic.size
		       ? -1
		       : context;
}

/* May @d have @source? */
static bool check_source(const struct assigned *d, uint64_t to, uint64_t source)
{
	if (to != assignment.plic_phandle)
		return fail("%s: its interrupts do not go to the PLIC", d->name);
	if (source == 0 || source > ASSIGN_SOURCE_MAX)
		return fail("%s: interrupt %lu; a VM has 1 to %d", d->name, (unsigned long)source,
			    ASSIGN_SOURCE_MAX);
	if (device_has_source((unsigned)source))
		return fail("%s: interrupt %lu is that of a VM's own device", d->name,
			    (unsigned long)source);
	for (unsigned i = 0; i < assignment.count; i++) {
		const struct assigned *other = &assignment.device[i];

		for (unsigned n = 0; n < other->nr_sources && other->vm != d->vm; n++)
			if (other->source[n] == source)
				return fail("%s: shares interrupt %lu with %s, which %s has",
					    d->name, (unsigned long)source, other->name,
					    other->vm->name);
	}
	return true;
}

bool assign_source(struct assigned *d, uint64_t to, uint64_t source)
{
	if (!check_source(d, to, source))
		return false;
	if (d->nr_sources == ASSIGN_SOURCES)
		return fail("%s: more than %d interrupts", d->name, ASSIGN_SOURCES);
	d->source[d->nr_sources++] = (uint32_t)source;
	return true;
}

static bool read_sources(const struct place *p, struct assigned *d)
{
	size_t len = 0, entry = 8;
	const uint8_t *at = tree_prop(&host, place_node(p), "interrupts-extended", &len);
	uint64_t to = place_interrupt_parent(p), source;

	if (at == NULL) {
		entry = 4;
		at = tree_prop(&host, place_node(p), "interrupts", &len);
	}
	for (; at != NULL && len >= entry; at += entry, len -= entry) {
		if (entry == 8)
			tree_cells(at, 1, &to);
		tree_cells(at + entry - 4, 1, &source);
		if (!assign_source(d, to, source))
			return false;
	}
	return true;
}

/* ---- What may be given ------------------------------------------------------------------ */

/* These the hypervisor or the firmware needs, or they reach everything. */
static const char never[] =
	"sifive,plic-1.0.0\0riscv,plic0\0thead,c900-plic\0andestech,nceplic100\0sifive,clint0\0"
	"riscv,clint0\0thead,c900-clint\0riscv,aclint-mswi\0riscv,aclint-mtimer\0"
	"riscv,aclint-sswi\0riscv,aplic\0riscv,imsics\0riscv,iommu\0sifive,test0\0syscon\0"
	"syscon-reboot\0syscon-poweroff\0riscv,pmu\0simple-bus\0fixed-clock\0"
	"qemu,fw-cfg-mmio\0cfi-flash";
/* These cannot write to memory by themselves; of others nobody knows. */
static const char without_dma[] =
	"google,goldfish-rtc\0ns16550a\0ns16550\0snps,dw-apb-uart\0sifive,uart0\0sifive,gpio0\0"
	"sifive,pwm0\0sifive,i2c0";
/* A device with one of these needs another one, which the VM does not have. */
static const char references[] =
	"clocks\0resets\0power-domains\0pinctrl-0\0dmas\0phys\0memory-region\0iommus\0"
	"interrupt-map\0iommu-map\0dma-ranges\0nvmem-cells\0mboxes\0syscon\0regmap";

struct overlap {
	tree_node self;
	struct range pages;
	const char *other; /* NULL: none */
};

static bool overlaps(const struct place *p, void *arg)
{
	struct overlap *o = arg;
	struct range r;

	if (place_node(p) == o->self || !place_one_to_one(p))
		return true;
	for (unsigned i = 0, n = place_regs(p); i < n; i++)
		if (place_reg(p, i, &r) && r.base < o->pages.base + o->pages.size &&
		    o->pages.base < r.base + r.size)
			o->other = place_name(p);
	return o->other == NULL;
}

/* The guest gets whole pages: what else is there? */
/* Windows of bridges are in no node's reg. */
static bool check_others(const struct assigned *d, paddr_t base, paddr_t end)
{
	for (const struct assigned *a = assignment.device;
	     a < assignment.device + assignment.count; a++)
		for (const struct range *q = a->reg; a != d && q < a->reg + a->nr_regs; q++)
			if (ALIGN_DOWN(q->base, PAGE) < end &&
			    base < ALIGN_UP(q->base + q->size, PAGE))
				return fail("%s: %s has addresses in common with it", d->name,
					    a->name);
	return true;
}

static bool check_pages(const struct assigned *d)
{
	for (const struct range *r = d->reg; r < d->reg + d->nr_regs; r++) {
		paddr_t base = ALIGN_DOWN(r->base, PAGE), end = ALIGN_UP(r->base + r->size, PAGE);
		struct overlap o = { .self = d->node, .pages = { base, end - base } };

		for (const struct range *q = d->reg; q < r; q++)
			if (q->base / PAGE <= (end - 1) / PAGE &&
			    base / PAGE <= (q->base + q->size - 1) / PAGE)
				return fail("%s: two ranges of its registers are in one page",
					    d->name);
		place_each(&host, overlaps, &o);
		if (o.other != NULL)
			return fail("%s: %s has registers or memory in the same page", d->name,
				    o.other);
		if (!check_others(d, base, end))
			return false;
		if (end > GUEST_SPACE)
			return fail("%s: a VM has no address 0x%lx", d->name,
				    (unsigned long)r->base);
		if (device_in(base, end - base))
			return fail("%s: at 0x%lx VMs have a device of their own", d->name,
				    (unsigned long)r->base);
		if (!d->vm->direct && end > GUEST_RAM_BASE && base < GUEST_RAM_BASE + d->vm->mem)
			return fail("%s: at 0x%lx %s has its memory", d->name,
				    (unsigned long)r->base, d->vm->name);
	}
	return true;
}

/* Is it where the machine's firmware and the hypervisor talk? A speed may stand behind the path. */
static bool is_console(const struct place *p)
{
	const char *path =
		tree_string(&host, tree_child(&host, tree_root(&host), "chosen"), "stdout-path");
	struct text name = { path, path != NULL ? strlen(path) : 0 };

	return path != NULL && place_is(p, host_alias(&host, text_cut(&name, ':')));
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), len = strlen(end);

	return n >= len && strcmp(name + n - len, end) == 0;
}

static bool refers(tree_node node, const struct assign_kind *kind)
{
	struct tree_item i;

	tree_item(&host, node, &i);
	while (tree_item(&host, i.next, &i) && i.kind == TREE_PROP)
		if ((tree_list_has(references, sizeof(references), i.name) &&
		     !(kind && strcmp(kind->knows, i.name) == 0)) ||
		    ends_in(i.name, "-supply") || ends_in(i.name, "-gpios") ||
		    ends_in(i.name, "-gpio"))
			return true;
	return false;
}

/* Why it cannot be given, or NULL. */
static const char *judge(const struct place *p, const struct assigned *d)
{
	tree_node node = place_node(p);
	size_t len;

	if (tree_has(&host, node, "status") && !tree_string_is(&host, node, "status", "okay") &&
	    !tree_string_is(&host, node, "status", "ok"))
		return "disabled in the device tree";
	if (IS_LIKE(node, never) || tree_prop(&host, node, "compatible", &len) == NULL)
		return "the hypervisor or the firmware needs it, or it is no device";
	if (is_console(p))
		return "it is the console";
	if (plic.node == NULL)
		return "this machine has no PLIC, and other interrupt controllers are not "
		       "supported (QEMU: without aia=)";
	if (!place_one_to_one(p))
		return "its bus translates addresses, which is not supported";
	if (refers(node, d->kind))
		return "it needs others, as its node says, which is not supported";
	if (d->dma && !d->vm->direct)
		return "it may write to memory by itself, and memory is not where the VM believes: "
		       "give the VM ram=direct, or leave the device out";
	return NULL;
}

/* That node is to be @vm's, by its name or as one of @all. */
static bool take(const struct place *p, const struct vm_config *vm, bool all)
{
	struct assigned d = { .vm = vm, .node = place_node(p), .name = place_name(p), .all = all };
	const char *why;

	for (unsigned i = 0; i < assignment.count; i++)
		if (assignment.device[i].node == d.node)
			return all || assignment.device[i].vm == vm ||
			       fail("%s: both %s and %s want it", d.name,
				    assignment.device[i].vm->name, vm->name);
	d.dma = !IS_LIKE(d.node, without_dma);
	each_row(assign_kind, k)
		if (host_compatible(&host, d.node, (*k)->compatible,
				    strlen((*k)->compatible) + 1))
			d.kind = *k;
	why = judge(p, &d);
	if (why != NULL)
		return fail("%s: %s", d.name, why);
	while (d.nr_regs < ASSIGN_REGS && place_reg(p, d.nr_regs, &d.reg[d.nr_regs]))
		d.nr_regs++;
	if (d.nr_regs == 0 || d.nr_regs != place_regs(p))
		return fail("%s: not 1 to %d ranges of registers", d.name, ASSIGN_REGS);
	d.nr_own = d.nr_regs;
	/* One that we can silence: all of it in one page. */
	d.virtio = IS_LIKE(d.node, "virtio,mmio") && d.reg[0].base % PAGE == 0;
	if (!read_sources(p, &d) || (d.kind && !d.kind->take(p, &d)))
		return false;
	if (assignment.count == ASSIGN_DEVICES)
		return fail("%s: more than %d devices", d.name, ASSIGN_DEVICES);
	assignment.device[assignment.count++] = d;
	return true;
}

/* ---- Who gets what ------------------------------------------------------------------------ */

struct wish {
	const struct vm_config *vm;
	struct text name;
	bool all; /* whatever can be given */
	bool found, failed;
};

static bool grant(const struct place *p, void *arg)
{
	struct wish *w = arg;

	if (w->all) {
		take(p, w->vm, true);
	} else if (place_is(p, w->name)) {
		w->found = true;
		w->failed = !take(p, w->vm, false);
	}
	return !w->failed;
}

static const struct vm_config *all_for; /* who wants all, or NULL */

/*
 * What one VM asks for: a list of names, with @sep between them. First those that name something,
 * then @all.
 */
static bool grant_all(const struct vm_config *vm, struct text list, char sep, bool all)
{
	while (list.len > 0) {
		struct text name = text_cut(&list, sep);
		struct wish w = { .vm = vm, .name = host_alias(&host, name), .all = all };

		if (name.len == 0 || all != (text_find("all", name) == 0))
			continue;
		if (all && all_for != NULL && all_for != vm)
			return fail("all: both %s and %s want it", all_for->name, vm->name);
		all_for = all ? vm : all_for;
		place_each(&host, grant, &w);
		if (w.failed)
			return false;
		if (!w.found && !all)
			return fail("%.*s: there is no such device", (int)MIN(name.len, 64UL),
				    name.s);
	}
	return true;
}

bool assign_devices(const struct machine *m, struct vm_config *configs, unsigned n)
{
	bool any = false;

	assignment.count = 0;
	plic.node = NULL;
	for (unsigned i = 0; i < n; i++) {
		configs[i].direct |= !configs[i].says_ram && asked_direct;
		any |= asked.len != 0 || configs[i].devices.data != NULL;
	}
	if (!any)
		return true; /* the tree is long */
	if (tree_open(&host, m->fdt, tree_size(m->fdt)) != NULL)
		return true; /* machine_read() has seen that it is good */
	place_each(&host, find_plic, NULL);
	all_for = NULL;
	for (unsigned i = 0; i < 2 * n; i++) {
		const struct vm_config *c = &configs[i % n];
		struct text own = { c->devices.data, c->devices.size };

		if (!(own.s != NULL ? grant_all(c, own, '\0', i >= n)
				    : grant_all(c, asked, ',', i >= n)))
			return false;
	}
	for (unsigned i = 0; i < assignment.count; i++) {
		if (check_pages(&assignment.device[i]))
			continue;
		if (!assignment.device[i].all)
			return false;
		assignment.device[i--] = assignment.device[--assignment.count];
	}
	return true;
}

/* ---- The guest's tree ----------------------------------------------------------------------- */

/* What is written anew, or means nothing to the guest. */
static const char dropped[] =
	"reg\0interrupts\0interrupt-parent\0interrupts-extended\0phandle\0linux,phandle\0"
	"msi-parent\0msi-map";

static void put_node(struct tree_out *o, const struct assigned *d)
{
	uint32_t reg[4 * ASSIGN_REGS] = { 0 };
	struct tree_item i;
	unsigned n = 0;

	tree_node_begin(o, d->name);
	tree_item(&host, d->node, &i);
	while (tree_item(&host, i.next, &i) && i.kind == TREE_PROP)
		if (!tree_list_has(dropped, sizeof(dropped), i.name) &&
		    !(d->kind && tree_list_has(d->kind->writes, d->kind->writes_size, i.name)))
			tree_put(o, i.name, i.value, i.len);
	for (const struct range *r = d->reg; r < d->reg + d->nr_own; r++) {
		reg[n++] = (uint32_t)(r->base >> 32);
		reg[n++] = (uint32_t)r->base;
		reg[n++] = (uint32_t)(r->size >> 32);
		reg[n++] = (uint32_t)r->size;
	}
	tree_put_cells(o, "reg", reg, n);
	if (d->kind) {
		d->kind->put(o, &host, d);
	} else if (d->nr_sources != 0) {
		tree_put_u32(o, "interrupt-parent", GUEST_FDT_PLIC);
		tree_put_cells(o, "interrupts", d->source, d->nr_sources);
	}
	tree_node_end(o);
}

void assign_nodes(struct tree_out *o, const struct vm_config *vm)
{
	for (unsigned i = 0; i < assignment.count; i++)
		if (assignment.device[i].vm == vm)
			put_node(o, &assignment.device[i]);
}
