/* SPDX-License-Identifier: MIT */
/*
 * pmu.h - the calls of the PMU, for pmu.c and pmu_state.c. SBI 3.0 chapter 11.
 */
#ifndef GUEST_TEST_PMU_H
#define GUEST_TEST_PMU_H

#include "../lib/test.h"

#define CYCLES		1ul
#define INSTRUCTIONS	2ul
#define FW(code)	(0xf0000ul | (code))
#define FW_SET_TIMER	FW(5)
#define FW_IPI_SENT	FW(6)
#define FW_IPI_RECEIVED	FW(7)
#define FW_FENCE_I_SENT	FW(8)

#define SKIP_MATCH	1ul
#define CLEAR		2ul
#define AUTO_START	4ul
#define SET_INIT	1ul
#define RESET		1ul
#define SNAPSHOT	2ul

#define INFO_FW		(1ul << 63)

static inline struct sbi_ret config(u64 base, u64 mask, u64 flags, u64 event, u64 data)
{
	return sbi_call(EID_PMU, 2, base, mask, flags, event, data, 0);
}

static inline struct sbi_ret start(u64 base, u64 mask, u64 flags, u64 init)
{
	return sbi_call4(EID_PMU, 3, base, mask, flags, init);
}

static inline struct sbi_ret stop(u64 base, u64 mask, u64 flags)
{
	return sbi_call3(EID_PMU, 4, base, mask, flags);
}

static inline struct sbi_ret fw_read(u64 i)
{
	return sbi_call1(EID_PMU, 5, i);
}

/* All that there are: hardware ones, and the firmware's; below 64. */
static u64 hw_counters, fw_counters, first_fw, count;

static inline bool is_ours(void)
{
	return !sbi_is_opensbi(0, 0);
}

/* Find the counters; and there are so many harts. */
static inline void need(u64 n)
{
	NEED_EXT(EID_PMU, "PMU");
	hw_counters = fw_counters = 0;
	count = sbi_call0(EID_PMU, 0).value;
	for (u64 i = 0; i < count && i < 64; i++) {
		struct sbi_ret info = sbi_call1(EID_PMU, 1, i);

		if (info.error)
			continue;
		*(info.value & INFO_FW ? &fw_counters : &hw_counters) |= 1ul << i;
	}
	first_fw = fw_counters ? (u64)__builtin_ctzl(fw_counters) : 0;
	NEED_HARTS(n);
}

#endif
