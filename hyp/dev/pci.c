/* SPDX-License-Identifier: MIT */
/*
 * pci.c - PCIe host bridges as devices of a VM: pci-host-ecam-generic with the four wires of INTx.
 * A VM gets a bridge as a whole, since all that is behind it shares its wires and its windows.
 *
 * PCI Bus Binding to IEEE Std 1275-1994, section 4 (ranges), Devicetree Specification 0.4, section
 * 2.4.3 (interrupt-map), PCI Express Base Specification 4.0, chapter 7 (configuration space).
 *
 * Optional room: pci, 150 lines. Needs pass-through.
 */
#include "conf/assign.h"
#include "conf/guest_fdt.h"
#include "conf/host_tree.h"
#include "conf/tree_out.h"
#include "lib/fail.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "sched/sched.h"

#define BUS_SIZE (1UL << 20) /* of configuration space: 256 functions of a page */
#define FUNCTIONS 256

/* Cells: of an address behind the bridge, of a size, and of a wire. */
#define ADDRESS 3
#define SIZE 2
#define WIRE (ADDRESS + 1)

#define MAP_MAX 256 /* entries of interrupt-map */

/* Of configuration space: bytes. */
enum { COMMAND = 0x04, HEADER = 0x0e, LAST_BUS = 0x1a };
#define COMMAND_MASTER 4U
#define HEADER_TYPE 0x7f
#define HEADER_BRIDGE 1

/* ---- What the machine's tree says ---------------------------------------------------------- */

static bool cells_are(const struct place *p, const char *name, uint64_t want)
{
	uint64_t n = 0;

	return tree_number(p->t, place_node(p), name, &n) == 1 && n == want;
}

/* An entry of ranges: the flags and the address behind the bridge, where that is for us, a size. */
static bool take_windows(const struct place *p, struct assigned *d)
{
	unsigned ac = tree_cell_count(p->t, p->path[p->depth - 1], "#address-cells", 2);
	size_t len = 0, entry = 4UL * (ADDRESS + ac + SIZE);
	const uint8_t *at = tree_prop(p->t, place_node(p), "ranges", &len);

	if (!at || !len || len % entry)
		return fail("%s: its ranges are not %zu bytes each", d->name, entry);
	for (; len; len -= entry, at += entry) {
		struct range *r = &d->reg[d->nr_regs];

		if (d->nr_regs == ASSIGN_REGS)
			return fail("%s: more than %d windows", d->name, ASSIGN_REGS - 1);
		if (!tree_cells(at + 4UL * ADDRESS, ac, &r->base) ||
		    !tree_cells(at + 4UL * (ADDRESS + ac), SIZE, &r->size) ||
		    !range_valid(r->base, r->size))
			return fail("%s: a window of it cannot be an address", d->name);
		d->nr_regs++;
	}
	return true;
}

static bool has_source(const struct assigned *d, uint64_t to, uint64_t source)
{
	bool has = false;

	for (unsigned i = 0; i < d->nr_sources; i++)
		has |= d->source[i] == source;
	return has && to == assignment.plic_phandle;
}

/* The parent's side of an entry of interrupt-map: the PLIC, an address that it may want, a wire. */
static bool take_wires(const struct place *p, struct assigned *d)
{
	size_t len = 0, entry = 4UL * (WIRE + 1 + assignment.plic_address_cells + 1);
	const uint8_t *at = tree_prop(p->t, place_node(p), "interrupt-map", &len);
	uint64_t to, source;

	if (len % entry || len / entry > MAP_MAX)
		return fail("%s: its interrupt-map does not have up to %d entries of %zu bytes",
			    d->name, MAP_MAX, entry);
	for (; len; len -= entry, at += entry) {
		tree_cells(at + 4UL * WIRE, 1, &to);
		tree_cells(at + entry - 4, 1, &source);
		/* Several devices share a wire. */
		if (!has_source(d, to, source) && !assign_source(d, to, source))
			return false;
	}
	return true;
}

static bool take(const struct place *p, struct assigned *d)
{
	uint64_t buses = 0;

	if (!cells_are(p, "#address-cells", ADDRESS) || !cells_are(p, "#size-cells", SIZE) ||
	    !cells_are(p, "#interrupt-cells", 1))
		return fail("%s: not 3 cells of an address, 2 of a size, 1 of an interrupt",
			    d->name);
	if (d->nr_regs != 1 || d->reg[0].base % BUS_SIZE || d->reg[0].size % BUS_SIZE)
		return fail("%s: its configuration space is not one range of whole MiB", d->name);
	if (tree_number(p->t, place_node(p), "bus-range", &buses) == 1 && buses >> 32)
		return fail("%s: its buses do not begin with 0", d->name);
	return take_windows(p, d) && take_wires(p, d);
}

/* ---- The guest's tree ------------------------------------------------------------------------ */

static unsigned copy(uint32_t *to, const uint8_t *from, unsigned n)
{
	uint64_t cell;

	for (unsigned i = 0; i < n; i++) {
		tree_cells(from + 4UL * i, 1, &cell);
		to[i] = (uint32_t)cell;
	}
	return n;
}

static void put(struct tree_out *o, const struct tree *host, const struct assigned *d)
{
	static uint32_t cells[MAP_MAX * (WIRE + 2)] NOINIT; /* boot only */
	size_t len = 0, entry = 4UL * (WIRE + 1 + assignment.plic_address_cells + 1);
	const uint8_t *at = tree_prop(host, d->node, "ranges", &len);
	unsigned n = 0;

	for (unsigned i = 1; i < d->nr_regs; i++, at += len / (d->nr_regs - 1)) {
		n += copy(cells + n, at, ADDRESS);
		cells[n++] = (uint32_t)(d->reg[i].base >> 32);
		cells[n++] = (uint32_t)d->reg[i].base;
		cells[n++] = (uint32_t)(d->reg[i].size >> 32);
		cells[n++] = (uint32_t)d->reg[i].size;
	}
	tree_put_cells(o, "ranges", cells, n);
	len = 0;
	at = tree_prop(host, d->node, "interrupt-map", &len);
	for (n = 0; len; len -= entry, at += entry) {
		n += copy(cells + n, at, WIRE);
		cells[n++] = GUEST_FDT_PLIC; /* whose #address-cells is 0 */
		n += copy(cells + n, at + entry - 4, 1);
	}
	if (n)
		tree_put_cells(o, "interrupt-map", cells, n);
}

/* ---- Reset ----------------------------------------------------------------------------------- */

/*
 * Let the function at @config, if there is one, write to no memory any more. Returns the last bus
 * behind it.
 */
static unsigned quiet(volatile uint8_t *config)
{
	volatile uint16_t *command = (volatile uint16_t *)(config + COMMAND);

	/* Not its id, which of a virtual function (SR-IOV) is 0xffff, too. */
	if (*command == 0xffff)
		return 0;
	*command &= (uint16_t)~COMMAND_MASTER;
	/* The answer comes behind what the function has written before (section 2.4.1). */
	(void)*command;
	return (config[HEADER] & HEADER_TYPE) == HEADER_BRIDGE ? config[LAST_BUS] : 0;
}

static void silence(const struct assigned *d)
{
	unsigned last = 0;

	for (unsigned bus = 0; bus <= last && (bus + 1) * BUS_SIZE <= d->reg[0].size; bus++) {
		volatile uint8_t *config = window_open(d->reg[0].base + bus * BUS_SIZE, BUS_SIZE);

		for (unsigned i = 0; i < FUNCTIONS; i++)
			last = MAX(last, quiet(config + i * PAGE_SIZE));
		window_close();
		preempt_point();
	}
}

static const struct assign_kind pci = {
	.compatible = "pci-host-ecam-generic",
	.knows = "interrupt-map",
	.writes = "ranges\0interrupt-map",
	.writes_size = sizeof("ranges\0interrupt-map"),
	.take = take,
	.put = put,
	.silence = silence,
};

ROW(assign_kind, pci);
