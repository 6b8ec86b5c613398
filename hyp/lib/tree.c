/* SPDX-License-Identifier: MIT */
/* tree.c - typed questions to a device tree, through libfdt. Contracts are in tree.h. */
#include "lib/tree.h"
#include "lib/string.h"
#include <libfdt.h>

const char *tree_damage(const void *fdt, size_t size)
{
	int e;

	if (((uintptr_t)fdt & 7) != 0)
		return "not 8-byte aligned";
	if (size < sizeof(struct fdt_header))
		return "truncated";
	if (fdt_off_dt_struct(fdt) % 4 != 0 || fdt_off_mem_rsvmap(fdt) % 8 != 0)
		return "its blocks are not aligned";
	e = fdt_check_full(fdt, size);
	return e != 0 ? fdt_strerror(e) : NULL;
}

const char *tree_string(const void *fdt, int node, const char *name)
{
	int len;
	const char *s = fdt_getprop(fdt, node, name, &len);

	return s != NULL && len > 0 && memchr(s, '\0', (size_t)len) != NULL ? s : NULL;
}

bool tree_string_is(const void *fdt, int node, const char *name, const char *want)
{
	const char *s = tree_string(fdt, node, name);

	return s != NULL && strcmp(s, want) == 0;
}

bool tree_has(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL) != NULL;
}

bool tree_cells(const void *p, int cells, uint64_t *value)
{
	const fdt32_t *cell = p;

	for (*value = 0; cells > 0; cells--, cell++) {
		if (*value >> 32 != 0)
			return false;
		*value = *value << 32 | fdt32_ld(cell);
	}
	return true;
}

int tree_number(const void *fdt, int node, const char *name, uint64_t *value)
{
	int len;
	const void *p = fdt_getprop(fdt, node, name, &len);

	if (p == NULL)
		return 0;
	return (len == 4 || len == 8) && tree_cells(p, len / 4, value) ? 1 : -1;
}

const char *tree_name(const void *fdt, int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	return name != NULL ? name : "?";
}
