/* SPDX-License-Identifier: MIT */
/*
 * pieces.c - memory for a VM in several pieces. Contracts are in range.h.
 *
 * Optional room: pieces, 50 lines.
 */
#include "lib/range.h"

/* Add what was carved; what is side by side is one piece. False: too many. */
static bool add(struct range out[RANGE_PIECES], unsigned *n, paddr_t at, uint64_t size)
{
	if (*n && out[*n - 1].base + out[*n - 1].size == at) {
		out[*n - 1].size += size;
		return true;
	}
	if (*n == RANGE_PIECES)
		return false;
	out[(*n)++] = (struct range){ at, size };
	return true;
}

static bool carve(struct range_list *list, uint64_t size, uint64_t align,
		  struct range out[RANGE_PIECES])
{
	unsigned n = 0;
	bool ok = true;
	paddr_t at;

	/* In front those that one entry can map each: they keep the places behind them aligned. */
	for (; ok && size >= GIB && range_alloc(list, GIB, GIB, &at); size -= GIB)
		ok = add(out, &n, at, GIB);
	while (ok && size) {
		uint64_t part = MIN(size, range_largest(list, align));

		ok = part && range_alloc(list, part, align, &at) && add(out, &n, at, part);
		size -= part;
	}
	return ok;
}

static bool one_piece(struct range_list *list, uint64_t size, uint64_t align, struct range *out)
{
	if (!range_alloc(list, size, align, &out->base))
		return false;
	out->size = size;
	return true;
}

bool range_alloc_pieces(struct range_list *list, uint64_t size, uint64_t align,
			struct range out[RANGE_PIECES])
{
	struct range_list before = *list;

	if (one_piece(list, size, size < GIB ? align : GIB, out) || carve(list, size, align, out))
		return true;
	*list = before;
	for (unsigned i = 0; i < RANGE_PIECES; i++)
		out[i] = (struct range){ 0 };
	return one_piece(list, size, align, out);
}
