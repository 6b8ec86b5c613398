/* SPDX-License-Identifier: MIT */
/* fuzz.c - linked with every harness. Contracts are in fuzz.h. */
#include "scripts/test/fuzz/common/fuzz.h"

uint64_t fuzz_work;

/* Called at every edge; -Wl,--wrap puts it in the place of libFuzzer's own, which does nothing. */
void __wrap___sanitizer_cov_trace_pc(void);
__attribute__((no_sanitize("coverage"))) void __wrap___sanitizer_cov_trace_pc(void)
{
	fuzz_work++;
}

void *fuzz_copy(const void *data, size_t size, unsigned skew)
{
	uint8_t *block = malloc(size + skew);

	if (block == NULL)
		abort();
	memcpy(block + skew, data, size);
	return block + skew;
}

void fuzz_free(void *copy, unsigned skew)
{
	free((uint8_t *)copy - skew);
}
