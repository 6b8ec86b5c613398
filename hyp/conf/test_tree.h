/* SPDX-License-Identifier: MIT */
/*
 * test_tree.h - for host tests of everything that reads or writes device trees: verdict lines, tree
 * writing, damage.
 */
#ifndef CONF_TEST_TREE_H
#define CONF_TEST_TREE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "lib/types.h"

static int failures;

/* One verdict: PASS name, or FAIL name: what was seen. */
#define CHECK(ok, name, ...)                            \
	do {                                            \
		if (ok) {                               \
			printf("PASS %s\n", name);      \
		} else {                                \
			printf("FAIL %s: ", name);      \
			printf(__VA_ARGS__);            \
			printf("\n");                   \
			failures++;                     \
		}                                       \
	} while (0)

/* The writing of a test tree itself must not fail. */
#define MUST(call)                                                                              \
	do {                                                                                    \
		int e_ = (call);                                                                \
		if (e_ < 0) {                                                                   \
			printf("FAIL %s:%d: %s\n", __FILE__, __LINE__, fdt_strerror(e_));       \
			exit(1);                                                                \
		}                                                                               \
	} while (0)

/* A number of @cells cells at @p; returns how many bytes. */
static inline int put_cells(fdt32_t *p, int cells, uint64_t v)
{
	for (int i = cells; i > 0; i--, v >>= 32)
		p[i - 1] = cpu_to_fdt32((uint32_t)v);
	return 4 * cells;
}

/* "a b c" as the string list a\0b\0c\0. */
static inline void put_list(void *fdt, const char *name, const char *words)
{
	char text[1024];
	int len = snprintf(text, sizeof(text), "%s", words) + 1;

	for (char *s = text; *s != '\0'; s++)
		if (*s == ' ')
			*s = '\0';
	MUST(fdt_property(fdt, name, text, len));
}

/* Deterministic numbers, so that a failure can be repeated. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dUL;
}

/*
 * Damage @copy, a copy of a valid blob, in one to eight places: single bits, bytes, and whole
 * big-endian words that are likely to hurt. Half of the hits go into the first 4 KiB, where headers
 * and structure are.
 */
static inline void damage(uint8_t *copy, size_t size, uint64_t *state)
{
	static const uint32_t nasty[] = { 0,          1,          2,          3,
					  4,          9,          0x7fffffff, 0x80000000,
					  0xffffffff, 0xfffffffc, 0x100,      0xd00dfeed };

	for (unsigned n = 1 + random_next(state) % 8; n > 0; n--) {
		size_t span = random_next(state) % 2 == 0 && size > 4096 ? 4096 : size;
		size_t at = random_next(state) % span;

		switch (random_next(state) % 3) {
		case 0:
			copy[at] ^= (uint8_t)(1U << random_next(state) % 8);
			break;
		case 1:
			copy[at] = (uint8_t)random_next(state);
			break;
		default:
			at &= ~3UL;
			if (at + 4 <= size)
				put_cells((fdt32_t *)(copy + at), 1,
					  nasty[random_next(state) % ARRAY_SIZE(nasty)]);
		}
	}
}

#endif
