/* SPDX-License-Identifier: MIT */
/*
 * vm.h - a virtual machine and its vCPUs.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "conf/payload.h"
#include "dev/uart.h"
#include "lib/seed.h"
#include "lib/types.h"
#include "mp/mp.h"
#include "riscv/frame.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/trace.h"

struct vm;

/* The VS-mode registers and the HS-mode ones that describe a guest: in the hart while it is loaded, here otherwise. */
struct vcpu_csrs {
	uint64_t sstatus, hstatus;
	uint64_t vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp;
	uint64_t hvip, vstimecmp, scounteren, senvcfg;
};

enum exit_kind { EXIT_ECALL, EXIT_INTERRUPT, EXIT_WFI, EXIT_MMIO, EXIT_FAULT, EXIT_KINDS };

struct vcpu {
	struct mp_vcpu mp; /* may it run? */
	struct thread thread; /* does it run? */
	struct vm *vm; /* constant */
	struct guest_frame *frame; /* constant: top of the thread's stack */
	/* touched by the vCPU's own thread, or by the hart that loads and saves it */
	struct vcpu_csrs csr;
	uint64_t vmid; /* constant: its own, or 0 */
	struct hart *last_hart; /* where its TLB entries are */
	uint64_t deadline; /* without Sstc: when the guest's timer fires, host time */
	struct timer timer;
	struct fp_state fp;
	bool fp_used; /* fp.f holds something; else all are zero since the start */
	uint64_t counters[2]; /* its cycle and instret; while it is loaded, less the hart's own */
	/* remote fences (vm/fence.c); atomic */
	uint64_t fence_asked, fence_done, fence_waiters;
	/* atomic: host time at which stuck_check() last found that it cannot go on; 0: it can */
	uint64_t stuck_at;
	uint32_t fence_away; /* between fence_leave() and fence_return() */
	/* statistics, written by the vCPU's own thread */
	uint64_t exits[EXIT_KINDS];
};

struct vm {
	struct mp_vm mp;
	/* constant once the VM runs */
	unsigned index;
	char name[16];
	unsigned nr_vcpus;
	struct vcpu *vcpus;
	paddr_t ram; /* host address of GUEST_RAM_BASE; contiguous, 2 MiB aligned */
	uint64_t ram_size; /* bytes, multiple of 2 MiB */
	uint64_t gstage_root; /* host address of the G-stage root, 16 KiB aligned */
	const struct vm_config *config; /* what to load and where, again at every reboot */
	uint64_t wake_after; /* ticks, 0: never */
	struct blob fdt;     /* the device tree of every boot, but for 32 bytes at seed_at */
	size_t seed_at;
	/* written by the keeper only */
	struct thread keeper;
	struct timer keeper_timer;
	uint64_t boots;
	struct seed secret; /* entropy.c */
	/* atomic: host time at which a vCPU last asked to suspend the VM */
	uint64_t suspended_at;
	/* atomic: host time since which all vCPUs that run are stuck (stuck_check), or 0 */
	uint64_t all_stuck_at;
	uint32_t keeper_asked; /* atomic: 1 since keeper_notify(), until the keeper looks */
	struct uart uart; /* atomic */
	/* written while no vCPU runs */
	uint64_t time_delta; /* guest time = host time + time_delta (htimedelta) */
};

extern struct vm vms[MAX_VMS];
extern unsigned nr_vms; /* constant once VMs run */

/* ---- vcpu.c ---- */
static inline struct vcpu *vcpu_of(struct mp_vcpu *mp)
{
	return CONTAINER_OF(mp, struct vcpu, mp);
}

bool vcpu_init(struct vcpu *v, struct vm *vm, unsigned index);
/*
 * Carry out what an mp operation of @self decided (struct mp_result); of the VM's keeper (NULL), where it is MP_LAUNCH or MP_WAKE.
 * Returns its SBI error; for MP_QUIESCE and MP_CHECKPOINT it does not return.
 */
long vcpu_act(struct vcpu *self, struct mp_result r);
/* Pass a checkpoint: stop here, for good, if the VM is resetting or dead. */
void vcpu_checkpoint(struct vcpu *self);
/* HART_STOP's second half, and a checkpoint's: leave the hart; the scheduler publishes STOPPED. */
NORETURN void vcpu_stop(struct vcpu *self);
/* A kick or a tick arrived in the guest: look at everything that could have been posted. */
void vcpu_attend(struct vcpu *v);
/*
 * Sleep until an interrupt is pending and enabled, or an agent asks a system-suspended VM to wake (@or_agent), or the VM resets: the
 * caller passes a checkpoint after this.
 */
void vcpu_wait(struct vcpu *v, bool or_agent);
/* Registers as SBI gives them to a started or resumed hart: pc, a0 = hart id, a1 = @arg, satp 0, SIE 0. */
void vcpu_set_entry(struct vcpu *v, uint64_t pc, uint64_t arg);

/* ---- irq.c: interrupts and time as the guest sees them; v is loaded on this hart unless noted ---- */
/* Post HVIP_* bits to any vCPU, loaded or not, and make it notice. */
void irq_post(struct vcpu *v, uint64_t bits);
/* Merge what was posted, and a due timer, into hvip. */
void irq_merge(struct vcpu *v);
/* Is an interrupt pending and enabled in vsie (whatever vsstatus.SIE says)? */
bool irq_pending(struct vcpu *v);
/* Set the guest's timer: @guest_time in guest ticks, UINT64_MAX: never. Clears or raises the pending bit at once. */
void irq_set_timer(struct vcpu *v, uint64_t guest_time);
/* With Sstc: when the guest's timer fires, host ticks; TIME_NEVER if never. */
uint64_t irq_timer_deadline(struct vcpu *v);

/* ---- fence.c ---- */
/* fence.i and/or hfence.vvma on every vCPU in @mask (bit i: vCPU i), done when it returns. */
void fence_vcpus(struct vcpu *self, uint64_t mask);
/* fence.i and hfence.vvma for the vCPU on this hart. */
void fence_self(void);
/* Do what was asked of the loaded vCPU @v. */
void fence_attend(struct vcpu *v);
void fence_wake_waiters(struct vcpu *v);
/*
 * Around a call of the firmware that may take long, by whatever thread: nobody waits meanwhile for fences of the vCPU that this
 * thread is, if it is one. It makes them good before its guest goes on. Between the two nothing may use the guest's translations.
 * The second gets what the first returns.
 */
struct vcpu *fence_leave(void);
void fence_return(struct vcpu *v);

/* ---- vm.c ---- */
/* Is [gpa, gpa + len) guest RAM? Overflow-safe; len 0 is true for an address in or just behind RAM. */
static inline bool vm_ram_contains(const struct vm *vm, gpaddr_t gpa, uint64_t len)
{
	uint64_t off = gpa - GUEST_RAM_BASE;

	return gpa >= GUEST_RAM_BASE && off <= vm->ram_size && len <= vm->ram_size - off;
}

/* See [gpa, gpa + n) of guest RAM, which it must be (vm_ram_contains), as by window_open(). */
void *vm_window(const struct vm *vm, gpaddr_t gpa, size_t n);
/*
 * Copy to guest RAM, which the range must be (vm_ram_contains); @buf NULL: clear it. Preemption
 * points every 64 KiB: other threads may run there.
 */
void vm_write(const struct vm *vm, gpaddr_t gpa, const void *buf, size_t n);
/* May a hart start at @pc: inside RAM, 2-byte aligned? */
static inline bool vm_entry_valid(const struct vm *vm, gpaddr_t pc)
{
	return !(pc & 1) && vm_ram_contains(vm, pc, 2);
}

/* Make VM number @index, whose ram is known, as @config, which stays, says. Boot only. False: no memory. */
bool vm_create(unsigned index, const struct vm_config *config);
/*
 * Make its device tree, once for all its boots; all harts are there. Boot only; writes to guest
 * RAM. False: fail_text says why.
 */
bool vm_describe(struct vm *vm);
/*
 * Put the pristine image, ramdisk and device tree into guest RAM; before the first boot all else
 * there is cleared. Long; has preemption points. False: vm_describe() could not make a tree.
 */
bool vm_load(struct vm *vm);

/* ---- entropy.c ---- */
/* Find out what nobody can guess, once; says so if there is too little. Boot only, harts probed. */
void entropy_gather(void);
/* Give a new VM its secret. Boot only. */
void entropy_for_vm(struct vm *vm);
/* Is there enough, so that nobody can guess a seed? After entropy_gather(). */
bool entropy_enough(void);
/* A seed for this boot of the VM. By its keeper only. */
void entropy_take(struct vm *vm, uint64_t seed[4]);

/* ---- exit.c: called from trap.S ---- */
void trap_from_guest(struct guest_frame *f, uint64_t cause);
void guest_page_fault(struct guest_frame *f, uint64_t cause, struct live_regs *live);
/* Returns the instruction if it is one for guest_counter_read(), else 0: all is done. */
uint64_t guest_virtual_instruction(struct guest_frame *f);
void guest_counter_read(struct guest_frame *f, uint64_t insn, struct live_regs *live);
/* Make the guest take exception @cause at its current instruction, in VS-mode. */
void inject_exception(struct vcpu *v, uint64_t cause, uint64_t tval);

/* ---- mmio.c: a guest's loads and stores that find a device, or nothing, instead of memory ---- */
/* Where the value of register x@n is, 1 <= n <= 31. */
uint64_t *mmio_reg(struct guest_frame *f, struct live_regs *live, unsigned n);

enum mmio_end {
	MMIO_DONE, /* the device has carried out the access, the pc has moved on */
	MMIO_RETRY, /* nothing done: memory has changed since. fence_self(), let the guest try again */
	MMIO_FAULT, /* the guest gets an access fault */
};

/* The guest page fault of an access. */
struct page_fault {
	uint64_t cause; /* EXC_*_GUEST_PAGE */
	uint64_t va; /* the guest virtual address of the byte that faulted, as in stval */
};

/*
 * Deal with @p (scause and stval) right after the trap: htinst, htval and hstatus are as that has left
 * them. For MMIO_FAULT, @p then says what the access really was. May sleep.
 */
enum mmio_end mmio_access(struct vcpu *v, struct live_regs *live, struct page_fault *p);

enum guest_walk {
	WALK_MAPPED,
	WALK_UNMAPPED,
	WALK_OUTSIDE, /* a page table that is not in the guest's RAM */
};

/*
 * Translate @va by the page tables of @v, which is loaded, as they are in memory now: to @gpa, by
 * the leaf @pte, if it is WALK_MAPPED. Checks no permissions.
 */
enum guest_walk guest_walk(const struct vcpu *v, uint64_t va, gpaddr_t *gpa, uint64_t *pte);

/* ---- stuck.c ---- */
/*
 * Can the loaded vCPU @self go on at all, or does its trap handler's first instruction trap? Says so
 * on the console; ends the VM, and does not return, if no vCPU of it is left that could change
 * that. Called now and then when the guest has been interrupted; no lock held.
 */
void stuck_check(struct vcpu *self);
/* @self, which has been stuck, goes on after all, or is about to stop. */
void stuck_no_more(struct vcpu *self);

/* ---- keeper.c ---- */
void keeper_main(void *vm);
/* Load and boot @vm for the first time. */
void keeper_start(struct vm *vm);
/* Something about the VM has changed that its keeper must look at. Any context, no spinlock of rank >= RANK_THREAD held. */
void keeper_notify(struct vm *vm);

/* ---- stats.c: what VMs did with their time, for people and for programs ---- */
/*
 * Print, per vCPU of @vm, the time run, waited and idle (neither) since it was first started, exits by cause, switches and migrations: a
 * readable line each. @vm has ended, once; with the last one everything follows as one line of JSON, for all VMs. NULL: the whole of it,
 * for all VMs, now; the numbers of a running vCPU are a snapshot. May sleep; no lock held.
 */
void stats_print(const struct vm *vm);

#endif
