/* SPDX-License-Identifier: MIT */
/*
 * bench.h - measuring one operation many times.
 *
 * The counter is instret. Under QEMU's -icount it counts every hart and
 * every mode, so it holds what the hypervisor and the firmware did, and it
 * is the same in every run. That is the hart's counter: the hypervisor
 * shows it with counters=host only, else a vCPU has its own. Time comes
 * from the time CSR. What the measuring itself costs is subtracted.
 */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

#include "atomic.h"
#include "console.h"
#include "csr.h"
#include "hart.h"
#include "sbi.h"
#include "test.h"
#include "time.h"

#define instret()	csr_read(instret)
#define ALWAYS_INLINE	static inline __attribute__((always_inline))

/* Begin a row of results; false when the bootargs ask for others only. */
bool bench_begin(const char *name);
/* One sample: instructions and ticks, still with the measuring in it. */
void bench_add(u64 insns, u64 ticks);
/* Print the row: text, and one line of JSON. */
void bench_end(void);
/* Instead of a row: why there is none. */
void bench_skip(const char *name, const char *why);
/* A row of one number that is not a duration. */
void bench_value(const char *name, const char *unit, u64 value);

/* Measure @op @count times after one round that is not counted. */
#define MEASURE(rowname, count, before, op, after) do {			\
	if (!bench_begin(rowname))					\
		break;							\
	for (u32 n_ = 0; n_ <= (count); n_++) {				\
		u64 t0_, t1_, i0_, i1_;					\
									\
		before;							\
		t0_ = now();						\
		i0_ = instret();					\
		op;							\
		i1_ = instret();					\
		t1_ = now();						\
		after;							\
		if (n_)							\
			bench_add(i1_ - i0_, t1_ - t0_);		\
	}								\
	bench_end();							\
} while (0)

/* The ecall alone between the two looks; the arguments are set before. */
ALWAYS_INLINE void timed_call(bool keep, u64 eid, u64 fid, u64 a, u64 b,
			      u64 c, u64 d)
{
	register u64 r0 __asm__("a0") = a;
	register u64 r1 __asm__("a1") = b;
	register u64 r2 __asm__("a2") = c;
	register u64 r3 __asm__("a3") = d;
	register u64 r4 __asm__("a4") = 0;
	register u64 r6 __asm__("a6") = fid;
	register u64 r7 __asm__("a7") = eid;
	u64 i0, i1, t0, t1;

	__asm__ volatile("csrr %2, time\n"
			 "csrr %3, instret\n"
			 "ecall\n"
			 "csrr %4, instret\n"
			 "csrr %5, time"
			 : "+r"(r0), "+r"(r1), "=&r"(t0), "=&r"(i0),
			   "=&r"(i1), "=&r"(t1)
			 : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7)
			 : "memory");
	if (keep)
		bench_add(i1 - i0, t1 - t0);
}

#define MEASURE_CALL(rowname, count, before, eid, fid, a, b, c, d) do {	\
	if (!bench_begin(rowname))					\
		break;							\
	for (u32 n_ = 0; n_ <= (count); n_++) {				\
		before;							\
		timed_call(n_ > 0, eid, fid, a, b, c, d);		\
	}								\
	bench_end();							\
} while (0)

/* What a started hart finds at a1; see first.S. */
struct start_note {
	u64 word, mask, base;
};
void note_and_stop(void);
void count_and_stop(void);
void short_handler(void);
extern u64 first_instret;

/* Sleep until a software interrupt is pending, and clear it. */
static inline void wait_soft(void)
{
	while (!(csr_read(sip) & SIP_SSIP))
		wfi();
	csr_clear(sip, SIP_SSIP);
}

void bench_calls(void);
void bench_harts(void);
void bench_growth(void);
void bench_fair(void);
void bench_wake(void);

#endif
