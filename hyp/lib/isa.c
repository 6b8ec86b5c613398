/* SPDX-License-Identifier: MIT */
/*
 * isa.c - extension names as bits. Contracts are in isa.h.
 *
 * How names are written: chapter "ISA Extension Naming Conventions" of the unprivileged specification, and the
 * device-tree binding riscv/extensions.yaml. Trees in the field use both forms, upper case and version numbers.
 */
#include "lib/isa.h"
#include "lib/string.h"

#define ROW(constant, name, need) { #name, need },
static const struct {
	char name[12];
	unsigned need;
} ext[ISA_NR] = { ISA_TABLE(ROW) };
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

	while (n > 0 && is_digit(s[n - 1]))
		n--;
	if (n == len || n < 2 || lower(s[n - 1]) != 'p' || !is_digit(s[n - 2]))
		return n;
	for (n--; n > 0 && is_digit(s[n - 1]);)
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
	if (len == 0 || len >= sizeof(ext[0].name))
		return 0;
	last = lower(name[len - 1]);
	if (len == 1 && last == 'g')
		return ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_F) | ISA_BIT(ISA_D) |
		       ISA_BIT(ISA_ZICSR) | ISA_BIT(ISA_ZIFENCEI);
	if (len == 1 && last == 'b')
		return ISA_BIT(ISA_ZBA) | ISA_BIT(ISA_ZBB) | ISA_BIT(ISA_ZBS);
	for (unsigned i = 0; i < ISA_NR; i++)
		if (ext[i].name[len - 1] == last && same(name, len, ext[i].name))
			return ISA_BIT(i);
	return 0;
}

/* How many characters the name at s[i] takes, its version included. */
static size_t token_length(const char *s, size_t len, size_t i)
{
	char c = lower(s[i]);
	size_t n = 1;
	/* Old QEMU wrote "su" for the privilege modes among the single letters: no S* extension starts there. */
	bool su = c == 's' && s[i - 1] != '_' && i + 1 < len && lower(s[i + 1]) == 'u';

	if (c == 'z' || c == 'x' || (c == 's' && !su)) {
		while (i + n < len && s[i + n] != '_')
			n++;
		return n;
	}
	while (i + n < len && is_digit(s[i + n]))
		n++;
	if (n > 1 && i + n + 1 < len && lower(s[i + n]) == 'p' && is_digit(s[i + n + 1]))
		for (n++; i + n < len && is_digit(s[i + n]);)
			n++;
	return n;
}

bool isa_from_string(const char *s, size_t len, uint64_t *isa)
{
	size_t n;

	*isa = 0;
	if (len < 5 || !same(s, 4, "rv64"))
		return false;
	for (size_t i = 4; i < len; i += n) {
		n = 1;
		if (s[i] == '_')
			continue;
		n = token_length(s, len, i);
		*isa |= isa_from_name(s + i, n);
	}
	return true;
}

uint64_t isa_offer(uint64_t isa, unsigned flags)
{
	uint64_t offer = 0;

	for (unsigned i = 0; i < ISA_NR; i++)
		if ((isa & ISA_BIT(i)) != 0 && (ext[i].need & ~flags) == 0)
			offer |= ISA_BIT(i);
	return offer;
}

const char *isa_name(enum isa_ext e)
{
	return ext[e].name;
}

static size_t append(char *buf, size_t size, size_t at, const char *s)
{
	for (; *s != '\0' && at + 1 < size; s++)
		buf[at++] = *s;
	return at;
}

size_t isa_string(uint64_t isa, char *buf, size_t size)
{
	size_t at = append(buf, size, 0, "rv64");

	for (unsigned i = 0; i < ISA_NR; i++) {
		if ((isa & ISA_BIT(i)) == 0)
			continue;
		if (ext[i].name[1] != '\0')
			at = append(buf, size, at, "_");
		at = append(buf, size, at, ext[i].name);
	}
	buf[at] = '\0';
	return at;
}
