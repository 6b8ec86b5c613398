/* SPDX-License-Identifier: MIT */
/*
 * fuzz-with: hyp/conf/machine.c hyp/conf/host_devices.c hyp/conf/isa.c hyp/lib/range.c
 *	hyp/conf/tree.c hyp/lib/fail.c
 */
/* fuzz-options: -max_len=16384 */
/* machine.c - the host's device tree: what is believed is possible, and nothing behind the tree's
 * end is looked at. */
#include "conf/machine.h"
#include "lib/fail.h"
#include "scripts/test/fuzz/common/fuzz.h"
#include "scripts/test/fuzz/common/tree_mutator.h"

static bool in_blob(const char *s, const uint8_t *blob, size_t size)
{
	const char *from = (const char *)blob;

	return s >= from && s < from + size && memchr(s, 0, size - (size_t)(s - from)) != NULL;
}

static void sorted(const struct range_list *l)
{
	CLAIM(l->count <= RANGE_MAX, "%u", l->count);
	for (unsigned i = 0; i < l->count; i++) {
		CLAIM(range_valid(l->r[i].base, l->r[i].size), "range %u: %lx %lx", i, l->r[i].base,
		      l->r[i].size);
		CLAIM(i == 0 || l->r[i - 1].base + l->r[i - 1].size < l->r[i].base, "range %u", i);
	}
}

static void harts(const struct machine *m)
{
	isa_set isa = ~(isa_set)0;
	unsigned usable = 0;

	CLAIM(m->hart_count <= MACHINE_MAX_HARTS, "%u", m->hart_count);
	for (unsigned i = 0; i < m->hart_count; i++) {
		const struct machine_hart *h = &m->hart[i];

		CLAIM(machine_hart_index(m, h->id) == (int)i, "hart id %lu twice", h->id);
		CLAIM(h->imsic % 4096 == 0, "%lx", h->imsic);
		CLAIM(h->skip == NULL || strlen(h->skip) > 0, "hart %u", i);
		if (h->skip != NULL)
			continue;
		usable++;
		isa &= h->isa;
		CLAIM((h->isa & ISA_BIT(ISA_H)) != 0, "hart %u", i);
	}
	CLAIM(usable == m->hart_usable && usable > 0, "%u %u", usable, m->hart_usable);
	CLAIM(isa == m->isa, "%lx", (unsigned long)(isa ^ m->isa));
	CLAIM(m->mmu == 39 || m->mmu == 48 || m->mmu == 57, "%u", m->mmu);
}

static void possible(const struct machine *m, const uint8_t *blob, size_t size)
{
	harts(m);
	sorted(&m->memory);
	CLAIM(m->timebase != 0, "no clock");
	CLAIM(strcmp(m->model, "unknown machine") == 0 || in_blob(m->model, blob, size), "model");
	CLAIM((m->cbom_block & (m->cbom_block - 1)) == 0 && m->cbom_block <= 4096, "%u",
	      m->cbom_block);
	CLAIM((m->cboz_block & (m->cboz_block - 1)) == 0 && m->cboz_block <= 4096, "%u",
	      m->cboz_block);
	CLAIM(!m->has_initrd || range_valid(m->initrd.base, m->initrd.size), "%lx %lx",
	      m->initrd.base, m->initrd.size);
	CLAIM(!m->has_test_dev || m->test_dev < RANGE_LIMIT, "%lx", m->test_dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine m, again;
	uint8_t *blob;
	bool ok;

	if (size < 8) /* what machine_read() asks for */
		return 0;
	blob = fuzz_copy(data, size, 0);
	memset(&m, 0xa5, sizeof(m));
	fail_text[0] = '\0';
	ok = machine_read(blob, size, &m);
	CLAIM(ok || fail_text[0] != '\0', "refused without a word");
	CLAIM(memcmp(blob, data, size) == 0, "the tree has changed");
	CLAIM(m.bootargs[0] == '\0' || in_blob(m.bootargs, blob, size), "bootargs");
	if (ok)
		possible(&m, blob, size);
	CLAIM(machine_read(blob, size, &again) == ok && memcmp(&m, &again, sizeof(m)) == 0,
	      "another answer at the second time");
	fuzz_free(blob, 0);
	return 0;
}
