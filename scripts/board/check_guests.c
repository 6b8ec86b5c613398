/* SPDX-License-Identifier: MIT */
/* built-with: hyp/conf/payload.c hyp/conf/fit.c hyp/conf/image.c hyp/conf/options.c
 * hyp/conf/tree.c hyp/conf/appended.c hyp/lib/fail.c hyp/lib/range.c */
/*
 * check_guests.c - would the hypervisor take this payload? Asked of the files of hyp/ that read
 * payloads there, so what is wrong is said in the same words, before anything is flashed.
 *
 *   $O/board/check_guests FILE [OPTIONS]
 *
 * OPTIONS, the hypervisor's, say what the payload leaves open. Of options whose files belong to the
 * machine, the name is judged, and not the value. Prints a line for each VM. Exit status: 0 it
 * would, 2 it would not.
 */
#include "conf/appended.h"
#include "conf/option.h"
#include "conf/options.h"
#include "conf/payload.h"
#include "conf/tree.h"
#include "lib/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct vm_config vms[MAX_VMS];

static bool any(struct options *o UNUSED, struct text value UNUSED)
{
	return true;
}

#define ELSEWHERE(row, word) \
	static const struct option row = { .name = word, .set = any }; \
	ROW(option, row)
ELSEWHERE(affinity, "affinity");
ELSEWHERE(at_end, "at-end");
ELSEWHERE(devices, "devices");
ELSEWHERE(fake_absent, "fake-absent");
ELSEWHERE(ram, "ram");
ELSEWHERE(stats, "stats");

/* The whole file; what it is read into starts at a multiple of 8, as in the hypervisor. */
static void *whole(const char *name, size_t *size)
{
	FILE *f = fopen(name, "rb");
	char *bytes = NULL;
	long end;

	if (f && fseek(f, 0, SEEK_END) == 0 && (end = ftell(f)) > 0) {
		rewind(f);
		*size = (size_t)end;
		bytes = malloc(*size);
		if (bytes && fread(bytes, 1, *size, f) != *size)
			*size = 0;
	}
	if (f)
		fclose(f);
	return bytes;
}

static int refuse(const char *file, const char *vm)
{
	fprintf(stderr, "image: %s: %s%s%s\n", file, vm, *vm ? ": " : "", fail_text);
	return 2;
}

/* What a FIT image has for the hypervisor. */
static const char *fit_options(const void *blob, size_t size)
{
	static struct machine m;

	m.bootargs = "";
	m.initrd.size = size;
	return appended_options(&m, blob);
}

int main(int argc, char **argv)
{
	static void *blob; /* the VMs point into it until the end */
	const char *given = argc == 3 ? argv[2] : "";
	struct options o;
	size_t size = 0;
	unsigned n;

	if (argc < 2 || argc > 3 || !(blob = whole(argv[1], &size)) || !size) {
		fprintf(stderr, "image: %s: cannot be read\n", argc > 1 ? argv[1] : "no file");
		return 2;
	}
	if (!options_parse(*given ? given : fit_options(blob, size), &o))
		return refuse(argv[1], "the hypervisor's options");
	n = payload_inspect(blob, size, &o, vms);
	if (!n)
		return refuse(argv[1], "");
	for (unsigned i = 0; i < n; i++) {
		if (!image_check(&vms[i]))
			return refuse(argv[1], vms[i].name);
		printf("image: %s: %u vCPUs, %lu MiB, %s of %zu KiB%s\n", vms[i].name,
		       vms[i].vcpus, vms[i].mem / MIB,
		       vms[i].layout.linux_image ? "Linux image" : "image",
		       vms[i].kernel.size / KIB + 1, vms[i].ramdisk.data ? ", ramdisk" : "");
	}
	return 0;
}
