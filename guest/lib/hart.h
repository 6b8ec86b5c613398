/* SPDX-License-Identifier: MIT */
/*
 * hart.h - the pool of harts: run a function on another hart, wait for it.
 *
 * "Main" is the hart that booted; it runs the tests. Any other hart is
 * STOPPED unless a test started it. A hart is identified by a pointer to
 * its struct hart; ids may have holes.
 */
#ifndef GUEST_LIB_HART_H
#define GUEST_LIB_HART_H

#include "hart_offsets.h"
#include "machine.h"
#include "sbi.h"
#include "trap.h"

typedef void (*hart_fn)(void *arg);

/* What the hart saw in its first instructions. */
struct entry_record {
	u64 a0, a1, satp, sstatus, sie, sip;
	u64 tag;	/* which entry point: TAG_... */
};

/* First fields: see hart_offsets.h. Touched by the hart itself if not said. */
struct hart {
	u64 id;				/* constant */
	u64 stack_top;			/* constant */
	u64 trap_sp;			/* stack for traps from U-mode */
	u64 trap_tmp;
	u64 save_sp;
	struct entry_record entry;	/* read by others once it is up */
	struct context resume;		/* where a suspend comes back */
	u64 regs_in[32], regs_out[32];	/* for call_with_registers() */

	u32 index;			/* constant; position in the tree */
	hart_fn fn;			/* set by the starter */
	void *arg;			/* set by the starter */
	u32 up;				/* 1 from first C to the last */
	irq_handler irq[16];
	u32 soft_count, timer_count;	/* interrupts taken by default handler */
	u32 timer_probe;		/* for timer_is_pending() */
	bool catching;
	struct context catch_ctx;
	struct trap_info *catch_info;
} ALIGNED(H_SIZE);

extern struct hart harts[MAX_HARTS];
extern u64 hart_count;
extern struct hart *main_hart;

static inline struct hart *hart_self(void)
{
	struct hart *h;

	__asm__ volatile("mv %0, tp" : "=r"(h));
	return h;
}

#define for_each_hart(h) \
	for (struct hart *h = harts; h < harts + hart_count; h++)
#define for_each_other(h) for_each_hart(h) if (h != hart_self())

/* The @n-th hart other than main, from 0; NULL when there are too few. */
struct hart *other_hart(u32 n);

/* Mask with one bit per hart of the first 64 ids, base 0. */
u64 hart_bit(const struct hart *h);

/*
 * Entry points for HART_START and for non-retentive resume. All find their
 * struct hart by a0, so a1 (opaque) may be any number. Two of each, to see
 * which one was used.
 */
void hart_entry_a(void);
void hart_entry_b(void);
void hart_resume_a(void);
void hart_resume_b(void);

/* Give @h its job; to be followed by a start at hart_entry_a or _b. */
void hart_prepare(struct hart *h, hart_fn fn, void *arg);

/*
 * Run @fn(@arg) on @h, stop it when @fn returns. Waits until @h is STOPPED
 * and retries the answers a stopping hart may cause. Fails the test when
 * that takes too long.
 */
void hart_run(struct hart *h, hart_fn fn, void *arg);

/* Wait until @h is STOPPED; false after @ms milliseconds. */
bool hart_wait_stopped(struct hart *h, u64 ms);
/* Wait until HART_GET_STATUS says @state; false after @ms milliseconds. */
bool hart_wait_state(struct hart *h, u64 state, u64 ms);
/* All but the caller STOPPED, or the test fails. */
void harts_join(void);
/* Tell all others to stop at their next cpu_relax(); are they in @ms? */
bool harts_abort(u64 ms);
extern u32 hart_abort_flag;

/* Stop the calling hart (not main). */
void hart_exit(void) NORETURN;

/*
 * Suspend the hart, non-retentive (or any other) @type, to resume at
 * @entry (one of the resume entries). True when it resumed through the
 * entry; *ret is the answer when the call returned.
 */
bool hart_suspend_to(u64 type, void (*entry)(void), u64 opaque,
		     struct sbi_ret *ret);
/* The same through SYSTEM_SUSPEND. */
bool system_suspend_to(u64 type, void (*entry)(void), u64 opaque,
		       struct sbi_ret *ret);

/*
 * Make an ecall with all 31 registers from self->regs_in (x0 ignored) and
 * record all of them after it in self->regs_out. Interrupts must be off.
 */
void call_with_registers(struct hart *self);

/* The program; called on the boot hart with traps and console ready. */
void guest_main(void);
/* C entries from start.S. */
void boot_main(u64 id, const void *fdt, u64 entry_sie);
void hart_main(struct hart *h);

#endif
