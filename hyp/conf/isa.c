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

#define NAME(constant, name, need) #name,
#define NEED(constant, name, need) need,
static const char names[ISA_NR][ISA_NAME_MAX] = { ISA_TABLE(NAME) };
static const uint8_t needs[ISA_NR] = { ISA_TABLE(NEED) };
_Static_assert(ISA_NR <= 64, "one bit per extension");

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

uint64_t isa_from_name(const char *name, size_t len)
{
	char last;

	len = without_version(name, len);
	if (len == 0 || len >= ISA_NAME_MAX)
		return 0;
	last = lower(name[len - 1]);
	if (len == 1 && last == 'g')
		return ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_F) |
		       ISA_BIT(ISA_D) | ISA_BIT(ISA_ZICSR) | ISA_BIT(ISA_ZIFENCEI);
	if (len == 1 && last == 'b')
		return ISA_BIT(ISA_ZBA) | ISA_BIT(ISA_ZBB) | ISA_BIT(ISA_ZBS);
	for (unsigned i = 0; i < ISA_NR; i++)
		if (names[i][len - 1] == last && same(name, len, names[i]))
			return ISA_BIT(i);
	return 0;
}

bool isa_from_string(const char *s, size_t len, uint64_t *isa)
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

uint64_t isa_offer(uint64_t isa, unsigned flags)
{
	for (unsigned i = 0; i < ISA_NR; i++)
		if (needs[i] & ~flags)
			isa &= ~ISA_BIT(i);
	return isa;
}

size_t isa_write(uint64_t isa, char *buf, bool list)
{
	char *p = buf;

	if (!list)
		p = (char *)memcpy(p, "rv64", 4) + 4;
	for (unsigned i = 0; i < ISA_NR; i++) {
		size_t len = strlen(names[i]);

		if ((isa & ISA_BIT(i)) == 0)
			continue;
		if (!list && len > 1)
			*p++ = '_';
		memcpy(p, names[i], len + 1);
		p += list ? len + 1 : len;
	}
	return (size_t)(p - buf);
}
