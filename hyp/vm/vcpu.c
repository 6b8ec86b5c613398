/* SPDX-License-Identifier: MIT */
/*
 * vcpu.c - a vCPU as a thread: its start and end, what is in the hart while it runs, and how it sleeps.
 */
#include "lib/atomic.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "port/port.h"
#include "riscv/caps.h"
#include "riscv/csr.h"
#include "riscv/gstage.h"
#include "riscv/unswitched.h"
#include "vm/vm.h"

/* trap.S, switch.S */
NORETURN void guest_first_entry(struct guest_frame *f);
void fp_save(struct fp_state *fp);
void fp_restore(const struct fp_state *fp);

/* VMIDs handed out so far; 0 is for all vCPUs that there is none left for. Boot only. */
static uint64_t vmids_used;

bool vcpu_init(struct vcpu *v, struct vm *vm, unsigned index)
{
	char name[16];

	snprintf(name, sizeof(name), nr_vms > 1 ? "%s.v%u" : "%.0sv%u", vm->name, index);
	if (!thread_init(&v->thread, v, name))
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
	DO(hstatus) DO(vsstatus) DO(vstvec) DO(vsscratch) DO(vsepc) DO(vscause) DO(vstval) DO(vsatp) DO(hvip) DO(scounteren)
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
	/* With its interrupts enabled here, a guest that is not running would keep an idle hart from sleeping. */
	c->vsie = csr_swap(vsie, 0);
	if (v->thread.state == THREAD_DEAD)
		return; /* its next life begins with other values: launch() */
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

	/* No walk may combine one guest's VMID with another's tables: leave the old tables before the VMID changes. */
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

/* Trap the guest's WFI only if somebody else wants the hart. */
static void update_wfi_trap(void)
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
		/* What this hart remembers of another vCPU with the same VMID, or of one that has been elsewhere since, is stale. */
		if (!v->vmid)
			gstage_flush_all(); /* the other one may even be of another VM, with other second-stage tables */
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
	update_wfi_trap();
	/* A reset that began while we were off the hart: do not stay in the guest (see vcpu_attend). */
	if (mp_must_stop(&v->mp))
		csr_set(sip, SIP_SSIP);
	if (common_caps.counters) {
		v->counters[0] -= csr_read(cycle);
		v->counters[1] -= csr_read(instret);
	}
}

void sched_guest_left(struct vcpu *v, bool ended)
{
	fence_wake_waiters(v);
	/* After this call another hart may start it afresh. */
	if (!ended)
		return;
	if (mp_stopped(&v->mp).action == MP_SETTLE)
		keeper_notify(v->vm);
	RACE_EVENT(v, stopped);
}

void vcpu_attend(struct vcpu *v)
{
	vcpu_checkpoint(v);
	fence_attend(v);
	irq_merge(v);
	sched_preempt();
	update_wfi_trap();
}

/* ---- Start and stop ------------------------------------------------------------ */

/* The state of a hart after reset, for a vCPU that is on no hart. What and why: START-STATE.md. */
static void reset_state(struct vcpu *v)
{
	v->csr = (struct vcpu_csrs){
		.sstatus = SSTATUS_SPP | (common_caps.fpu ? SSTATUS_FS_CLEAN : 0),
		.hstatus = HSTATUS_VSXL_64 | HSTATUS_SPV | HSTATUS_SPVP,
		/* UXL is 64 bits. Floating point is on, as firmware leaves it: some kernels rely on that. */
		.vsstatus = 2UL << 32 | (common_caps.fpu ? SSTATUS_FS_DIRTY : 0),
		.vstimecmp = TIME_NEVER - 1,
		.scounteren = COUNTEREN_CY_TM_IR, /* kernels leave it to the firmware */
	};
	v->fp_used = false;
	v->fp.fcsr = 0;
	v->deadline = TIME_NEVER;
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

/* The first thing a launched vCPU's thread does. */
static void vcpu_main(void *arg)
{
	struct vcpu *v = arg;
	uint64_t pc, opaque;

	mp_started(&v->mp, &pc, &opaque);
	vcpu_checkpoint(v);
	log_debug("started at 0x%lx, a1 0x%lx", pc, opaque);
	vcpu_set_entry(v, pc, opaque);
	guest_first_entry(v->frame);
}

void vcpu_stop(struct vcpu *self)
{
	log_debug("stops"); /* not later: who asks for its state waits for the end of this stop */
	timer_cancel(&self->timer); /* H33: nothing may wake a stopped vCPU */
	if (self->stuck_at)
		stuck_no_more(self);
	mp_hart_stop(&self->mp);
	sched_exit();
}

void vcpu_checkpoint(struct vcpu *self)
{
	if (mp_must_stop(&self->mp))
		vcpu_stop(self);
}

static NOINLINE void launch(struct vcpu *v)
{
	reset_state(v);
	sched_launch(&v->thread, vcpu_main, v, sizeof(struct guest_frame));
	log_debug("v%u: START_PENDING", v->mp.index);
	RACE_POINT(start_launched);
}

/* What ends in a stop: of @self, or of all. */
static NOINLINE void act_to_stop(struct vcpu *self, enum mp_action action)
{
	if (action == MP_QUIESCE)
		for (unsigned i = 0; i < self->vm->nr_vcpus; i++)
			if (&self->vm->vcpus[i] != self)
				sched_notify(&self->vm->vcpus[i].thread);
	vcpu_stop(self);
}

long vcpu_act(struct vcpu *self, struct mp_result r)
{
	if (r.action == MP_LAUNCH)
		launch(vcpu_of(r.target));
	else if (r.action == MP_WAKE)
		sched_notify(&vcpu_of(r.target)->thread);
	else if (r.action != MP_NOTHING && r.action != MP_SLEEP) /* for the latter the caller sleeps in its own way */
		act_to_stop(self, r.action);
	return r.error;
}

/* ---- Sleep ------------------------------------------------------------------------ */

void vcpu_wait(struct vcpu *v, bool or_agent)
{
	while (!mp_must_stop(&v->mp) && !irq_pending(v) && !(or_agent && mp_wake_asked(&v->mp))) {
		if (common_caps.guest_sstc)
			timer_arm(&v->timer, csr_read(hie) & HVIP_VSTIP ? irq_timer_deadline(v) : TIME_NEVER);
		port_park();
	}
	/* Without Sstc the timer stays armed for the time the guest has set. */
	if (common_caps.guest_sstc)
		timer_cancel(&v->timer);
}
