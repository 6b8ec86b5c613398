/* SPDX-License-Identifier: MIT */
/*
 * unknown.c - calls that do not exist, and the calling convention itself
 * (SBI 3.0 chapter 3).
 */
#include "../lib/test.h"

TEST(unknown_eid, "an unknown extension is NOT_SUPPORTED")
{
	static const u64 eids[] = {
		0x09, 0x0f, 0x11, 0x0badc0de, 0x08000000, 0x7fffffff,
	};

	for (u32 i = 0; i < ARRAY_SIZE(eids); i++)
		for (u64 fid = 0; fid < 3; fid++)
			CHECK_ERR(sbi_call0(eids[i], fid), SBI_NOT_SUPPORTED);
}

TEST(unknown_fid, "an unknown function is NOT_SUPPORTED")
{
	static const struct {
		u64 eid, fid;
	} calls[] = {
		{ EID_BASE, 7 }, { EID_BASE, 0x7fffffff }, { EID_TIME, 1 },
		{ EID_IPI, 1 }, { EID_RFENCE, 7 }, { EID_HSM, 4 },
		{ EID_SRST, 1 }, { EID_TIME, (u64)-1 }, { EID_HSM, (u64)-1 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		struct sbi_ret r = sbi_call0(calls[i].eid, calls[i].fid);

		if (r.error != SBI_NOT_SUPPORTED)
			FAIL_TEST("EID %lx FID %lx answers %s", calls[i].eid,
				  calls[i].fid, sbi_error_name(r.error));
	}
}

static void check_kept(u64 eid, u64 fid, u64 a0, u64 a1, bool legacy)
{
	struct hart *h = hart_self();
	u64 *in = h->regs_in, *out = h->regs_out;

	for (u64 n = 1; n < 32; n++)
		in[n] = 0x5a5a000000000000ul + n * 0x0101010101ul;
	in[10] = a0;
	in[11] = a1;
	in[16] = fid;
	in[17] = eid;
	call_with_registers(h);
	for (u32 n = 1; n < 32; n++) {
		if (n == 10 || (n == 11 && !legacy))
			continue;
		if (out[n] != in[n])
			FAIL_TEST("EID %lx FID %lx changed x%u to %lx", eid,
				  fid, n, out[n]);
	}
}

TEST(call_keeps_registers, "a call changes a0 and a1 and nothing else")
{
	irq_off();
	for (u64 fid = 0; fid <= 7; fid++)
		check_kept(EID_BASE, fid, EID_TIME, 0, false);
	check_kept(EID_TIME, 0, ~0ul, 0, false);
	check_kept(EID_IPI, 0, 1, main_hart->id, false);
	check_kept(EID_RFENCE, 0, 0, ~0ul, false);
	check_kept(EID_RFENCE, 1, 0, ~0ul, false);
	check_kept(EID_HSM, 0, absent_hart_id(), 0, false);
	check_kept(EID_HSM, 2, main_hart->id, 0, false);
	check_kept(EID_HSM, 3, 1, 0, false);
	check_kept(EID_SRST, 0, 77, 0, false);
	check_kept(EID_SUSP, 0, 1, 0, false);
	check_kept(EID_DBCN, 0, 0, 0, false);
	check_kept(0x0badc0de, 0, 0, 0, false);
	check_kept(0x0badc0de, ~0ul, 0, 0, false);
}

TEST(call_keeps_registers_suspend, "retentive suspend keeps all registers")
{
	irq_off();
	csr_set(sie, SIP_SSIP);
	sbi_send_ipi(1, main_hart->id);
	check_kept(EID_HSM, 3, HSM_RETENTIVE, 0, false);
	CHECK_EQ(main_hart->regs_out[10], SBI_SUCCESS);
	csr_clear(sie, SIP_SSIP);
	sbi_set_timer(after_ms(20));
	check_kept(EID_HSM, 3, HSM_RETENTIVE, 0, false);
	CHECK_EQ(main_hart->regs_out[10], SBI_SUCCESS);
}

TEST(call_success_value, "calls without a result put 0 into a1")
{
	irq_off();
	CHECK_EQ(sbi_set_timer(~0ul).value, 0);
	CHECK_EQ(sbi_send_ipi(0, 0).value, 0);
	CHECK_EQ(sbi_fence_i(0, 0).value, 0);
	CHECK_EQ(sbi_hart_status(main_hart->id).value, HSM_STARTED);
}

TEST(call_keeps_csrs, "a call changes no supervisor CSR")
{
	u64 scratch, vec, epc, cause, tval, status;

	irq_off();
	status = csr_read(sstatus);
	csr_write(sscratch, 0x1234567812345678ul);
	csr_write(stvec, 0x80abcdc0ul);
	csr_write(sepc, 0x80123456ul);
	csr_write(scause, 7);
	csr_write(stval, 0xfeedfacecafebeeful);
	for (u64 fid = 0; fid < 8; fid++)
		sbi_call1(EID_BASE, fid, EID_HSM);
	sbi_call0(0x0badc0de, 0);
	sbi_set_timer(~0ul);
	scratch = csr_read(sscratch);
	vec = csr_read(stvec);
	epc = csr_read(sepc);
	cause = csr_read(scause);
	tval = csr_read(stval);
	csr_write(sscratch, main_hart);
	csr_write(stvec, trap_entry);
	CHECK_EQ(scratch, 0x1234567812345678ul);
	CHECK_EQ(vec, 0x80abcdc0ul);
	CHECK_EQ(epc, 0x80123456ul);
	CHECK_EQ(cause, 7);
	CHECK_EQ(tval, 0xfeedfacecafebeeful);
	CHECK_EQ(csr_read(sstatus), status);
}
