/* SPDX-License-Identifier: MIT */
/*
 * caps.c - probe CSRs with a trap as the answer "no". Nothing is assumed from a version or a name:
 * real machines lack henvcfg or stimecmp (privileged specification 1.11 with H), and QEMU 7.2 lets
 * henvcfg.STCE be set on a hart without Sstc.
 */
#include "riscv/caps.h"

#include "conf/options.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/envcfg.h"
#include "riscv/imsic.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "riscv/unswitched.h"
#include "riscv/vector.h"

struct caps common_caps;

/*
 * Exceptions and interrupts a guest handles by itself. The rest comes to us, whatever the firmware
 * delegates.
 */
#define HEDELEG \
	(1UL << EXC_FETCH_MISALIGNED | 1UL << EXC_FETCH_ACCESS | 1UL << EXC_ILLEGAL | \
	 1UL << EXC_BREAKPOINT | 1UL << EXC_LOAD_MISALIGNED | 1UL << EXC_LOAD_ACCESS | \
	 1UL << EXC_STORE_MISALIGNED | 1UL << EXC_STORE_ACCESS | 1UL << EXC_ECALL_U | \
	 1UL << EXC_FETCH_PAGE | 1UL << EXC_LOAD_PAGE | 1UL << EXC_STORE_PAGE)
/*
 * What firmware leaves on in menvcfg for a kernel, guests find on, too. A bit that is off there is
 * read-only 0 here. CBIE is set to "flush": a guest that really invalidated could see what memory
 * held before we wrote to it.
 */
#define HENVCFG_OFFER \
	(HENVCFG_STCE | HENVCFG_PBMTE | HENVCFG_ADUE | HENVCFG_CBZE | HENVCFG_CBCFE | \
	 HENVCFG_CBIE_FLUSH)

static void probe_gstage(struct caps *c)
{
	uint64_t got;

	csr_write(hgatp, HGATP_SV39X4 | HGATP_VMID_MASK << HGATP_VMID_SHIFT);
	got = csr_read(hgatp);
	csr_write(hgatp, 0);
	__asm__ volatile(".option push\n.option arch, +h\nhfence.gvma\n.option pop" : : : "memory");
	c->sv39x4 = got >> 60 == HGATP_SV39X4 >> 60;
	c->vmid_mask = (uint16_t)(got >> HGATP_VMID_SHIFT & HGATP_VMID_MASK);
}

/*
 * Guests have Sstc only where a guest sees its own timer pending in vsip. QEMU 7.2 never shows
 * VSTIP there and, worse, sometimes does not deliver what vstimecmp fires: whoever changes mip
 * looks at vstimecmp's interrupt before taking the lock under which it is raised, and then drops
 * the hart's request. A guest in WFI stays there: Linux's "hard LOCKUP", about once in 600 CPU
 * hotplugs on a busy host. On such a machine guests have the timer of the SBI, which we keep with
 * stimecmp and post in hvip; that is not lost.
 */
static bool probe_guest_sstc(const struct caps *c)
{
	bool seen = false;

	if (!c->sstc)
		return false;
	csr_write(hideleg, HVIP_ALL); /* vsip shows nothing else */
	csr_write(CSR_VSTIMECMP, 0);
	for (unsigned i = 0; i < 100 && !seen; i++) /* it may take a moment */
		seen = csr_read(vsip) & SIP_STIP;
	csr_write(CSR_VSTIMECMP, UINT64_MAX - 1);
	return seen;
}

void caps_probe(struct caps *c, isa_set isa, unsigned fake)
{
	uint64_t v UNUSED;
	bool compares;

	memset(c, 0, sizeof(*c));
	c->h = csr_try_read(hstatus, v);
	if (!c->h)
		return;
	probe_gstage(c);
	if (fake & FAKE_VMID)
		c->vmid_mask = 0;
	c->fpu = !(fake & FAKE_FPU) && (isa & ISA_BIT(ISA_D));
	if (c->fpu && !(fake & FAKE_V))
		c->vlenb = vector_probe(isa);
	c->counters = csr_try_read(cycle, v) && csr_try_read(instret, v);
	if (isa & ISA_BIT(ISA_ZICBOZ))
		c->cboz_block = clear_probe();
	c->senvcfg = !(fake & FAKE_SENVCFG) && csr_try_read(CSR_SENVCFG, v);
	c->hstateen = !(fake & FAKE_HSTATEEN) && csr_try_read(CSR_HSTATEEN0, v);
	c->open_siselect = !c->hstateen && csr_try_write(CSR_VSISELECT, 0);
	/*
	 * Enabling the guest's compare register must not fire it: QEMU 10 keeps the interrupt when
	 * STCE is cleared again. On QEMU 7.2 the guest's time of the run before a machine reset is
	 * still there, and with it the largest value is soon over.
	 */
	csr_write(htimedelta, 0);
	compares = (isa & ISA_BIT(ISA_SSTC)) && csr_try_read(CSR_STIMECMP, v) &&
		   csr_try_write(CSR_VSTIMECMP, UINT64_MAX - 1);
	envcfg_ask_firmware(isa);
	c->henvcfg = !(fake & FAKE_HENVCFG) && csr_try_write(CSR_HENVCFG, HENVCFG_OFFER);
	if (c->henvcfg) {
		c->henvcfg_bits = csr_read(CSR_HENVCFG) & HENVCFG_OFFER;
		c->fwft = envcfg_changeable(isa, &c->henvcfg_bits);
	}
	/*
	 * Sstc needs all three: the tree says so, both compare registers answer, and henvcfg.STCE
	 * sticks.
	 */
	c->sstc = !(fake & FAKE_SSTC) && compares && (c->henvcfg_bits & HENVCFG_STCE);
	c->guest_sstc = probe_guest_sstc(c);
	if (!c->guest_sstc)
		c->henvcfg_bits &= ~HENVCFG_STCE;
	c->imsic = !(fake & FAKE_IMSIC) && imsic_enable(this_hart()->imsic);
	if (!c->imsic)
		this_hart()->imsic = NULL;
}

static const char *yes(bool has)
{
	return has ? "yes" : "no";
}

/* For the log; good until the next call. */
static const char *describe(const struct caps *c)
{
	static char text[200];
	char vectors[20] = "";

	if (c->vlenb)
		snprintf(vectors, sizeof(vectors), ", V of %u bits", 8U * c->vlenb);
	snprintf(text, sizeof(text),
		 "H %s, Sstc %s, FPU %s%s, IMSIC %s, henvcfg %s (0x%lx), senvcfg %s, "
		 "hstateen %s, Sv39x4 %s, VMIDs up to %u",
		 yes(c->h), c->sstc && !c->guest_sstc ? "not for guests" : yes(c->sstc),
		 yes(c->fpu), vectors, yes(c->imsic), yes(c->henvcfg), c->henvcfg_bits,
		 yes(c->senvcfg), yes(c->hstateen), yes(c->sv39x4), c->vmid_mask);
	return text;
}

void caps_find_common(void)
{
	common_caps = harts[0].caps;
	for (unsigned i = 0; i < nr_harts; i++) {
		log_info("cap: hart %lu (h%u): %s", harts[i].id, i, describe(&harts[i].caps));
		/* Lengths are powers of two: 0 if two harts differ. */
		for (size_t byte = 0; byte < sizeof(common_caps); byte++)
			((uint8_t *)&common_caps)[byte] &= ((const uint8_t *)&harts[i].caps)[byte];
	}
	if (!common_caps.guest_sstc)
		common_caps.henvcfg_bits &= ~HENVCFG_STCE;
	log_notice("cap: %u hart%s: %s", nr_harts, nr_harts == 1 ? "" : "s",
		   describe(&common_caps));
}

void caps_apply(bool host_counters)
{
	/* Whoever sees the hart's cycle and instret sees what the others on it do. */
	csr_write(hcounteren, host_counters ? COUNTEREN_CY_TM_IR : COUNTEREN_TM);
	csr_write(hvip, 0);
	csr_write(hie, 0);
	/* Written even where guests get nothing: what the firmware left there must not decide. */
	if (common_caps.henvcfg)
		csr_write(CSR_HENVCFG, common_caps.henvcfg_bits);
	/* Only senvcfg is switched; every other optional state stays out of the guest's reach. */
	if (common_caps.hstateen) {
		csr_write(CSR_HSTATEEN0, common_caps.senvcfg ? HSTATEEN0_ENVCFG : 0);
		csr_try_write(CSR_HSTATEEN1, 0); /* where the firmware shuts them, they are zero */
		csr_try_write(CSR_HSTATEEN2, 0);
		csr_try_write(CSR_HSTATEEN3, 0);
	}
	csr_write(hedeleg, 0);
	csr_write(hideleg, 0);
	unswitched_probe();
	csr_write(hedeleg, HEDELEG);
	csr_write(hideleg, HVIP_ALL);
	csr_write(sstatus, 0);
	csr_write(sie, SIP_SSIP | SIP_STIP | (this_hart()->imsic ? SIP_SEIP : host_interrupts));
}
