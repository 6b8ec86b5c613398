/* SPDX-License-Identifier: MIT */
/*
 * hart.c - the hart pool and the guest's own locks.
 */
#include "hart.h"
#include "atomic.h"
#include "console.h"
#include "csr.h"
#include "test.h"
#include "time.h"

#define STACK_SIZE 8192

_Static_assert(offsetof(struct hart, id) == H_ID, "id");
_Static_assert(offsetof(struct hart, stack_top) == H_STACK_TOP, "stack");
_Static_assert(offsetof(struct hart, trap_sp) == H_TRAP_SP, "trap_sp");
_Static_assert(offsetof(struct hart, trap_tmp) == H_TRAP_TMP, "trap_tmp");
_Static_assert(offsetof(struct hart, save_sp) == H_SAVE_SP, "save_sp");
_Static_assert(offsetof(struct hart, entry.a0) == H_ENTRY_A0, "a0");
_Static_assert(offsetof(struct hart, entry.tag) == H_ENTRY_TAG, "tag");
_Static_assert(offsetof(struct hart, resume) == H_RESUME, "resume");
_Static_assert(offsetof(struct hart, regs_in) == H_REGS_IN, "regs_in");
_Static_assert(offsetof(struct hart, regs_out) == H_REGS_OUT, "regs_out");
_Static_assert(sizeof(struct hart) == H_SIZE, "struct hart");
_Static_assert(sizeof(struct trap_frame) == F_SIZE, "frame");
_Static_assert(offsetof(struct trap_frame, stval) == F_STVAL, "stval");

struct hart harts[MAX_HARTS];
u64 hart_count;
struct hart *main_hart;
u32 hart_abort_flag;

static u8 stacks[MAX_HARTS][STACK_SIZE] ALIGNED(16);

void cpu_relax(void)
{
	/* pause, spelled out: old assemblers want Zihintpause for it */
	__asm__ volatile(".4byte 0x0100000f" : : : "memory");
	if (hart_self() == main_hart)
		test_check_time();
	else if (load_acquire(&hart_abort_flag))
		hart_exit();
}

void delay_ms(u64 ms)
{
	u64 end = after_ms(ms);

	while (now() < end)
		cpu_relax();
}

void spin_lock(struct spinlock *lock)
{
	u32 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (load_acquire(&lock->serving) != ticket)
		__asm__ volatile(".4byte 0x0100000f");
}

void spin_unlock(struct spinlock *lock)
{
	store_release(&lock->serving, lock->serving + 1);
}

void barrier_init(struct barrier *b, u32 count)
{
	*b = (struct barrier){ .count = count };
	fence_all();
}

void barrier_wait(struct barrier *b)
{
	u32 round = load_acquire(&b->round);

	if (add_fetch(&b->arrived, 1) == b->count) {
		b->arrived = 0;
		store_release(&b->round, round + 1);
		return;
	}
	while (load_acquire(&b->round) == round)
		cpu_relax();
}

struct hart *other_hart(u32 n)
{
	for_each_hart(h)
		if (h != main_hart && n-- == 0)
			return h;
	return NULL;
}

u64 hart_bit(const struct hart *h)
{
	return h->id < 64 ? 1ul << h->id : 0;
}

void hart_prepare(struct hart *h, hart_fn fn, void *arg)
{
	h->fn = fn;
	h->arg = arg;
	h->entry = (struct entry_record){ 0 };
	fence_all();
}

void hart_run(struct hart *h, hart_fn fn, void *arg)
{
	struct sbi_ret r;

	if (!hart_wait_stopped(h, PATIENCE_MS))
		test_fail(__FILE__, __LINE__, "hart %lu is not STOPPED", h->id);
	hart_prepare(h, fn, arg);
	/* Some firmware still answers "busy" right after saying STOPPED. */
	WAIT_FOR((r = sbi_hart_start(h->id, hart_entry_a, 0)).error !=
		 SBI_INVALID_PARAM && r.error != SBI_ALREADY_AVAILABLE,
		 PATIENCE_MS);
	if (r.error)
		test_fail(__FILE__, __LINE__, "start of hart %lu: %s", h->id,
			  sbi_error_name(r.error));
}

bool hart_wait_state(struct hart *h, u64 state, u64 ms)
{
	struct sbi_ret r;

	return WAIT_FOR((r = sbi_hart_status(h->id)).error == 0 &&
			r.value == state, ms);
}

bool hart_wait_stopped(struct hart *h, u64 ms)
{
	return hart_wait_state(h, HSM_STOPPED, ms);
}

void harts_join(void)
{
	for_each_other(h)
		if (!hart_wait_stopped(h, PATIENCE_MS))
			test_fail(__FILE__, __LINE__,
				  "hart %lu did not stop: %s", h->id,
				  hsm_state_name(sbi_hart_status(h->id).value));
}

bool harts_abort(u64 ms)
{
	bool all = true;

	store_release(&hart_abort_flag, 1);
	for_each_other(h)
		if (sbi_hart_status(h->id).value != HSM_STOPPED)
			sbi_send_ipi(1, h->id);
	for_each_other(h)
		all &= hart_wait_stopped(h, ms);
	store_release(&hart_abort_flag, 0);
	return all;
}

void hart_exit(void)
{
	struct hart *h = hart_self();

	irq_off();
	store_release(&h->up, 0);
	sbi_hart_stop();
	print("hart %lu: HART_STOP returned\n", h->id);
	for (;;)
		wfi();
}

/*
 * A hart other than the first has come to the image's first instruction. So
 * does OpenSBI before 1.3 now and then: HART_START makes the hart START_PENDING
 * first and writes its address afterwards, and a hart that is on its way from
 * reset goes to where the boot hart went. Nothing can be judged on that.
 */
static NORETURN void started_without_address(struct hart *h)
{
	print("\nFIRMWARE FAULT: hart %lu was sent to where the machine boots, "
	      "not where HART_START said\n", h->id);
	machine_shutdown(true);
}

void hart_main(struct hart *h)
{
	if (h->entry.tag == TAG_BOOT)
		started_without_address(h);
	for (unsigned int i = 0; i < ARRAY_SIZE(h->irq); i++)
		h->irq[i] = NULL;
	h->catching = false;
	h->soft_count = h->timer_count = 0;
	store_release(&h->up, 1);
	h->fn(h->arg);
	hart_exit();
}

/* What a hart loses over a non-retentive suspend and wants back. */
struct lost_csrs {
	u64 sie, satp, sie_bit;
};

static bool suspend_common(bool system, u64 type, void (*entry)(void),
			   u64 opaque, struct sbi_ret *ret)
{
	struct hart *h = hart_self();
	struct lost_csrs keep = {
		csr_read(sie), csr_read(satp), irq_save()
	};
	bool resumed;

	h->entry = (struct entry_record){ 0 };
	resumed = context_save(&h->resume);
	if (!resumed && system)
		*ret = sbi_system_suspend(type, entry, opaque);
	else if (!resumed)
		*ret = sbi_hart_suspend(type, entry, opaque);
	csr_write(satp, keep.satp);
	csr_write(sie, keep.sie);
	irq_restore(keep.sie_bit);
	return resumed;
}

bool hart_suspend_to(u64 type, void (*entry)(void), u64 opaque,
		     struct sbi_ret *ret)
{
	return suspend_common(false, type, entry, opaque, ret);
}

bool system_suspend_to(u64 type, void (*entry)(void), u64 opaque,
		       struct sbi_ret *ret)
{
	return suspend_common(true, type, entry, opaque, ret);
}

void boot_main(u64 id, const void *fdt, u64 entry_sie)
{
	bool good;

	console_init();
	good = machine_init(fdt);
	for (u32 i = 0; i < machine.hart_count; i++) {
		struct hart *h = &harts[i];

		h->id = machine.hart_id[i];
		h->index = i;
		h->stack_top = (u64)stacks[i] + STACK_SIZE;
		if (h->id == id)
			main_hart = h;
	}
	hart_count = machine.hart_count;
	if (!good || !main_hart) {
		print("guest: device tree at %p lacks harts, memory or "
		      "timebase\n", fdt);
		machine_shutdown(true);
	}
	main_hart->entry = (struct entry_record){
		.a0 = id, .a1 = (u64)fdt, .satp = csr_read(satp),
		.sstatus = csr_read(sstatus), .sie = entry_sie,
		.sip = csr_read(sip), .tag = TAG_BOOT,
	};
	__asm__ volatile("mv tp, %0" : : "r"(main_hart));
	csr_write(sscratch, main_hart);
	csr_write(stvec, trap_entry);
	main_hart->up = 1;
	guest_main();
	machine_shutdown(false);
}
