/* SPDX-License-Identifier: MIT */
/* fuzz-with: hyp/conf/isa.c */
/* fuzz-options: -max_len=512 -dict=scripts/test/fuzz/corpus/isa.dict */
/* fuzz-small */
/* isa.c - names of extensions: what is read is what is written, both ways, and case and versions
 * make no difference. */
#include "conf/isa.h"
#include "scripts/test/fuzz/common/fuzz.h"

#define ALL (ISA_BIT(ISA_NR) - 1)
#define FLAGS \
	(ISA_OFFER_FPU | ISA_OFFER_SSTC | ISA_OFFER_PBMT | ISA_OFFER_CBOM | ISA_OFFER_CBOZ | \
	 ISA_OFFER_V | ISA_OFFER_CBOP | ISA_OFFER_SENVCFG)

/* What differs, for a message. */
static unsigned long some_of(isa_set isa)
{
	return (unsigned long)(isa >> 64 ^ isa);
}

static void survives_writing(isa_set isa)
{
	char text[ISA_STRING_MAX], list[ISA_STRING_MAX];
	isa_set again = 0, one = 0;
	size_t len = isa_write(isa, text, false), size = isa_write(isa, list, true);

	CLAIM(len < sizeof(text) && strlen(text) == len && size <= sizeof(list), "%zu %zu", len,
	      size);
	CLAIM(isa_from_string(text, len, &again) && again == isa, "%s: %lx", text,
	      some_of(again ^ isa));
	for (const char *s = list; s < list + size; s += strlen(s) + 1)
		one |= isa_from_name(s, strlen(s));
	CLAIM(one == isa, "as a list: %lx", some_of(one ^ isa));
}

static void offers_less(isa_set isa, unsigned flags)
{
	isa_set some = isa_offer(isa, flags), most = isa_offer(isa, FLAGS);

	CLAIM((some & ~isa) == 0 && (some & ~most) == 0, "%lx of %lx", some_of(some),
	      some_of(isa));
	CLAIM(isa_offer(some, flags) == some, "offered twice is less");
	CLAIM((most & (ISA_BIT(ISA_H) | ISA_BIT(ISA_ZKR) | ISA_BIT(ISA_SMSTATEEN) |
		       ISA_BIT(ISA_SSAIA))) == 0,
	      "%lx", some_of(most));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_copy(data, size, 0), *upper = fuzz_copy(data, size, 0);
	isa_set isa = 0, other = 0;

	for (size_t i = 0; i < size; i++)
		if (s[i] >= 'a' && s[i] <= 'z')
			upper[i] = (char)(s[i] - 0x20);
	CLAIM(isa_from_name(s, size) == isa_from_name(upper, size), "case matters in a name");
	fuzz_work = 0;
	if (isa_from_string(s, size, &isa)) {
		CLAIM(fuzz_work < 10000 + 2000 * size, "%lu for %zu bytes", fuzz_work, size);
		CLAIM(isa_from_string(upper, size, &other) && other == isa, "case matters");
		if (isa != 0)
			survives_writing(isa);
		offers_less(isa, size > 4 ? data[4] * 8U & FLAGS : 0);
	}
	CLAIM((isa & ~ALL) == 0, "%lx", some_of(isa));
	fuzz_free(s, 0);
	fuzz_free(upper, 0);
	return 0;
}
