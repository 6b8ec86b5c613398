/* SPDX-License-Identifier: MIT */
/*
 * fdt_check.c - fdt_check_full() for a libfdt that comes without it: the copy inside Linux.
 *
 * scripts/fetch/libfdt.sh puts it beside that copy; the release of device-tree-compiler has its
 * own.
 * Walks the whole tree once with libfdt's public functions: every tag, name and property must lie
 * inside, nodes must nest and be closed.
 */
#include "libfdt_env.h"
#include <fdt.h>
#include <libfdt.h>

int fdt_check_full(const void *fdt, size_t bufsize)
{
	int next = 0, depth = 0, reserved, error, len;
	const char *name;

	if (bufsize < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	error = fdt_check_header(fdt);
	if (error)
		return error;
	if (fdt_totalsize(fdt) > bufsize)
		return -FDT_ERR_TRUNCATED;
	reserved = fdt_num_mem_rsv(fdt);
	if (reserved < 0)
		return reserved;
	for (;;) {
		int offset = next;
		uint32_t tag = fdt_next_tag(fdt, offset, &next);

		if (next < 0)
			return next;
		switch (tag) {
		case FDT_NOP:
			break;
		case FDT_END:
			return depth ? -FDT_ERR_BADSTRUCTURE : 0;
		case FDT_BEGIN_NODE:
			if (!fdt_get_name(fdt, offset, &len))
				return len;
			/* The root has no name and no sibling. */
			if (depth++ == 0 && (offset != 0 || len != 0))
				return -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_END_NODE:
			if (depth-- == 0)
				return -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_PROP:
			if (!depth || !fdt_getprop_by_offset(fdt, offset, &name, &len))
				return depth ? len : -FDT_ERR_BADSTRUCTURE;
			break;
		default:
			return -FDT_ERR_BADSTRUCTURE;
		}
	}
}
