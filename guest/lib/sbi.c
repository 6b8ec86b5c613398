/* SPDX-License-Identifier: MIT */
/*
 * sbi.c - the ecall itself, and names for what it answers.
 */
#include "sbi.h"

struct sbi_ret sbi_call(u64 eid, u64 fid, u64 a0, u64 a1, u64 a2, u64 a3,
			u64 a4, u64 a5)
{
	register u64 r0 __asm__("a0") = a0;
	register u64 r1 __asm__("a1") = a1;
	register u64 r2 __asm__("a2") = a2;
	register u64 r3 __asm__("a3") = a3;
	register u64 r4 __asm__("a4") = a4;
	register u64 r5 __asm__("a5") = a5;
	register u64 r6 __asm__("a6") = fid;
	register u64 r7 __asm__("a7") = eid;

	__asm__ volatile("ecall"
			 : "+r"(r0), "+r"(r1)
			 : "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r6), "r"(r7)
			 : "memory");
	return (struct sbi_ret){ .error = (long)r0, .value = r1 };
}

const char *sbi_error_name(long error)
{
	static const char *const names[] = {
		"SUCCESS", "FAILED", "NOT_SUPPORTED", "INVALID_PARAM",
		"DENIED", "INVALID_ADDRESS", "ALREADY_AVAILABLE",
		"ALREADY_STARTED", "ALREADY_STOPPED", "NO_SHMEM",
		"INVALID_STATE", "BAD_RANGE", "TIMEOUT", "IO",
		"DENIED_LOCKED",
	};

	if (error > 0 || error <= -(long)ARRAY_SIZE(names))
		return "no SBI error";
	return names[-error];
}

const char *hsm_state_name(u64 state)
{
	static const char *const names[] = {
		"STARTED", "STOPPED", "START_PENDING", "STOP_PENDING",
		"SUSPENDED", "SUSPEND_PENDING", "RESUME_PENDING",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "no HSM state";
}

bool sbi_is_opensbi(u32 major, u32 minor)
{
	return sbi_impl_id().value == SBI_IMPL_OPENSBI &&
	       sbi_impl_version().value >= ((u64)major << 16 | minor);
}
