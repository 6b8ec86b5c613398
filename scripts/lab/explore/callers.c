/* SPDX-License-Identifier: MIT */
/*
 * callers.c - the callers of hyp/mp, compiled unchanged: hyp/sbi/hsm.c, susp.c and srst.c,
 * hyp/vm/life.c and keeper.c. Here is what they stand on: the scheduler, the registers, the
 * console, as far as the protocol's world has them. The ghosts look where the callers pass.
 *
 * What is not here makes the callers' work harder: sched_guest_in() looks for a reset again on the
 * way back into the guest, so some checkpoints are the second of two on a real hart. Not looked at
 * are a vCPU's timer, whether the keeper polls the console, and a keeper that never rests.
 */
#include <string.h>

#include "cast.h"
#include "lib/atomic.h"
#include "lib/log.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "vm/fence.h"
#include "vm/host.h"
#include "vm/irq.h"
#include "vm/keeper.h"
#include "vm/life.h"
#include "vm/stuck.h"

struct options host_options;
static struct guest_frame frames[MAX_V];
static struct vm_config config;
static bool begun; /* the first state is complete */

static void rest(void);

/* The sleeps of the callers; hyp/lock/mutex.c has others. */
#define port_park() rest()
#include "vm/life.c"
#include "vm/keeper.c"
#undef port_park
#include "sbi/hsm.c"
#include "sbi/srst.c"
#include "sbi/susp.c"

/* ---- Threads --------------------------------------------------------------- */

void operation_ended(unsigned i)
{
	g.op[i] = NONE; /* a call that has ended in a stop */
	g.target[i] = g.seen[i] = 0;
	if (i < nr_vcpus)
		g.woken[i] = 0;
}

static const void *arg_of(unsigned co)
{
	return co == KEEPER ? (const void *)&vms[0] : &vcpus[co];
}

void run_launched(unsigned co)
{
	if (co < nr_vcpus)
		g.on_hart[co] = 1;
	(co == KEEPER ? keeper_main : vcpu_main)((void *)(uintptr_t)arg_of(co));
}

/* A successful start ends here: one for each time that a vCPU has left STOPPED. */
void sched_launch(struct thread *t, void (*entry)(void *arg), void *arg, size_t reserve UNUSED)
{
	unsigned i = nr_of(t);

	if (begun && (opt_fine || allowed(WITH_SRST))) /* a reset's wake-up before this is lost */
		yield_always();
	if (entry != (i == KEEPER ? keeper_main : vcpu_main) || arg != arg_of(i))
		violation("H5: %s is launched to run something else", name(i));
	if (i == KEEPER)
		return;
	if (g.life[i] != DEAD || g.on_hart[i])
		violation("H5: v%u is launched while its old context is still in use", i);
	look();
	if (!g.edges[i]--)
		violation("I3: two starts of v%u succeeded for one time it left STOPPED", i);
	if (begun && !g.fresh[i])
		violation("H5: v%u is launched with the registers of its last life", i);
	g.fresh[i] = 0;
	take_token(i);
	g.life[i] = LAUNCHED;
}

void sched_exit(void)
{
	g.life[me()] = LEAVING; /* the context is being saved */
	leave_stack();
}

void leave_hart(unsigned vcpu)
{
	g.on_hart[vcpu] = 0;
	g.life[vcpu] = DEAD;
	sched_guest_left(&vcpus[vcpu], true);
}

void sched_notify(struct thread *t)
{
	wake(nr_of(t));
}

void sched_yield(void)
{
}

void sched_preempt(void)
{
}

void explore_event(struct vcpu *v, const char *what)
{
	note_point(v->mp.index, what);
}

static void rest(void)
{
	unsigned i = me();

	g.asleep[i] = 1;
	yield(W_PARK, NULL);
	g.asleep[i] = 0;
	if (i == KEEPER && !has_token(i))
		vms[0].keeper_timer.armed = false; /* so it was the timer */
	take_token(i);
	if (i == KEEPER && (reduced & REDUCE_KEEPER))
		go_on();
}

/*
 * To print may take long, and the sleep uses up a token. A vCPU that then goes on to its guest
 * looks again at all that could have come (sched_guest_in): as if it had not slept.
 */
void log_write(const char *fmt UNUSED, ...)
{
	if (me() == KEEPER || (me() < nr_vcpus && state_of(me()) == MP_SUSPENDED))
		take_token(me());
}

/* ---- Registers and interrupts ------------------------------------------------ */

/* What a vCPU has been told at its start it has used, or needs no more. */
static void forget_start(unsigned i)
{
	vcpus[i].mp.entry_pc_ = vcpus[i].mp.entry_arg_ = 0;
	g.winner[i] = g.posted[i] = 0;
}

void vcpu_reset(struct vcpu *v)
{
	unsigned i = v->mp.index;

	if (begun && g.life[i] != DEAD)
		violation("H5: the registers of v%u are reset, and it may use them", i);
	g.fresh[i] = 1;
}

void vcpu_set_entry(struct vcpu *v, uint64_t pc, uint64_t arg)
{
	if (g.op[v->mp.index] == SUSPEND_SYSTEM && !g.woken[v->mp.index])
		violation("I15: v%u has suspended the system, and goes on without a reason",
			  v->mp.index);
	v->frame->sepc = pc;
	v->frame->a[0] = v->mp.index;
	v->frame->a[1] = arg;
}

void check_entry(struct guest_frame *f, uint64_t at)
{
	unsigned i = f->vcpu->mp.index;

	if (f->sepc != at || f->a[0] != i || f->a[1] != at)
		violation("I4: v%u %s at 0x%lx with a0 %lu and a1 0x%lx; 0x%lx was asked for", i,
			  g.life[i] == LAUNCHED ? "enters" : "resumes", (unsigned long)f->sepc,
			  (unsigned long)f->a[0], (unsigned long)f->a[1], (unsigned long)at);
	*f = (struct guest_frame){ .vcpu = f->vcpu };
}

void guest_first_entry(struct guest_frame *f)
{
	struct mp_vcpu *v = &f->vcpu->mp;

	check_entry(f, ADDRESS(g.winner[v->index]));
	if (g.posted[v->index] && !v->irq_posted)
		violation("I13: v%u has lost an interrupt posted after its start", v->index);
	if (reduced & REDUCE_POSTS)
		(void)mp_take_irqs(v);
	forget_start(v->index);
	g.life[v->index] = GUEST;
	leave_stack();
}

void vcpu_trap_wfi(void)
{
}

void irq_post(struct vcpu *v, uint64_t bits)
{
	unsigned i = v->mp.index;

	mp_post_irq(&v->mp, bits);
	/* H6, I13: from a successful start on an interrupt stays. Stopped vCPUs may lose theirs. */
	if (state_of(i) == MP_START_PENDING && !g.edges[i])
		g.posted[i] = 1;
	sched_notify(&v->thread);
}

/* The guest has all of them enabled, and handles them at once. */
bool irq_pending(struct vcpu *v)
{
	bool pending = mp_take_irqs(&v->mp) != 0;

	g.woken[v->mp.index] |= pending && g.op[v->mp.index] == SUSPEND_SYSTEM;
	return pending;
}

void irq_merge(struct vcpu *v)
{
	(void)mp_take_irqs(&v->mp);
}

void irq_watch_timer(struct vcpu *v UNUSED)
{
}

/*
 * A vCPU is awake. What mp_resume() looks at without the lock is final, if it is no system suspend,
 * and what comes now is for later: it and its section are one step.
 */
void irq_unwatch_timer(struct vcpu *v)
{
	if (g.op[v->mp.index] == SUSPEND_SYSTEM)
		g.woken[v->mp.index] |= VM.wake_asked_ || system_ends();
	if ((reduced & REDUCE_RESUME) && g.op[v->mp.index] != SUSPEND_SYSTEM)
		go_on();
}

void timer_arm(struct timer *timer, uint64_t deadline)
{
	timer->armed = deadline != TIME_NEVER;
}

/* Of a vCPU, by itself, which stops. */
void timer_cancel(struct timer *timer)
{
	timer->armed = false;
	forget_start(me());
}

void stuck_no_more(struct vcpu *self UNUSED)
{
}

void steal_show(struct vcpu *v UNUSED)
{
}

void fence_attend(struct vcpu *v UNUSED)
{
}

void fence_wake_waiters(struct vcpu *v UNUSED)
{
}

/* ---- The VM and its console ---------------------------------------------------- */

struct vcpu *sbi_vcpu(const struct vcpu *v UNUSED, uint64_t hartid)
{
	return hartid < nr_vcpus ? &vcpus[hartid] : NULL;
}

/* What it has chosen is in one step with taking vm->lock for that. */
static void keeper_goes_on(void)
{
	if (!begun || !(reduced & REDUCE_KEEPER))
		return;
	go_on();
	before_lock();
}

/* A VM that cannot be loaded once more ends, as one does that is shut down. */
bool vm_load(struct vm *vm UNUSED)
{
	bool loaded = !begun || choose(2) == 0;

	keeper_goes_on();
	return loaded;
}

void host_vm_ended(bool failed UNUSED)
{
	if (g.ended || VM.phase_ != MP_DEAD)
		violation("I9: the VM ends %s", g.ended ? "twice" : "and is not dead");
	g.ended = 1;
}

void console_vm_ended(struct vm *vm UNUSED)
{
}

bool console_key_waiting(struct vm *vm UNUSED)
{
	bool key = allowed(WITH_AGENT) && choose(2) == 1;

	if (key)
		keeper_goes_on();
	return key;
}

/* It prints, as in log_write(). */
void console_poll(void)
{
	yield_always();
	take_token(me());
}

/* No device is looked after: that is one more reason to wake up, as the console is. */
bool device_watch(struct vm *vm UNUSED)
{
	return false;
}

/* ---- For the world --------------------------------------------------------------- */

/* As sbi_call() finds it: what the row SBI_EXTENSION() of its file has put there. */
#define FUNCTION(id, number) functions_##id[number]

/* What the guest of @v gets for that call. */
struct sbi_ret sbi(enum call call, struct vcpu *v, const uint64_t *a)
{
	switch (call) {
	case CALL_START:
		return FUNCTION(0x48534d, 0)(v, a);
	case CALL_STOP:
		return FUNCTION(0x48534d, 1)(v, a);
	case CALL_STATUS:
		return FUNCTION(0x48534d, 2)(v, a);
	case CALL_SUSPEND:
		return FUNCTION(0x48534d, 3)(v, a);
	case CALL_SUSPEND_SYSTEM:
		return FUNCTION(0x53555350, 0)(v, a);
	case CALL_RESET:
		return FUNCTION(0x53525354, 0)(v, a);
	}
	return SBI_ERR(SBI_NOT_SUPPORTED);
}

void callers_init(void)
{
	struct vm *vm = &vms[0];

	if (allowed(WITH_CONSOLE))
		nr_vms = 2; /* nothing happens in the other */
	log_level = LOG_DEBUG; /* every line may sleep */
	config.layout.entry = config.layout.fdt = ADDRESS(TAG(KEEPER));
	vm->config = &config;
	vm->ram_base = GUEST_RAM_BASE;
	vm->ram_size = MIB;
	vm->nr_vcpus = nr_vcpus;
	vm->vcpus = vcpus;
	for (unsigned i = 0; i < nr_vcpus; i++) {
		frames[i].vcpu = &vcpus[i];
		vcpus[i].frame = &frames[i];
		vcpus[i].vm = vm;
	}
	region_of(KEEPER, &vm->keeper_asked, sizeof(vm->keeper_asked));
	region_of(KEEPER, &vm->keeper_timer, sizeof(vm->keeper_timer));
	keeper_start(vm);
}

void callers_begun(void)
{
	begun = true;
}
