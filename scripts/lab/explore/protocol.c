/* SPDX-License-Identifier: MIT */
/*
 * protocol.c - the world of hyp/mp, hyp/lock and their callers: vCPUs whose guests may call
 * anything at any time, the VM's keeper, and an agent outside.
 *
 * Here is what may be done, and when, and what each call has to answer. What it does is the
 * hypervisor's own code, on the stand-ins of callers.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "lib/atomic.h"
#include "port/port.h"
#include "vm/irq.h"
#include "vm/life.h"

extern uint32_t suspend_flag __attribute__((weak)); /* of the variants that have one */

unsigned nr_vcpus = 3, max_ops, max_waiters = ~0U;
unsigned with = WITH_ALL, reduced = REDUCE_MOST;

static void point(const char *what)
{
	note_point(me(), what);
}

/* ---- Operations -------------------------------------------------------- */

static void begin_op(enum op op, unsigned target)
{
	unsigned self = me();

	g.op[self] = (uint8_t)op;
	g.target[self] = (uint8_t)target;
	g.seen[self] = 0;
	if (op == START)
		g.seen[self] =
			state_of(target) != MP_STOPPED || (self == AGENT && VM.phase_ != MP_RUN);
	for (unsigned i = 0; op == SUSPEND_SYSTEM && i < nr_vcpus; i++)
		g.seen[self] |= i != self && state_of(i) != MP_STOPPED;
}

/* Did the operation in progress have a reason to be refused? */
static bool end_op(void)
{
	unsigned self = me();
	bool seen = g.seen[self];

	g.op[self] = NONE;
	g.target[self] = g.seen[self] = 0;
	return seen;
}

static void start(unsigned target)
{
	unsigned self = me();
	long error;

	begin_op(START, target);
	if (self == AGENT)
		error = vcpu_act(NULL, mp_hart_start(NULL, &vcpus[target].mp, ADDRESS(TAG(self)),
						     ADDRESS(TAG(self))));
	else
		error = sbi(CALL_START, &vcpus[self],
			    (uint64_t[]){ target, ADDRESS(TAG(self)), ADDRESS(TAG(self)) })
				.error;
	if (!end_op() && error && allowed(WITH_REFUSALS))
		violation("I5: the start of v%u by %s was refused (%ld), and v%u was stopped all "
			  "the time",
			  target, name(self), error, target);
}

/* What a call returns is in a0 and a1. */
static void check_resumed(struct vcpu *v, struct sbi_ret r)
{
	v->frame->a[0] = (uint64_t)r.error;
	v->frame->a[1] = r.value;
	check_entry(v->frame, ADDRESS(TAG_RESUME(v->mp.index)));
}

static void suspend_hart(struct vcpu *v, uint32_t type)
{
	uint64_t at = ADDRESS(TAG_RESUME(v->mp.index));
	struct sbi_ret r = sbi(CALL_SUSPEND, v, (uint64_t[]){ type, at, at });

	if (type)
		check_resumed(v, r);
	else if (r.error || r.value)
		violation("I5: v%u's retentive suspend was refused (%ld)", v->mp.index, r.error);
}

static void suspend_system(struct vcpu *v)
{
	uint64_t at = ADDRESS(TAG_RESUME(v->mp.index));
	struct sbi_ret r;

	begin_op(SUSPEND_SYSTEM, 0);
	g.woken[v->mp.index] = 0;
	r = sbi(CALL_SUSPEND_SYSTEM, v, (uint64_t[]){ 0, at, at });
	if (!end_op() && r.error < 0)
		violation("I5: the suspend by v%u was denied, and all others were stopped all the "
			  "time",
			  v->mp.index);
	if (r.error >= 0)
		check_resumed(v, r);
}

/* Nobody in the hypervisor does that, but hyp/mp lets it. */
static void reset_from_outside(void)
{
	if (mp_system_reset(&VM, NULL, SRST_COLD_REBOOT, SRST_NO_REASON).action != MP_QUIESCE)
		return;
	for (unsigned i = 0; i <= KEEPER; i++)
		wake(i);
}

static void reset_by(struct vcpu *v)
{
	(void)sbi(CALL_RESET, v, (uint64_t[]){ SRST_COLD_REBOOT, SRST_NO_REASON });
	violation("I2: v%u has reset the system and goes on in its guest", v->mp.index);
}

/* The choices of a coroutine at rest. */
enum choice {
	C_START, /* + target */
	C_POST = C_START + MAX_V, /* + target */
	C_STOP = C_POST + MAX_V,
	C_SUSPEND,
	C_NAP, /* retentive */
	C_SUSPEND_SYSTEM,
	C_STATUS, /* of the next vCPU */
	C_RESET,
	C_ENTER, /* a launched thread's first act */
	C_ATTEND, /* an interrupt or a kick has come */
	C_LEFT, /* a hart: the vCPU has left it */
	NR_CHOICES
};

static bool needs_lock(unsigned choice)
{
	return choice < C_POST || choice == C_SUSPEND_SYSTEM || choice == C_RESET;
}

/*
 * REDUCE_RESUME: the two kinds of HART_SUSPEND differ in what the vCPU itself finds afterwards:
 * each has one kind.
 */
static bool suspends_so(unsigned co, unsigned choice)
{
	return !(reduced & REDUCE_RESUME) || (choice == C_NAP) == co % 2;
}

/* What a guest, or the agent, may ask for. */
static bool may_ask(unsigned co, unsigned choice)
{
	bool agent = co == AGENT;

	if (choice < C_POST)
		return choice - C_START < nr_vcpus;
	switch (choice) {
	case C_STOP:
	case C_SUSPEND_SYSTEM:
		return !agent;
	case C_SUSPEND:
	case C_NAP:
		return !agent && allowed(WITH_HSUSP) && suspends_so(co, choice);
	case C_STATUS:
		return !agent && allowed(WITH_STATUS);
	case C_RESET:
		return allowed(WITH_SRST);
	}
	return false;
}

/*
 * Interrupts come to whoever could notice; to others they may come later. Without REDUCE_POSTS: to
 * everybody at any time.
 */
static bool may_post(unsigned choice)
{
	unsigned t = choice - C_POST;

	if (choice < C_POST || t >= nr_vcpus || !allowed(WITH_IPI) ||
	    (vcpus[t].mp.irq_posted && has_token(t)))
		return false;
	if (!(reduced & REDUCE_POSTS))
		return VM.phase_ != MP_DEAD;
	return !vcpus[t].mp.irq_posted && (g.life[t] == LAUNCHED || g.asleep[t]);
}

static enum duty may(unsigned co, unsigned choice)
{
	if (co == KEEPER)
		return choice == C_ENTER ? MUST : NO;
	if (co >= HART(0))
		return choice == C_LEFT && g.life[co - HART(0)] == LEAVING ? MUST : NO;
	if (co == WIRE)
		return may_post(choice) ? MAY : NO;
	if (co < nr_vcpus) {
		if (g.life[co] == DEAD || g.life[co] == LEAVING)
			return NO;
		if (g.life[co] == LAUNCHED)
			return choice == C_ENTER ? MUST : NO;
		if (choice == C_ATTEND)
			return has_token(co) ? MUST : NO;
	} else if (!allowed(WITH_AGENT)) {
		return NO;
	}
	if (VM.phase_ == MP_DEAD) /* as in a reset, only that nothing comes after it */
		return NO;
	if ((max_ops && g.ops[co] >= max_ops) || (needs_lock(choice) && crowded()))
		return NO;
	return may_ask(co, choice) ? MAY : NO;
}

/*
 * The keeper's timer may fire at any time; and what it looks at needs vm->lock. A mutex waiter,
 * told to wake for another reason, waits on: any number of times, so there is no need to remember
 * the token.
 */
static enum duty parked(unsigned co)
{
	if (co == KEEPER && g.asleep[co] && crowded())
		return NO;
	if (has_token(co))
		return MUST;
	if (co == KEEPER && g.asleep[co])
		return VM.phase_ != MP_DEAD ? MAY : NO;
	return (reduced & REDUCE_TOKENS) && !(co < nr_vcpus && g.asleep[co]) ? MAY : NO;
}

static bool ready(unsigned co, const void *on UNUSED)
{
	if (waits_for(co) == W_CUSTOM) /* before_lock() */
		return !crowded();
	return true; /* who may choose goes on by itself */
}

/* not a parameter: what remained of it on the stack would tell equal states apart */
static unsigned chosen;

static void do_choice(unsigned co)
{
	unsigned choice = chosen;
	struct vcpu *v = &vcpus[co < nr_vcpus ? co : 0];

	FORGET_REGISTERS();
	if (choice < C_POST) {
		start(choice - C_START);
		return;
	}
	if (choice < C_STOP) {
		irq_post(&vcpus[choice - C_POST], 2);
		return;
	}
	switch ((enum choice)choice) {
	case C_STOP:
		(void)sbi(CALL_STOP, v, (uint64_t[]){ 0 });
		violation("I6: v%u has stopped and goes on in its guest", co);
	case C_NAP:
		suspend_hart(v, 0);
		break;
	case C_SUSPEND:
		suspend_hart(v, 0x80000000U);
		break;
	case C_SUSPEND_SYSTEM:
		suspend_system(v);
		break;
	case C_STATUS:
		(void)sbi(CALL_STATUS, v, (uint64_t[]){ (co + 1) % nr_vcpus });
		break;
	case C_RESET:
		if (co == AGENT)
			reset_from_outside();
		else
			reset_by(v);
		break;
	case C_ENTER:
		run_launched(co);
		break;
	case C_ATTEND:
		take_token(co);
		vcpu_attend(v);
		break;
	case C_LEFT:
		leave_hart(co - HART(0));
		break;
	default:
		abort();
	}
}

static void begin(unsigned co, unsigned choice)
{
	bool counted = max_ops && choice != C_ENTER && choice != C_ATTEND &&
		       (co < nr_vcpus || co == AGENT);

	g.ops[co] = (uint8_t)(g.ops[co] + counted);
	chosen = choice;
	do_choice(co);
}

static void describe(unsigned co, unsigned choice, char *buf, size_t size)
{
	static const char *const texts[NR_CHOICES] = {
		[C_STOP] = "HART_STOP",
		[C_SUSPEND] = "HART_SUSPEND, non-retentive",
		[C_NAP] = "HART_SUSPEND, retentive",
		[C_SUSPEND_SYSTEM] = "SYSTEM_SUSPEND",
		[C_STATUS] = "HART_GET_STATUS",
		[C_RESET] = "SYSTEM_RESET",
		[C_ENTER] = "begins its life",
		[C_ATTEND] = "takes the kick",
		[C_LEFT] = "is left, the context is saved",
	};

	if (co == AGENT && choice == C_RESET)
		snprintf(buf, size, "resets the system");
	else if (choice < C_POST)
		snprintf(buf, size, "HART_START of v%u", choice - C_START);
	else if (choice < C_STOP)
		snprintf(buf, size, "brings an interrupt to v%u", choice - C_POST);
	else
		snprintf(buf, size, "%s", texts[choice]);
}

/* ---- The first state --------------------------------------------------- */

/* The keeper has booted the VM and sleeps, vCPU 0 is in its guest, the others are stopped. */
static void boot(void)
{
	while (!g.asleep[KEEPER])
		if (!step(KEEPER, waits_for(KEEPER) == W_REST ? C_ENTER : 0))
			abort();
	while (g.life[0] != GUEST)
		if (!step(0, waits_for(0) == W_REST ? C_ENTER : 0))
			abort();
	callers_begun();
}

static void init(void)
{
	mp_vm_init(&VM);
	for (unsigned i = 0; i < nr_vcpus; i++) {
		mp_vcpu_init(&vcpus[i].mp, &VM, i);
		region(&vcpus[i].mp.lock, sizeof(vcpus[i].mp) - offsetof(struct mp_vcpu, lock));
	}
	region(&VM, offsetof(struct mp_vm, nr_vcpus));
	if (&suspend_flag)
		region(&suspend_flag, sizeof(suspend_flag));
	region(&g, sizeof(g));
	for (unsigned i = 0; i < NR_CO; i++) {
		region_of(i, &thread_nr(i)->mutexes, offsetof(struct held_locks, at[2]));
		region_of(i, &spins[i], offsetof(struct held_locks, at[nr_vcpus + 2]));
	}
	watch_init();
	callers_init();
	boot();
}

const struct world *protocol_world(void)
{
	static struct world w = {
		.init = init,
		.name = name,
		.nr_choices = NR_CHOICES,
		.may = may,
		.begin = begin,
		.ended = operation_ended,
		.describe = describe,
		.check = check,
		.quiet = quiet,
		.changes = changes,
		.turn = turn,
		.unguarded = unguarded,
		.parked = parked,
		.ready = ready,
		.abstract = abstract,
		.point = point,
		.schedule = print_schedule,
	};

	w.nr_co = NR_CO;
	return &w;
}
