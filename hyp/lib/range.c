/* SPDX-License-Identifier: MIT */
/* range.c - lists of physical address ranges. Contracts are in range.h. */
#include "lib/range.h"
#include "lib/string.h"

static paddr_t end_of(const struct range *r)
{
	return r->base + r->size;
}

bool range_valid(paddr_t base, uint64_t size)
{
	return size != 0 && base < RANGE_LIMIT && size <= RANGE_LIMIT - base;
}

/*
 * Make all of a valid range present or absent: in the place of what it overlaps or touches comes
 * what is then left of that.
 */
static bool change(struct range_list *list, paddr_t base, uint64_t size, bool present)
{
	paddr_t end = base + size, low = base, high = end;
	struct range left[2];
	unsigned first = 0, last, n = 0;

	while (first < list->count && end_of(&list->r[first]) < base)
		first++;
	for (last = first; last < list->count && list->r[last].base <= end; last++) {
		low = MIN(low, list->r[last].base);
		high = MAX(high, end_of(&list->r[last]));
	}
	if (present)
		left[n++] = (struct range){ low, high - low };
	if (!present && low < base)
		left[n++] = (struct range){ low, base - low };
	if (!present && high > end)
		left[n++] = (struct range){ end, high - end };
	if (list->count - (last - first) + n > RANGE_MAX)
		return false;
	memmove(&list->r[first + n], &list->r[last], (list->count - last) * sizeof(left[0]));
	memcpy(&list->r[first], left, n * sizeof(left[0]));
	list->count += n - (last - first);
	return true;
}

bool range_add(struct range_list *list, paddr_t base, uint64_t size)
{
	return change(list, base, size, true);
}

bool range_remove(struct range_list *list, paddr_t base, uint64_t size)
{
	return change(list, base, size, false);
}

/* What of @r begins and ends at a multiple of @align, bytes. */
static uint64_t usable(const struct range *r, uint64_t align)
{
	paddr_t base = ALIGN_UP(r->base, align), end = ALIGN_DOWN(end_of(r), align);

	return end > base ? end - base : 0;
}

uint64_t range_largest(const struct range_list *list, uint64_t align)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < list->count; i++)
		largest = MAX(largest, usable(&list->r[i], align));
	return largest;
}

uint64_t range_total(const struct range_list *list, uint64_t align)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < list->count; i++)
		total += usable(&list->r[i], align);
	return total;
}

bool range_alloc(struct range_list *list, uint64_t size, uint64_t align, paddr_t *out)
{
	for (unsigned i = 0; i < list->count; i++) {
		paddr_t at = ALIGN_UP(list->r[i].base, align), end = end_of(&list->r[i]);

		if (at > end || size > end - at)
			continue;
		*out = at;
		return range_remove(list, at, size);
	}
	return false;
}
