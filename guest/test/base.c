/* SPDX-License-Identifier: MIT */
/*
 * base.c - BASE, SBI 3.0 chapter 4: mandatory, never fails.
 */
#include "../lib/test.h"

TEST(base_spec_version, "spec version is at least 0.3, bit 31 and up are 0")
{
	struct sbi_ret r = sbi_spec_version();

	CHECK_ERR(r, SBI_SUCCESS);
	CHECK_EQ(r.value >> 31, 0);
	CHECK(r.value >= 3);
}

TEST(base_impl_id, "implementation id and version can be read")
{
	CHECK_ERR(sbi_impl_id(), SBI_SUCCESS);
	CHECK_ERR(sbi_impl_version(), SBI_SUCCESS);
}

TEST(base_machine_ids, "mvendorid, marchid and mimpid can be read")
{
	for (u64 fid = 4; fid <= 6; fid++)
		CHECK_ERR(sbi_call0(EID_BASE, fid), SBI_SUCCESS);
}

TEST(base_probe, "probe answers 1 for what must exist, 0 for what cannot")
{
	static const u64 present[] = {
		EID_BASE, EID_TIME, EID_IPI, EID_RFENCE, EID_HSM, EID_SRST,
	};
	static const u64 absent[] = {
		0x0badc0de, 0x7fffffff, 0x0f, 0x08001234,
	};

	for (u32 i = 0; i < ARRAY_SIZE(present); i++) {
		struct sbi_ret r = sbi_call1(EID_BASE, 3, present[i]);

		CHECK_ERR(r, SBI_SUCCESS);
		CHECK(r.value != 0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(absent); i++) {
		struct sbi_ret r = sbi_call1(EID_BASE, 3, absent[i]);

		CHECK_ERR(r, SBI_SUCCESS);
		CHECK_EQ(r.value, 0);
	}
}

TEST(base_probe_agrees, "what probe denies, a call answers NOT_SUPPORTED")
{
	static const u64 eids[] = {
		EID_DBCN, EID_SUSP, 0x504D55, 0x4E41434C, 0x535441, 0x46574654,
		0x535345, 0x44425452, 0x4D505859, 0x43505043,
	};

	for (u32 i = 0; i < ARRAY_SIZE(eids); i++)
		if (!sbi_probe(eids[i]))
			CHECK_ERR(sbi_call0(eids[i], 0), SBI_NOT_SUPPORTED);
}
