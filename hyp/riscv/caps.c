/* SPDX-License-Identifier: MIT */
/*
 * caps.c - probe CSRs with a trap as the answer "no". Nothing is assumed from a version or a name: real machines lack henvcfg
 * or stimecmp (privileged specification 1.11 with H), and QEMU 7.2 lets henvcfg.STCE be set on a hart without Sstc.
 */
#include "riscv/caps.h"

#include "lib/isa.h"
#include "lib/options.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "riscv/csr.h"

struct caps common_caps;

/* Exceptions and interrupts a guest handles by itself. The rest comes to us, whatever the firmware delegates. */
#define HEDELEG \
	(1UL << EXC_FETCH_MISALIGNED | 1UL << EXC_FETCH_ACCESS | 1UL << EXC_ILLEGAL | 1UL << EXC_BREAKPOINT | \
	 1UL << EXC_LOAD_MISALIGNED | 1UL << EXC_LOAD_ACCESS | 1UL << EXC_STORE_MISALIGNED | 1UL << EXC_STORE_ACCESS | \
	 1UL << EXC_ECALL_U | 1UL << EXC_FETCH_PAGE | 1UL << EXC_LOAD_PAGE | 1UL << EXC_STORE_PAGE)
/* CBIE is set to "flush": a guest that really invalidated could see what memory held before we wrote to it. */
#define HENVCFG_OFFER (HENVCFG_STCE | HENVCFG_PBMTE | HENVCFG_CBZE | HENVCFG_CBCFE | HENVCFG_CBIE_FLUSH)

static unsigned probe_gstage(void)
{
	unsigned modes = 0;

	for (unsigned m = 8; m <= 10; m++) {
		csr_write(hgatp, (uint64_t)m << 60);
		if (csr_read(hgatp) >> 60 == m)
			modes |= 1U << m;
	}
	csr_write(hgatp, 0);
	return modes;
}

static unsigned probe_vmid_bits(void)
{
	uint64_t got;
	unsigned bits = 0;

	csr_write(hgatp, HGATP_SV39X4 | HGATP_VMID_MASK << HGATP_VMID_SHIFT);
	got = csr_read(hgatp) >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;
	csr_write(hgatp, 0);
	__asm__ volatile(".option push\n.option arch, +h\nhfence.gvma\n.option pop" : : : "memory");
	while (got >> bits & 1) /* the low ones are there first */
		bits++;
	return bits;
}

/* Sstc needs all three: the tree says so, both compare registers answer, and henvcfg.STCE sticks. */
static bool probe_sstc(const struct caps *c, uint64_t isa)
{
	uint64_t v UNUSED;

	return (isa & ISA_BIT(ISA_SSTC)) && csr_try_read(CSR_STIMECMP, v) && csr_try_read(CSR_VSTIMECMP, v) &&
	       (c->henvcfg_bits & HENVCFG_STCE);
}

/*
 * Guests have Sstc only where a guest sees its own timer pending in vsip. QEMU 7.2 never shows VSTIP there and, worse, sometimes does
 * not deliver what vstimecmp fires: whoever changes mip looks at vstimecmp's interrupt before taking the lock under which it is raised, and
 * then drops the hart's request. A guest in WFI stays there: Linux's "hard LOCKUP", about once in 600 CPU hotplugs on a busy
 * host. On such a machine guests have the timer of the SBI, which we keep with stimecmp and post in hvip; that is not lost.
 */
static bool probe_guest_sstc(const struct caps *c)
{
	bool seen = false;

	if (!c->sstc)
		return false;
	csr_write(CSR_VSTIMECMP, 0);
	for (unsigned i = 0; i < 100 && !seen; i++) /* it may take a moment */
		seen = csr_read(vsip) & SIP_STIP;
	csr_write(CSR_VSTIMECMP, UINT64_MAX - 1);
	return seen;
}

void caps_probe(struct caps *c, uint64_t isa, unsigned fake)
{
	uint64_t v UNUSED;

	memset(c, 0, sizeof(*c));
	c->h = csr_try_read(hstatus, v);
	if (!c->h)
		return;
	csr_write(hedeleg, HEDELEG);
	c->hedeleg = csr_read(hedeleg);
	csr_write(hideleg, HVIP_ALL);
	c->hideleg = csr_read(hideleg) & HVIP_ALL;
	c->gstage_modes = probe_gstage();
	c->vmid_bits = fake & FAKE_VMID ? 0 : probe_vmid_bits();
	c->fpu = !(fake & FAKE_FPU) && (isa & ISA_BIT(ISA_D));
	c->senvcfg = !(fake & FAKE_SENVCFG) && csr_try_read(CSR_SENVCFG, v);
	c->hstateen = !(fake & FAKE_HSTATEEN) && csr_try_read(CSR_HSTATEEN0, v);
	/* Enabling the guest's compare register must not fire it: QEMU 10 keeps the interrupt when STCE is cleared again. */
	if ((isa & ISA_BIT(ISA_SSTC)) && csr_try_read(CSR_VSTIMECMP, v))
		csr_write(CSR_VSTIMECMP, UINT64_MAX - 1);
	c->henvcfg = !(fake & FAKE_HENVCFG) && csr_try_write(CSR_HENVCFG, HENVCFG_OFFER);
	if (c->henvcfg)
		c->henvcfg_bits = csr_read(CSR_HENVCFG) & HENVCFG_OFFER;
	c->sstc = !(fake & FAKE_SSTC) && probe_sstc(c, isa);
	c->guest_sstc = probe_guest_sstc(c);
	if (!c->guest_sstc)
		c->henvcfg_bits &= ~HENVCFG_STCE;
}

void caps_common(struct caps *common)
{
	*common = harts[0].caps;
	for (unsigned i = 1; i < nr_harts; i++) {
		const struct caps *c = &harts[i].caps;

		common->sstc &= c->sstc;
		common->guest_sstc &= c->guest_sstc;
		common->henvcfg &= c->henvcfg;
		common->senvcfg &= c->senvcfg;
		common->hstateen &= c->hstateen;
		common->fpu &= c->fpu;
		common->vmid_bits = MIN(common->vmid_bits, c->vmid_bits);
		common->gstage_modes &= c->gstage_modes;
		common->hedeleg &= c->hedeleg;
		common->hideleg &= c->hideleg;
		common->henvcfg_bits &= c->henvcfg_bits;
	}
	if (!common->guest_sstc)
		common->henvcfg_bits &= ~HENVCFG_STCE;
}

void caps_describe(const struct caps *c, char *buf, size_t size)
{
	snprintf(buf, size, "H %s, Sstc %s, FPU %s, henvcfg %s (0x%lx), senvcfg %s, hstateen %s, VMID bits %u, G-stage modes 0x%x",
		 c->h ? "yes" : "no", c->guest_sstc ? "yes" : c->sstc ? "not for guests" : "no", c->fpu ? "yes" : "no",
		 c->henvcfg ? "yes" : "no", c->henvcfg_bits, c->senvcfg ? "yes" : "no", c->hstateen ? "yes" : "no", c->vmid_bits, c->gstage_modes);
}

void caps_apply(const struct caps *common)
{
	csr_write(hedeleg, common->hedeleg);
	csr_write(hideleg, common->hideleg);
	csr_write(hcounteren, COUNTEREN_CY_TM_IR);
	csr_write(hvip, 0);
	csr_write(hie, 0);
	/* Written even where guests get nothing: what the firmware left there must not decide. */
	if (common->henvcfg)
		csr_write(CSR_HENVCFG, common->henvcfg_bits);
	/* Only senvcfg is switched; every other optional state stays out of the guest's reach. */
	if (common->hstateen)
		csr_write(CSR_HSTATEEN0, common->senvcfg ? HSTATEEN0_ENVCFG : 0);
	csr_write(sstatus, 0);
	csr_write(sie, SIP_SSIP | SIP_STIP);
}
