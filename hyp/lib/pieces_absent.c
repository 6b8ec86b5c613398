/* SPDX-License-Identifier: MIT */
/* pieces_absent.c - without the room pieces: a VM's memory is one piece. */
#include "lib/range.h"

bool range_alloc_pieces(struct range_list *list, uint64_t size, uint64_t align,
			struct range out[RANGE_PIECES])
{
	out[0].size = size;
	return range_alloc(list, size, align, &out[0].base);
}
