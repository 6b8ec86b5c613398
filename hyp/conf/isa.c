/* SPDX-License-Identifier: MIT */
/*
 * isa.c - extension names as bits. Contracts are in isa.h.
 *
 * How names are written: chapter "ISA Extension Naming Conventions" of the unprivileged
 * specification, and the device-tree binding riscv/extensions.yaml. Trees in the field use both
 * forms, upper case and version numbers.
 */
#include "conf/isa.h"
#include "lib/string.h"

/* An array of arrays would take a name without its terminator. */
#define FITS(constant, name, need) _Static_assert(sizeof(#name) <= ISA_NAME_MAX, "too long");
ISA_TABLE(FITS)
#define NAME(constant, name, need) #name,
#define NEED(constant, name, need) need,
static const char names[ISA_NR][ISA_NAME_MAX] = { ISA_TABLE(NAME) };
static const uint16_t needs[ISA_NR] = { ISA_TABLE(NEED) };
_Static_assert(ISA_NR < 128, "one bit per extension");

#define IMAFD (ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_F) | ISA_BIT(ISA_D))
#define B (ISA_BIT(ISA_ZBA) | ISA_BIT(ISA_ZBB) | ISA_BIT(ISA_ZBS)) /* has a row as well */
#define ZBK (ISA_BIT(ISA_ZBKB) | ISA_BIT(ISA_ZBKC) | ISA_BIT(ISA_ZBKX))
#define ZKN (ZBK | ISA_BIT(ISA_ZKND) | ISA_BIT(ISA_ZKNE) | ISA_BIT(ISA_ZKNH))
#define ZVK (ISA_BIT(ISA_ZVKB) | ISA_BIT(ISA_ZVKT))
#define ZVKN (ZVK | ISA_BIT(ISA_ZVKNED) | ISA_BIT(ISA_ZVKNHB))
#define ZVKS (ZVK | ISA_BIT(ISA_ZVKSED) | ISA_BIT(ISA_ZVKSH))

/* Names for several at once: a tree may give the one or the others. */
static const struct {
	char name[6];
	isa_set bits;
} bundles[] = {
	{ "g", IMAFD | ISA_BIT(ISA_ZICSR) | ISA_BIT(ISA_ZIFENCEI) },
	{ "zk", ZKN | ISA_BIT(ISA_ZKR) | ISA_BIT(ISA_ZKT) },
	{ "zkn", ZKN },
	{ "zks", ZBK | ISA_BIT(ISA_ZKSED) | ISA_BIT(ISA_ZKSH) },
	{ "zvkn", ZVKN },
	{ "zvknc", ZVKN | ISA_BIT(ISA_ZVBC) },
	{ "zvkng", ZVKN | ISA_BIT(ISA_ZVKG) },
	{ "zvks", ZVKS },
	{ "zvksc", ZVKS | ISA_BIT(ISA_ZVBC) },
	{ "zvksg", ZVKS | ISA_BIT(ISA_ZVKG) },
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "zba1p0" and "zba1" are "zba"; "zicbop" ends in a p that is no version. */
static size_t without_version(const char *s, size_t len)
{
	size_t n = len;

	while (n > 1 &&
	       (is_digit(s[n - 1]) || (n < len && lower(s[n - 1]) == 'p' && is_digit(s[n - 2]))))
		n--;
	return n;
}

static bool same(const char *s, size_t len, const char *name)
{
	for (; len > 0; len--, s++, name++)
		if (*name == '\0' || lower(*s) != *name)
			return false;
	return *name == '\0';
}

/* A shift of 128 bits by a variable would be a call of libgcc. */
static isa_set bit_of(unsigned i)
{
	return i < 64 ? 1UL << i : (isa_set)(1UL << (i - 64)) << 64;
}

/* The row of that name in [from, to), or ISA_NR. */
static unsigned find(const char *name, size_t len, unsigned from, unsigned to)
{
	const char last = lower(name[len - 1]);

	for (unsigned i = from; i < to; i++)
		if (names[i][len - 1] == last && same(name, len, names[i]))
			return i;
	return ISA_NR;
}

isa_set isa_from_name(const char *name, size_t len)
{
	static unsigned next; /* trees mostly have the order of the table: behind the last one */
	unsigned i;

	len = without_version(name, len);
	if (len == 0 || len >= ISA_NAME_MAX)
		return 0;
	i = find(name, len, next, ISA_NR);
	if (i == ISA_NR)
		i = find(name, len, 0, next);
	if (i < ISA_NR) {
		next = i + 1;
		return bit_of(i) | (i == ISA_B ? B : 0);
	}
	for (i = 0; i < ARRAY_SIZE(bundles) && len < sizeof(bundles->name); i++)
		if (same(name, len, bundles[i].name))
			return bundles[i].bits;
	return 0;
}

bool isa_from_string(const char *s, size_t len, isa_set *isa)
{
	size_t n;

	*isa = 0;
	if (len < 5 || !same(s, 4, "rv64"))
		return false;
	for (size_t i = 4; i < len; i += n) {
		char c = lower(s[i]);
		/*
		 * Old QEMU wrote "su" for the privilege modes among the single letters: no S*
		 * extension starts there.
		 */
		bool su = c == 's' && s[i - 1] != '_' && i + 1 < len && lower(s[i + 1]) == 'u';

		n = 1;
		if (c == 'z' || c == 'x' || (c == 's' && !su))
			while (i + n < len && s[i + n] != '_')
				n++;
		/*
		 * A single letter's version comes as characters that are no names: digits, and p
		 * (nobody has that one).
		 */
		*isa |= isa_from_name(s + i, n);
	}
	return true;
}

isa_set isa_offer(isa_set isa, unsigned flags)
{
	for (unsigned i = 0; i < ISA_NR; i++)
		if (needs[i] & ~flags)
			isa &= ~bit_of(i);
	return isa;
}

size_t isa_write(isa_set isa, char *buf, bool list)
{
	char *p = buf;

	if (!list)
		p = (char *)memcpy(p, "rv64", 4) + 4;
	for (unsigned i = 0; i < ISA_NR; i++) {
		size_t len;

		if ((isa & bit_of(i)) == 0)
			continue;
		len = strlen(names[i]);
		if (!list && len > 1)
			*p++ = '_';
		memcpy(p, names[i], len + 1);
		p += list ? len + 1 : len;
	}
	return (size_t)(p - buf);
}
