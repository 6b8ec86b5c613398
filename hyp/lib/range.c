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

/* Put @n ranges in the place of those from @first up to, not including, @last. */
static bool replace(struct range_list *list, unsigned first, unsigned last, const struct range *with, unsigned n)
{
	if (list->count - (last - first) + n > RANGE_MAX)
		return false;
	memmove(&list->r[first + n], &list->r[last], (list->count - last) * sizeof(*with));
	memcpy(&list->r[first], with, n * sizeof(*with));
	list->count += n - (last - first);
	return true;
}

bool range_add(struct range_list *list, paddr_t base, uint64_t size)
{
	paddr_t end = base + size;
	unsigned first = 0, last;

	while (first < list->count && end_of(&list->r[first]) < base)
		first++;
	for (last = first; last < list->count && list->r[last].base <= end; last++) {
		base = MIN(base, list->r[last].base);
		end = MAX(end, end_of(&list->r[last]));
	}
	return replace(list, first, last, &(struct range){ base, end - base }, 1);
}

bool range_remove(struct range_list *list, paddr_t base, uint64_t size)
{
	paddr_t end = base + size;
	struct range rest[2];
	unsigned first = 0, last, n = 0;

	while (first < list->count && end_of(&list->r[first]) <= base)
		first++;
	for (last = first; last < list->count && list->r[last].base < end; last++) {
		const struct range *r = &list->r[last];

		if (r->base < base)
			rest[n++] = (struct range){ r->base, base - r->base };
		if (end_of(r) > end)
			rest[n++] = (struct range){ end, end_of(r) - end };
	}
	return replace(list, first, last, rest, n);
}

bool range_contains(const struct range_list *list, paddr_t base, uint64_t size)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct range *r = &list->r[i];

		if (base >= r->base && base - r->base < r->size)
			return size <= r->size - (base - r->base);
	}
	return false;
}

void range_align(struct range_list *list, uint64_t align)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < list->count; i++) {
		paddr_t base = ALIGN_UP(list->r[i].base, align);
		paddr_t end = ALIGN_DOWN(end_of(&list->r[i]), align);

		if (base < end)
			list->r[kept++] = (struct range){ base, end - base };
	}
	list->count = kept;
}

uint64_t range_total(const struct range_list *list)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < list->count; i++)
		sum += list->r[i].size;
	return sum;
}

bool range_alloc(struct range_list *list, uint64_t size, uint64_t align, enum range_end from, paddr_t *out)
{
	if (size == 0 || align == 0 || (align & (align - 1)) != 0 || align > RANGE_LIMIT)
		return false;
	for (unsigned i = 0; i < list->count; i++) {
		const struct range *r = &list->r[from == RANGE_LOW ? i : list->count - 1 - i];
		paddr_t at;

		if (size > r->size)
			continue;
		at = from == RANGE_LOW ? ALIGN_UP(r->base, align) : ALIGN_DOWN(end_of(r) - size, align);
		if (at < r->base || at > end_of(r) - size)
			continue;
		*out = at;
		return range_remove(list, at, size);
	}
	return false;
}
