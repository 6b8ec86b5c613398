/* SPDX-License-Identifier: MIT */
/*
 * tree_mutator.h - changes device trees as trees: libFuzzer alone flips bytes, and nearly every
 * tree would be damaged then.
 *
 * Included by one file of a harness. Three times out of four the tree is taken apart, some of its
 * nodes and properties are dropped, doubled, moved, renamed or given other values, and it is put
 * together again, with what lay behind it (the data of a FIT image). The fourth time, and when it
 * cannot be taken apart, its bytes are changed as they are.
 */
#ifndef FUZZ_TREE_MUTATOR_H
#define FUZZ_TREE_MUTATOR_H

#include <libfdt.h>

#include "scripts/test/fuzz/common/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

#define TOKENS 4096

struct token {
	uint32_t kind; /* FDT_BEGIN_NODE, FDT_END_NODE, FDT_PROP */
	const char *name;
	const uint8_t *value;
	uint32_t len;
};

struct parts {
	struct token t[TOKENS];
	unsigned n;
	uint64_t random;
};

static unsigned pick(struct parts *p, unsigned n)
{
	p->random = p->random * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(p->random >> 33) % n;
}

static const char *name_at(const void *fdt, uint32_t at)
{
	const char *names = (const char *)fdt + fdt_off_dt_strings(fdt);
	uint32_t size = fdt_size_dt_strings(fdt);

	return at < size && memchr(names + at, 0, size - at) != NULL ? names + at : NULL;
}

static bool take_apart(const uint8_t *data, size_t size, struct parts *p)
{
	int at = 0, next = 0;
	uint32_t kind;

	if (size < FDT_V17_SIZE || fdt_check_header(data) != 0 || fdt_totalsize(data) > size ||
	    fdt_version(data) < 17 || fdt_off_dt_struct(data) % 4 != 0 ||
	    fdt_off_mem_rsvmap(data) % 8 != 0 || fdt_num_mem_rsv(data) < 0)
		return false;
	for (; (kind = fdt_next_tag(data, at, &next)) != FDT_END && next >= 0 && p->n < TOKENS;
	     at = next) {
		const uint8_t *here = data + fdt_off_dt_struct(data) + at;
		struct token t = { .kind = kind };

		if (kind == FDT_NOP)
			continue;
		if (kind == FDT_BEGIN_NODE)
			t.name = (const char *)here + 4;
		if (kind == FDT_PROP) {
			t.len = fdt32_ld((const fdt32_t *)(here + 4));
			t.name = name_at(data, fdt32_ld((const fdt32_t *)(here + 8)));
			t.value = here + 12;
			if (t.name == NULL)
				return false;
		}
		p->t[p->n++] = t;
	}
	return next >= 0 && p->n > 0;
}

/* How many tokens the thing at @i takes: 1, or a node with all that is in it. */
static unsigned span(const struct parts *p, unsigned i)
{
	unsigned depth = 0, k = i;

	if (p->t[i].kind != FDT_BEGIN_NODE)
		return 1;
	do
		depth += p->t[k].kind == FDT_BEGIN_NODE ? 1U
			 : p->t[k].kind == FDT_END_NODE ? -1U
							: 0;
	while (++k < p->n && depth > 0);
	return k - i;
}

static void drop(struct parts *p, unsigned i)
{
	unsigned n = span(p, i);

	memmove(&p->t[i], &p->t[i + n], (p->n - i - n) * sizeof(p->t[0]));
	p->n -= n;
}

/* The thing at @from once more, in front of the one at @to. */
static void copy(struct parts *p, unsigned from, unsigned to)
{
	static struct token thing[TOKENS];
	unsigned n = span(p, from);

	if (p->n + n > TOKENS)
		return;
	memcpy(thing, &p->t[from], n * sizeof(thing[0]));
	memmove(&p->t[to + n], &p->t[to], (p->n - to) * sizeof(p->t[0]));
	memcpy(&p->t[to], thing, n * sizeof(thing[0]));
	p->n += n;
}

/* Another value for the property @t; @room, of 256 bytes, has to stay until the tree is together
 * again. */
static void change(struct parts *p, struct token *t, uint8_t *room)
{
	static const uint32_t nasty[] = { 0,	      1,	  2,	      3,	  4,	 64,
					  0x7fffffff, 0x80000000, 0xffffffff, 0xfffff000, 0x1000 };

	if (t->kind != FDT_PROP)
		return;
	if (pick(p, 3) == 0 && p->n > 1) {
		const struct token *other = &p->t[pick(p, p->n)];

		t->value = other->kind == FDT_PROP ? other->value : t->value;
		t->len = other->kind == FDT_PROP ? other->len : t->len;
		return;
	}
	if (t->len > 200)
		return;
	memcpy(room, t->value, t->len);
	t->value = room;
	if (t->len >= 4 && pick(p, 2) == 0)
		fdt32_st(room + pick(p, t->len / 4) * 4, nasty[pick(p, sizeof(nasty) / 4)]);
	else
		t->len = (uint32_t)LLVMFuzzerMutate(room, t->len, 200);
}

/* Up to 256 properties with names of their own behind @i; or one with a very long name. */
static void add_names(struct parts *p, unsigned i)
{
	static char names[256][8], long_name[32768];
	unsigned n = pick(p, 256);

	if (n % 8 == 0) {
		memset(long_name, 'n', sizeof(long_name) - 1);
		p->t[i].name = long_name + pick(p, sizeof(long_name));
		return;
	}
	for (; n > 0 && p->n < TOKENS; n--) {
		snprintf(names[n], sizeof(names[n]), "p%u", n);
		memmove(&p->t[i + 1], &p->t[i], (p->n - i) * sizeof(p->t[0]));
		p->t[i] = (struct token){ .kind = FDT_PROP,
					  .name = names[n],
					  .value = (const uint8_t *)"" };
		p->n++;
	}
}

static void edit(struct parts *p, uint8_t *room)
{
	unsigned i = pick(p, p->n), k = pick(p, p->n);

	switch (pick(p, 24)) {
	case 0:
		if (p->t[i].kind == FDT_PROP)
			add_names(p, i);
		break;
	case 1 ... 3:
		if (i > 0)
			drop(p, i);
		break;
	case 4 ... 7:
		if (i > 0 && k > 0)
			copy(p, i, k);
		break;
	case 8 ... 11:
		if (p->t[i].kind == p->t[k].kind)
			p->t[i].name = p->t[k].name;
		break;
	default:
		change(p, &p->t[i], room);
	}
}

static void put(uint8_t *out, size_t max, size_t *at, const void *bytes, size_t n, size_t align)
{
	if (*at + n + align <= max && n > 0)
		memcpy(out + *at, bytes, n);
	*at += n;
	for (; *at % align != 0; ++*at)
		if (*at < max)
			out[*at] = 0;
}

static void put32(uint8_t *out, size_t max, size_t *at, uint32_t v)
{
	v = cpu_to_fdt32(v);
	put(out, max, at, &v, 4, 1);
}

/* A header for blocks that follow each other: reservations, structure, names. */
static void put_header(uint8_t *out, size_t max, uint32_t structure, uint32_t names, uint32_t end)
{
	const uint32_t words[] = { FDT_MAGIC, end, structure, names,	   FDT_V17_SIZE,
				   17,	      16,  0,	      end - names, names - structure };
	size_t at = 0;

	for (unsigned i = 0; i < sizeof(words) / 4; i++)
		put32(out, max, &at, words[i]);
}

/* Returns the size, or 0 if it would have more than @max bytes. */
static size_t put_together(const struct parts *p, const uint8_t *old, size_t old_size, uint8_t *out,
			   size_t max)
{
	size_t at = FDT_V17_SIZE, structure, names, used = 0, total = fdt_totalsize(old);

	put(out, max, &at, old + fdt_off_mem_rsvmap(old), 16 * (size_t)(fdt_num_mem_rsv(old) + 1),
	    8);
	structure = at;
	for (unsigned i = 0; i < p->n; i++) {
		const struct token *t = &p->t[i];

		put32(out, max, &at, t->kind);
		if (t->kind == FDT_BEGIN_NODE)
			put(out, max, &at, t->name, strlen(t->name) + 1, 4);
		if (t->kind != FDT_PROP)
			continue;
		put32(out, max, &at, t->len);
		put32(out, max, &at, (uint32_t)used);
		used += strlen(t->name) + 1;
		put(out, max, &at, t->value, t->len, 4);
	}
	put32(out, max, &at, FDT_END);
	names = at;
	for (unsigned i = 0; i < p->n; i++)
		if (p->t[i].kind == FDT_PROP)
			put(out, max, &at, p->t[i].name, strlen(p->t[i].name) + 1, 1);
	put_header(out, max, (uint32_t)structure, (uint32_t)names, (uint32_t)at);
	put(out, max, &at, "", 0, 4);
	put(out, max, &at, old + total, old_size - total, 1);
	return at + 8 <= max ? at : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	static struct parts p;
	static uint8_t room[4][256];
	uint8_t *old = fuzz_copy(data, size, 0);
	size_t new = 0;

	p.n = 0;
	p.random = seed;
	if (pick(&p, 4) != 0 && take_apart(old, size, &p)) {
		for (unsigned i = pick(&p, 4) + 1; i > 0 && p.n > 0; i--)
			edit(&p, room[i - 1]);
		new = put_together(&p, old, size, data, max);
	}
	if (new == 0) {
		memcpy(data, old, size);
		new = LLVMFuzzerMutate(data, size, max);
	}
	fuzz_free(old, 0);
	return new;
}

#endif
