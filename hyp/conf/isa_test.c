/* SPDX-License-Identifier: MIT */
/* test-with: hyp/conf/isa.c */
/* isa_test.c - extension names in every notation, and what a guest may never be offered. */
#include "conf/isa.h"
#include "conf/test_tree.h"

/* For messages; good until the next call. */
static const char *shown(isa_set isa)
{
	static char text[ISA_STRING_MAX];

	isa_write(isa, text, false);
	return text;
}

static void test_isa(void)
{
	static const struct {
		const char *isa;
		isa_set want;
	} rows[] = {
		{ "rv64gc", ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_F) |
				    ISA_BIT(ISA_D) | ISA_BIT(ISA_C) | ISA_BIT(ISA_ZICSR) |
				    ISA_BIT(ISA_ZIFENCEI) },
		{ "rv64imasuh_svinval", ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) |
						ISA_BIT(ISA_H) | ISA_BIT(ISA_SVINVAL) },
		{ "rv64i2p1_m2p0_a2_zba1p0_xvendor3p14_sstc1p0",
		  ISA_BIT(ISA_I) | ISA_BIT(ISA_M) | ISA_BIT(ISA_A) | ISA_BIT(ISA_ZBA) |
			  ISA_BIT(ISA_SSTC) },
		{ "RV64IZICSR_SVPBMT", ISA_BIT(ISA_I) | ISA_BIT(ISA_ZICSR) | ISA_BIT(ISA_SVPBMT) },
		{ "rv64i_zvl128b_sha_ssqosid", ISA_BIT(ISA_I) },
		{ "rv64i_zic64b_za64rs1p0_zama16b", ISA_BIT(ISA_I) | ISA_BIT(ISA_ZIC64B) |
							    ISA_BIT(ISA_ZA64RS) |
							    ISA_BIT(ISA_ZAMA16B) },
		{ "rv64iv_zvksg", ISA_BIT(ISA_I) | ISA_BIT(ISA_V) | ISA_BIT(ISA_ZVKB) |
					  ISA_BIT(ISA_ZVKT) | ISA_BIT(ISA_ZVKSED) |
					  ISA_BIT(ISA_ZVKSH) | ISA_BIT(ISA_ZVKG) },
		{ "rv64iv_zvkn", ISA_BIT(ISA_I) | ISA_BIT(ISA_V) | ISA_BIT(ISA_ZVKB) |
					 ISA_BIT(ISA_ZVKT) | ISA_BIT(ISA_ZVKNED) |
					 ISA_BIT(ISA_ZVKNHB) },
		{ "rv64ib_svvptc", ISA_BIT(ISA_I) | ISA_BIT(ISA_B) | ISA_BIT(ISA_ZBA) |
					   ISA_BIT(ISA_ZBB) | ISA_BIT(ISA_ZBS) |
					   ISA_BIT(ISA_SVVPTC) },
		{ "rv64i__", ISA_BIT(ISA_I) },
		{ "rv64i_suma", ISA_BIT(ISA_I) }, /* a name of its own, no su and m and a */
	};
	char text[ISA_STRING_MAX];
	isa_set isa, all = ISA_BIT(ISA_NR) - 1;
	size_t len;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(isa_from_string(rows[i].isa, strlen(rows[i].isa), &isa) &&
			      isa == rows[i].want,
		      rows[i].isa, "%s", shown(isa));
	CHECK(!isa_from_string("rv32i", 5, &isa) && !isa_from_string("rv64", 4, &isa) &&
		      !isa_from_string("", 0, &isa),
	      "not_rv64_is_refused", "%s", shown(isa));
	CHECK(isa_write(all, text, false) == strlen(text) &&
		      isa_from_string(text, strlen(text), &isa) && isa == all,
	      "isa_string_reads_back", "%s", text);
	len = isa_write(all, text, true);
	isa = 0;
	for (const char *p = text; p < text + len; p += strlen(p) + 1)
		isa |= isa_from_name(p, strlen(p));
	CHECK(isa == all && len < sizeof(text) && text[len - 1] == '\0', "isa_list_reads_back",
	      "%s", text);
}

static void test_offers(void)
{
	isa_set isa, all = ISA_BIT(ISA_NR) - 1;

	isa = isa_offer(all, 0);
	CHECK((isa & (ISA_BIT(ISA_H) | ISA_BIT(ISA_V) | ISA_BIT(ISA_ZVKNED) | ISA_BIT(ISA_F) |
		      ISA_BIT(ISA_SSTC) | ISA_BIT(ISA_SMSTATEEN) | ISA_BIT(ISA_ZICBOM))) == 0 &&
		      (isa & ISA_BIT(ISA_ZBA)) != 0,
	      "offer_without_help_is_plain", "%s", shown(isa));
	isa = isa_offer(all, ISA_OFFER_ADUE);
	CHECK((isa & (ISA_BIT(ISA_SVADE) | ISA_BIT(ISA_SVADU))) == ISA_BIT(ISA_SVADU),
	      "offer_svadu_alone", "%s", shown(isa));
	isa = isa_offer(all, ISA_OFFER_ADE);
	CHECK((isa & (ISA_BIT(ISA_SVADE) | ISA_BIT(ISA_SVADU))) == ISA_BIT(ISA_SVADE),
	      "offer_svade_alone", "%s", shown(isa));
	isa = isa_offer(all, ISA_OFFER_FPU | ISA_OFFER_SSTC | ISA_OFFER_PBMT | ISA_OFFER_CBOM |
				     ISA_OFFER_CBOZ | ISA_OFFER_ADUE | ISA_OFFER_ADE | ISA_OFFER_V |
				     ISA_OFFER_CBOP | ISA_OFFER_SENVCFG);
	CHECK(isa == (all & ~(ISA_BIT(ISA_H) | ISA_BIT(ISA_SMSTATEEN) | ISA_BIT(ISA_SSAIA) |
			      ISA_BIT(ISA_ZKR))),
	      "offer_never_has_h_smstateen_ssaia_zkr", "%s", shown(isa));
}

int main(void)
{
	test_isa();
	test_offers();
	return failures != 0;
}
