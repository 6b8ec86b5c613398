/* SPDX-License-Identifier: MIT */
/*
 * fwft.c - FWFT: features of the firmware that a kernel turns on for its hart. SBI 3.0 chapter 18.
 *
 * There is one: A and D bits updated by the hart, a bit of henvcfg, which is a vCPU's own. Not
 * supported are
 * - misaligned accesses: the firmware decides, for all guests at once, who gets them;
 * - landing pads, shadow stacks, double traps: their state is not switched;
 * - pointer masking in the kernel: QEMU, 10 at least, takes the length for guests from menvcfg, so
 *   henvcfg would keep what a guest asks for and nothing would come of it.
 *
 * Where the tree says Svadu and not Svade, kernels rely on A and D from the first instruction on,
 * as on the bare firmware, but FWFT resets them to off. So they are on until a hart first asks for
 * them: who asks knows FWFT, and finds them off. A start resets all, a suspend keeps all.
 *
 * Optional room: fwft, 55 lines.
 */
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "sbi/sbi.h"
#include "vm/vcpu.h"

#define PTE_AD_HW_UPDATING 4
#define FEATURES 6 /* from there on the specification has none */

#define FLAG_LOCK 1UL

/* In v->fwft. */
#define ASKED 1U /* for A and D */
#define LOCKED 2U

/* Is @feature ours? 0, or the error of asking for it. */
static long check(uint32_t feature)
{
	if (feature >= FEATURES)
		return SBI_DENIED;
	return feature == PTE_AD_HW_UPDATING && common_caps.fwft & HENVCFG_ADUE
		       ? 0
		       : SBI_NOT_SUPPORTED;
}

/* @v is loaded: the register changes, too, and what the hart remembers of the old value goes. */
static void update_ad(struct vcpu *v, bool on)
{
	uint64_t henvcfg = (v->csr.henvcfg & ~HENVCFG_ADUE) | (on ? HENVCFG_ADUE : 0);

	v->fwft |= ASKED;
	if (henvcfg == v->csr.henvcfg)
		return;
	v->csr.henvcfg = henvcfg;
	csr_write(CSR_HENVCFG, henvcfg);
	gstage_flush_vvma();
}

/* The value and the flags have all bits of a register, the feature has 32. */
static struct sbi_ret set(struct vcpu *v, const uint64_t *a)
{
	uint64_t value = a[1], flags = a[2];
	long error = check((uint32_t)a[0]);

	if (error)
		return SBI_ERR(error);
	if (flags & ~FLAG_LOCK)
		return SBI_ERR(SBI_INVALID_PARAM);
	if (v->fwft & LOCKED)
		return SBI_ERR(SBI_DENIED_LOCKED);
	if (value > 1)
		return SBI_ERR(SBI_INVALID_PARAM);
	update_ad(v, value);
	if (flags & FLAG_LOCK)
		v->fwft |= LOCKED;
	return SBI_OK(0);
}

static struct sbi_ret get(struct vcpu *v, const uint64_t *a)
{
	long error = check((uint32_t)a[0]);

	if (error)
		return SBI_ERR(error);
	if (!(v->fwft & ASKED))
		update_ad(v, false);
	return SBI_OK((v->csr.henvcfg & HENVCFG_ADUE) != 0);
}

SBI_EXTENSION(0x46574654, set, get);
