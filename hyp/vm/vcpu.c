/* SPDX-License-Identifier: MIT */
/* vcpu.c - what of a vCPU is in the hart while it runs. Contracts are in vcpu.h and sched.h. */
#include "vm/vcpu.h"

#include "lib/printf.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/unswitched.h"
#include "riscv/vector.h"
#include "vm/fence.h"
#include "vm/irq.h"
#include "vm/vm.h"

/* switch.S */
void fp_save(struct fp_state *fp);
void fp_restore(const struct fp_state *fp);

/* VMIDs handed out so far; 0 is for all vCPUs that there is none left for. Boot only. */
static uint64_t vmids_used;

bool vcpu_init(struct vcpu *v, struct vm *vm, unsigned index)
{
	char name[16];

	snprintf(name, sizeof(name), nr_vms > 1 ? "%s.v%u" : "%.0sv%u", vm->name, index);
	if (!thread_init(&v->thread, v, name) || !vector_init(&v->vector))
		return false;
	v->vm = vm;
	v->frame = (struct guest_frame *)v->thread.stack_top - 1;
	v->frame->vcpu = v;
	v->vmid = vmids_used < common_caps.vmid_mask ? ++vmids_used : 0;
	v->deadline = TIME_NEVER;
	timer_init(&v->timer, &v->thread);
	mp_vcpu_init(&v->mp, &vm->mp, index);
	return true;
}

/* ---- In and out of the hart --------------------------------------------------- */

/* Saved and loaded alike, in every machine. */
#define EACH_CSR(DO) \
	DO(hstatus) DO(vsstatus) DO(vstvec) DO(vsscratch) DO(vsepc) DO(vscause) DO(vstval) \
	DO(vsatp) DO(hvip) DO(scounteren)
#define SAVE(name) c->name = csr_read(name);
#define LOAD(name) csr_write(name, c->name);

void sched_guest_out(struct vcpu *v)
{
	struct vcpu_csrs *c = &v->csr;
	uint64_t sstatus;

	if (common_caps.counters) {
		v->counters[0] += csr_read(cycle);
		v->counters[1] += csr_read(instret);
	}
	/*
	 * With its interrupts enabled here, a guest that is not running would keep an idle hart
	 * from sleeping.
	 */
	c->vsie = csr_swap(vsie, 0);
	if (v->thread.state == THREAD_DEAD)
		return; /* its next life begins with other values: vcpu_reset() */
	sstatus = csr_read(sstatus);
	/* Always: QEMU does not mark our FS dirty when a guest writes only fcsr or frm. */
	if (common_caps.fpu)
		v->fp.fcsr = csr_read(CSR_FCSR);
	/* Without an FPU QEMU lets a guest set FS here. */
	if (common_caps.fpu && (sstatus & SSTATUS_FS) == SSTATUS_FS_DIRTY) {
		fp_save(&v->fp);
		v->fp_used = true;
		sstatus = (sstatus & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
		csr_write(sstatus, sstatus);
	}
	if (v->vector)
		sstatus = vector_save(v->vector, sstatus);
	c->sstatus = sstatus;
	EACH_CSR(SAVE)
	if (common_caps.guest_sstc)
		c->vstimecmp = csr_read(CSR_VSTIMECMP);
	if (common_caps.senvcfg)
		c->senvcfg = csr_read(CSR_SENVCFG);
}

static void load_csrs(const struct vcpu *v)
{
	const struct vcpu_csrs *c = &v->csr;
	const struct hart *h = this_hart();

	/*
	 * No walk may combine one guest's VMID with another's tables: leave the old tables before
	 * the VMID changes.
	 */
	csr_write(vsatp, 0);
	if (h->caps.unswitched | h->caps.open_siselect)
		unswitched_reset(!h->loaded || h->loaded->vm != v->vm);
	gstage_activate(v->vm->gstage_root, v->vmid);
	csr_write(sstatus, c->sstatus);
	EACH_CSR(LOAD)
	csr_write(htimedelta, v->vm->time_delta);
	if (common_caps.guest_sstc)
		csr_write(CSR_VSTIMECMP, c->vstimecmp);
	if (common_caps.senvcfg)
		csr_write(CSR_SENVCFG, c->senvcfg);
	if (common_caps.fwft)
		csr_write(CSR_HENVCFG, c->henvcfg);
}

static void load_fp(const struct vcpu *v)
{
	static const struct fp_state zeros;

	if (!common_caps.fpu)
		return;
	csr_set(sstatus, SSTATUS_FS);
	fp_restore(v->fp_used ? &v->fp : &zeros);
	csr_write(CSR_FCSR, v->fp.fcsr);
	csr_write(sstatus, (csr_read(sstatus) & ~SSTATUS_FS) | SSTATUS_FS_CLEAN);
}

void vcpu_trap_wfi(void)
{
	if (sched_contended())
		csr_set(hstatus, HSTATUS_VTW);
	else
		csr_clear(hstatus, HSTATUS_VTW);
}

void sched_guest_in(struct vcpu *v)
{
	struct hart *h = this_hart();
	bool moved = v->last_hart != h;

	v->frame->hart = h;
	if (moved || h->loaded != v) {
		load_csrs(v);
		load_fp(v);
		if (v->vector)
			vector_load(v->vector);
		/*
		 * What this hart remembers of another vCPU with the same VMID, or of one that has
		 * been elsewhere since, is stale. VMID 0 may even be that of another VM, with other
		 * second-stage tables, or of unswitched_reset().
		 */
		if (!v->vmid)
			gstage_flush_all();
		else if (moved)
			gstage_flush_vvma();
		if (moved)
			__asm__ volatile("fence.i" : : : "memory");
		h->loaded = v;
		v->last_hart = h;
	}
	csr_write(vsie, v->csr.vsie);
	fence_attend(v);
	irq_merge(v);
	vcpu_trap_wfi();
	if (v->steal_at)
		steal_show(v);
	/*
	 * A reset that began while we were off the hart: do not stay in the guest (see
	 * vcpu_attend).
	 */
	if (mp_must_stop(&v->mp))
		csr_set(sip, SIP_SSIP);
	if (common_caps.counters) {
		v->counters[0] -= csr_read(cycle);
		v->counters[1] -= csr_read(instret);
	}
}

/* ---- What a start finds ---------------------------------------------------------- */

void vcpu_reset(struct vcpu *v)
{
	v->csr = (struct vcpu_csrs){
		.sstatus = SSTATUS_SPP | (common_caps.fpu ? SSTATUS_FS_CLEAN : 0) |
			   (v->vector ? SSTATUS_VS_CLEAN : 0),
		.hstatus = HSTATUS_VSXL_64 | HSTATUS_SPV | HSTATUS_SPVP,
		/*
		 * UXL is 64 bits. Floating point and vectors are on, as firmware leaves them: some
		 * kernels rely on that.
		 */
		.vsstatus = 2UL << 32 | (common_caps.fpu ? SSTATUS_FS_DIRTY : 0) |
			    (v->vector ? SSTATUS_VS_DIRTY : 0),
		.vstimecmp = TIME_NEVER - 1,
		.scounteren = COUNTEREN_CY_TM_IR, /* kernels leave it to the firmware */
		.henvcfg = common_caps.henvcfg_bits,
	};
	v->fp_used = false;
	v->fp.fcsr = 0;
	if (v->vector)
		vector_reset(v->vector);
	v->deadline = TIME_NEVER;
	v->external_shown = 0;
	v->steal_at = 0;
	v->fwft = 0;
	if (v->pmu.used)
		v->pmu = (struct pmu){ 0 };
	v->last_hart = NULL; /* the first load writes everything and flushes: H29, H30 */
}

void vcpu_set_entry(struct vcpu *v, uint64_t pc, uint64_t arg)
{
	v->frame->sepc = pc;
	v->frame->a[0] = v->mp.index;
	v->frame->a[1] = arg;
	csr_write(vsatp, 0);
	csr_clear(vsstatus, SSTATUS_SIE);
	csr_set(sstatus, SSTATUS_SPP);
}
