/* SPDX-License-Identifier: MIT */
/*
 * sbi.h - calls into whatever SBI implementation is below us.
 *
 * Wrappers return the two registers of the convention (SBI 3.0 chapter 3)
 * and judge nothing: tests want to see wrong answers too.
 */
#ifndef GUEST_LIB_SBI_H
#define GUEST_LIB_SBI_H

#include "types.h"

struct sbi_ret {
	long error;	/* a0 */
	u64 value;	/* a1 */
};

enum {
	SBI_SUCCESS = 0,
	SBI_FAILED = -1,
	SBI_NOT_SUPPORTED = -2,
	SBI_INVALID_PARAM = -3,
	SBI_DENIED = -4,
	SBI_INVALID_ADDRESS = -5,
	SBI_ALREADY_AVAILABLE = -6,
	SBI_ALREADY_STARTED = -7,
	SBI_ALREADY_STOPPED = -8,
	SBI_NO_SHMEM = -9,
	SBI_DENIED_LOCKED = -14,
};

enum {
	EID_STA = 0x535441,
	EID_FWFT = 0x46574654,
	EID_PMU = 0x504D55,
	EID_LEGACY_SET_TIMER = 0,
	EID_LEGACY_PUTCHAR = 1,
	EID_LEGACY_GETCHAR = 2,
	EID_LEGACY_SHUTDOWN = 8,
	EID_BASE = 0x10,
	EID_TIME = 0x54494D45,
	EID_IPI = 0x735049,
	EID_RFENCE = 0x52464E43,
	EID_HSM = 0x48534D,
	EID_SRST = 0x53525354,
	EID_SUSP = 0x53555350,
	EID_DBCN = 0x4442434E,
};

enum hsm_state {
	HSM_STARTED, HSM_STOPPED, HSM_START_PENDING, HSM_STOP_PENDING,
	HSM_SUSPENDED, HSM_SUSPEND_PENDING, HSM_RESUME_PENDING,
};

#define HSM_RETENTIVE		0u
#define HSM_NON_RETENTIVE	0x80000000u
#define SRST_SHUTDOWN		0u
#define SRST_COLD_REBOOT	1u
#define SRST_WARM_REBOOT	2u
#define SRST_REASON_NONE	0u
#define SRST_REASON_FAILURE	1u
#define SBI_IMPL_OPENSBI	1u

/* Any call. All six argument registers are passed. */
struct sbi_ret sbi_call(u64 eid, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3,
			u64 a4, u64 a5);

#define sbi_call0(e, f)			sbi_call(e, f, 0, 0, 0, 0, 0, 0)
#define sbi_call1(e, f, a)		sbi_call(e, f, a, 0, 0, 0, 0, 0)
#define sbi_call2(e, f, a, b)		sbi_call(e, f, a, b, 0, 0, 0, 0)
#define sbi_call3(e, f, a, b, c)	sbi_call(e, f, a, b, c, 0, 0, 0)
#define sbi_call4(e, f, a, b, c, d)	sbi_call(e, f, a, b, c, d, 0, 0)

/* BASE, SBI 3.0 chapter 4 */
#define sbi_spec_version()	sbi_call0(EID_BASE, 0)
#define sbi_impl_id()		sbi_call0(EID_BASE, 1)
#define sbi_impl_version()	sbi_call0(EID_BASE, 2)
#define sbi_probe(eid)		(sbi_call1(EID_BASE, 3, eid).value != 0)

/* TIME, chapter 6; IPI, chapter 7 */
#define sbi_set_timer(abs)	sbi_call1(EID_TIME, 0, abs)
#define sbi_send_ipi(mask, base) sbi_call2(EID_IPI, 0, mask, base)

/* RFENCE, chapter 8 */
#define sbi_fence_i(mask, base)	sbi_call2(EID_RFENCE, 0, mask, base)
#define sbi_sfence_vma(mask, base, start, size) \
	sbi_call4(EID_RFENCE, 1, mask, base, start, size)
#define sbi_sfence_vma_asid(mask, base, start, size, asid) \
	sbi_call(EID_RFENCE, 2, mask, base, start, size, asid, 0)

/* HSM, chapter 9 */
#define sbi_hart_start(id, addr, opaque) \
	sbi_call3(EID_HSM, 0, id, (u64)(addr), opaque)
#define sbi_hart_stop()		sbi_call0(EID_HSM, 1)
#define sbi_hart_status(id)	sbi_call1(EID_HSM, 2, id)
#define sbi_hart_suspend(type, addr, opaque) \
	sbi_call3(EID_HSM, 3, type, (u64)(addr), opaque)

/* SRST, chapter 10; SUSP, chapter 13; DBCN, chapter 12 */
#define sbi_reset(type, reason)	sbi_call2(EID_SRST, 0, type, reason)
#define sbi_system_suspend(type, addr, opaque) \
	sbi_call3(EID_SUSP, 0, type, (u64)(addr), opaque)
#define sbi_dbcn_write(n, lo, hi) sbi_call3(EID_DBCN, 0, n, lo, hi)
#define sbi_dbcn_read(n, lo, hi) sbi_call3(EID_DBCN, 1, n, lo, hi)
#define sbi_dbcn_write_byte(b)	sbi_call1(EID_DBCN, 2, b)

/* "INVALID_PARAM" for -3, and so on; never NULL. */
const char *sbi_error_name(long error);
/* "STARTED" for 0, and so on; never NULL. */
const char *hsm_state_name(u64 state);

/*
 * Is the SBI below OpenSBI of at least @major.@minor? Used to mark tests
 * which are known to fail there, never to skip a check of ours.
 */
bool sbi_is_opensbi(u32 major, u32 minor);

#endif
