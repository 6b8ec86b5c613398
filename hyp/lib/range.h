/* SPDX-License-Identifier: MIT */
/*
 * range.h - a list of physical address ranges: the memory that is there and nobody's.
 *
 * Plain arithmetic, no locks: used by the boot hart before the others run. Address 0 is an address
 * like any other (some machines have their DRAM there), so results come through a pointer beside a
 * bool.
 */
#ifndef LIB_RANGE_H
#define LIB_RANGE_H

#include "lib/types.h"

#define RANGE_MAX 160 /* each bank is one at most, and each reservation splits one */
/* A RISC-V physical address has 56 bits: no range may end above it. */
#define RANGE_LIMIT (1UL << 56)

struct range {
	paddr_t base;
	uint64_t size; /* bytes; base + size never exceeds RANGE_LIMIT */
};

/* Sorted by base; neither overlapping nor touching. */
struct range_list {
	unsigned count;
	struct range r[RANGE_MAX];
};

/*
 * Is [base, base + size) not empty and below RANGE_LIMIT? No other function here looks at this
 * again.
 */
bool range_valid(paddr_t base, uint64_t size);

/* Add a valid range, merging what overlaps or touches. False: the list is full. */
bool range_add(struct range_list *list, paddr_t base, uint64_t size);

/*
 * Take a valid range out, wherever it overlaps. False: a split needs more room than the list has;
 * nothing changed.
 */
bool range_remove(struct range_list *list, paddr_t base, uint64_t size);

/* The most that range_alloc() could carve in multiples of @align, bytes; and all pieces of that. */
uint64_t range_total(const struct range_list *list, uint64_t align);
uint64_t range_largest(const struct range_list *list, uint64_t align);

/*
 * Carve @size > 0 bytes at a multiple of @align (a power of two) from the lowest place that has
 * them. False: no such place, or a split needs more room than the list has; nothing changed.
 */
bool range_alloc(struct range_list *list, uint64_t size, uint64_t align, paddr_t *out);

#define RANGE_PIECES 16 /* of the memory of one VM */

/*
 * Carve @size > 0 bytes: one piece, from 1 GiB on at a multiple of a GiB, if that can be; else
 * whole GiB at such places first, and then the largest pieces that there are, all multiples of
 * @align, as @size is. Of @out, which is all 0, what is not needed stays 0. False: there is not so
 * much, or only in more pieces; nothing is carved. lib/pieces.c; without that room it is one piece.
 */
bool range_alloc_pieces(struct range_list *list, uint64_t size, uint64_t align,
			struct range out[RANGE_PIECES]);

#endif
