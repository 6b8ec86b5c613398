/* SPDX-License-Identifier: MIT */
/*
 * host_devices.c - what of the host's devices we use. Contracts are in reader.h.
 *
 * Optional room: host-devices, 70 lines. Needs machine.
 */
#include "conf/reader.h"

#define PAGE (4 * KIB)
#define MAX_FILES 4096 /* looked through for each hart */
/* A hart's own number of that interrupt (privileged specification 4.1.3). */
#define IRQ_S_EXTERNAL 9

static bool take_files(struct reader *r, tree_node node UNUSED, paddr_t base, uint64_t size)
{
	if (r->file_at >= size) {
		r->file_at -= size;
		return true;
	}
	r->file = base + r->file_at;
	return false;
}

/*
 * Binding riscv,imsics: the i-th entry of interrupts-extended is the hart of the i-th file; a
 * file's page has those of its guests behind it, 2^riscv,guest-index-bits in all, and all are in
 * the ranges of reg, a range a group.
 */
paddr_t reader_file(struct reader *r, tree_node cpu)
{
	size_t len = 0;
	const uint8_t *entry = tree_prop(&r->t, r->imsics, "interrupts-extended", &len);
	uint64_t intc, bits = 0, to;

	if (tree_number(&r->t, tree_child(&r->t, cpu, "interrupt-controller"), "phandle", &intc) !=
		    1 ||
	    tree_number(&r->t, r->imsics, "riscv,guest-index-bits", &bits) < 0 || bits > 6)
		return 0;
	r->file = r->file_at = 0;
	len = MIN(len, 8UL * MAX_FILES);
	for (; len >= 8 && tree_cells(entry, 2, &to) && to != (intc << 32 | IRQ_S_EXTERNAL);
	     len -= 8, entry += 8)
		r->file_at += PAGE << bits;
	if (len >= 8)
		/* what is wrong there costs us the files, nothing else */
		reader_each_reg(r, r->imsics_bus, r->imsics, take_files);
	return r->file % PAGE == 0 ? r->file : 0;
}

static bool take_test_device(struct reader *r, tree_node node UNUSED, paddr_t base,
			     uint64_t size UNUSED)
{
	r->m->has_test_dev = true;
	r->m->test_dev = base;
	return false;
}

static bool take_clock(struct reader *r, tree_node node UNUSED, paddr_t base, uint64_t size)
{
	if (base % PAGE == 0 && size >= PAGE)
		r->m->clock = base;
	return false;
}

void reader_device(struct reader *r, tree_node bus, tree_node node,
		   const struct tree_item *compatible)
{
	bool test = tree_list_has(compatible->value, compatible->len, "sifive,test0");
	bool clock = tree_list_has(compatible->value, compatible->len, "google,goldfish-rtc");
	const uint8_t *p;
	uint64_t to;
	size_t len;

	if ((!test && !clock &&
	     !tree_list_has(compatible->value, compatible->len, "riscv,imsics")) ||
	    r->devices_left == 0 || !reader_enabled(r, node))
		return;
	r->devices_left--;
	p = tree_prop(&r->t, bus, "ranges", &len);
	if (bus != tree_root(&r->t) && (p == NULL || len != 0))
		return;
	if (test)
		reader_each_reg(r, bus, node, take_test_device); /* a wrong one is none */
	if (clock)
		reader_each_reg(r, bus, node, take_clock);
	p = test || clock ? NULL : tree_prop(&r->t, node, "interrupts-extended", &len);
	if (p != NULL && len >= 8 && tree_cells(p, 2, &to) && (uint32_t)to == IRQ_S_EXTERNAL) {
		r->imsics = node;
		r->imsics_bus = bus;
	}
}
