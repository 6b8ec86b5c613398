/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lib/seed.c */
/* seed_test.c - ChaCha20 by the vectors of RFC 8439, and what nobody can compute from a seed. */
#include "lib/seed.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void check(const char *name, bool ok)
{
	printf(ok ? "PASS %s\n" : "FAIL %s: see seed_test.c\n", name);
	failures += !ok;
}

/* The block of key, counter and nonce, as the RFC prints it: its first and last words. */
static const struct {
	const char *name;
	uint32_t in[12], first[4], last[4];
} vectors[] = {
	{ "rfc8439_2_3_2",
	  { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918,
	    0x1f1e1d1c, 1, 0x09000000, 0x4a000000, 0 },
	  { 0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3 },
	  { 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2 } },
	{ "rfc8439_a_1_1", { 0 },
	  { 0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653 },
	  { 0xf4b8436a, 0x1ca11815, 0x69b687c3, 0x8665eeb2 } },
	{ "rfc8439_a_1_2", { [8] = 1 },
	  { 0xbee7079f, 0x7a385155, 0x7c97ba98, 0x0d082d73 },
	  { 0x281fed31, 0x45fb0a51, 0x1f0ae1ac, 0x6f4d794b } },
};

static bool same(const uint64_t a[4], const uint64_t b[4])
{
	return memcmp(a, b, 32) == 0;
}

static void seeds(void)
{
	struct seed s = { 0 }, t = { 0 }, before;
	uint64_t a[4], b[4], c[4];
	uint32_t block[16];
	uint8_t host[100];

	for (unsigned i = 0; i < sizeof(host); i++)
		host[i] = (uint8_t)(i * 7 + 1);
	seed_add(&s, host, sizeof(host));
	for (unsigned i = 0; i < sizeof(host); i++)
		seed_add(&t, host + i, 1);
	seed_take(&s, a);
	seed_take(&t, b);
	check("pieces_add_up_to_the_same", same(a, b));
	before = s;
	seed_take(&s, b);
	check("two_seeds_differ", !same(a, b));
	check("the_state_moves_on", memcmp(before.in, s.in, sizeof(s.in)) != 0);
	chacha20_block(before.in, block);
	check("a_seed_is_no_part_of_the_state",
	      memcmp(block + 8, b, 32) == 0 && memcmp(s.in, block, 32) == 0);
	/* Every byte that was taken in counts, the ones before the last block, too. */
	for (unsigned i = 0; i < sizeof(host); i++) {
		struct seed u = { 0 };

		host[i] ^= 1;
		seed_add(&u, host, sizeof(host));
		host[i] ^= 1;
		seed_take(&u, c);
		if (same(a, c)) {
			check("every_byte_counts", false);
			return;
		}
	}
	check("every_byte_counts", true);
}

int main(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(vectors); i++) {
		uint32_t out[16];

		chacha20_block(vectors[i].in, out);
		check(vectors[i].name, memcmp(out, vectors[i].first, 16) == 0 &&
				       memcmp(out + 12, vectors[i].last, 16) == 0);
	}
	seeds();
	return failures != 0;
}
