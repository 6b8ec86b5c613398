/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the harnesses share.
 *
 * A harness claims more than "does not crash": CLAIM() ends the process, which libFuzzer takes for
 * a crash.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the process, saying what was claimed and the rest, unless @cond holds. */
#define CLAIM(cond, ...)                                                                   \
	do {                                                                               \
		if (!(cond)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #cond); \
			fprintf(stderr, __VA_ARGS__);                                      \
			fprintf(stderr, "\n");                                             \
			abort();                                                           \
		}                                                                          \
	} while (0)

/*
 * How much has been done so far: edges of the control flow of everything compiled for the harness.
 * The same input always costs the same, on any machine, so a bound on it can be tight.
 */
extern uint64_t fuzz_work;

/*
 * A copy that has exactly @size bytes, at @skew bytes behind a multiple of 16: to touch the byte
 * behind it is an error. To be freed with fuzz_free().
 */
void *fuzz_copy(const void *data, size_t size, unsigned skew);
void fuzz_free(void *copy, unsigned skew);

/* What is left of the input, for harnesses that take decisions from its front. */
struct fuzz_in {
	const uint8_t *p;
	size_t n;
};

/* The next byte, 0 behind the end; the next @bytes of them as a number. */
static inline unsigned fuzz_byte(struct fuzz_in *in)
{
	return in->n == 0 ? 0 : (in->n--, *in->p++);
}

static inline uint64_t fuzz_number(struct fuzz_in *in, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | fuzz_byte(in);
	return v;
}

#endif
