/* SPDX-License-Identifier: MIT */
/*
 * protocol.c - the world of hyp/mp and hyp/lock: vCPUs that may do anything at any time, the VM's
 * keeper, and an agent outside.
 *
 * What the callers of mp/ do in the hypervisor (hyp/sbi/hsm.c, susp.c, srst.c, hyp/vm/life.c,
 * keeper.c) is retold here in a few lines each. Ghosts watch the invariants; they decide nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "lib/atomic.h"
#include "port/port.h"

unsigned nr_vcpus = 3, max_ops, max_waiters = ~0U;
unsigned with = WITH_ALL, reduced = REDUCE_MOST;

/* ---- The callers of mp/ ------------------------------------------------ */

static void point(const char *what)
{
	note_point(me(), what);
}

static void launch(struct mp_vcpu *t)
{
	unsigned i = t->index;

	if (opt_fine)
		yield_step();
	if (g.life[i] != DEAD || g.on_hart[i])
		violation("H5: v%u is launched while its old context is still in use", i);
	take_token(i);
	g.life[i] = LAUNCHED;
	note_point(me(), "start_launched");
}

/*
 * Where end_life() goes: the thread ends in the middle of whatever it did, and nothing of that
 * shall tell states apart any more.
 */
static void *escapes[MAX_CO][5];

static NORETURN void end_life(unsigned i)
{
	__builtin_longjmp(escapes[i], 1);
}

/* What vcpu_stop() and the scheduler do. */
__attribute__((noinline)) static void die(unsigned i)
{
	mp_hart_stop(&vcpus[i]);
	yield_step(); /* the context is being saved */
	go_on();
	g.on_hart[i] = 0;
	g.life[i] = DEAD;
	if (mp_stopped(&vcpus[i]).action == MP_SETTLE) {
		if (reduced & REDUCE_KEEPER)
			give_token(KEEPER);
		else
			g.settle_owed = 1;
	}
	note_point(i, "stopped");
}

/* What vcpu_act() does. */
static void act(struct mp_result r)
{
	unsigned self = me();

	switch (r.action) {
	case MP_NOTHING:
	case MP_SLEEP:
		break;
	case MP_LAUNCH:
		launch(r.target);
		break;
	case MP_WAKE:
		wake(r.target->index);
		break;
	case MP_QUIESCE:
		for (unsigned i = 0; i < nr_vcpus; i++)
			if (i != self)
				wake(i);
		wake(KEEPER);
		if (self < nr_vcpus)
			end_life(self);
		break;
	case MP_CHECKPOINT:
		if (self < nr_vcpus)
			end_life(self);
		break;
	case MP_SETTLE:
		wake(KEEPER);
		break;
	}
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
			state_of(target) != MP_STOPPED || (self == AGENT && vm.phase_ != MP_RUN);
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
	struct mp_result r;
	bool reason;

	begin_op(START, target);
	r = mp_hart_start(self < nr_vcpus ? &vcpus[self] : NULL, &vcpus[target], TAG(self),
			  TAG(self));
	look();
	reason = end_op();
	if (r.action == MP_LAUNCH) {
		if (!g.edges[target]--)
			violation("I3: two starts of v%u succeeded for one time it left STOPPED",
				  target);
	} else if (r.action == MP_NOTHING && !reason && allowed(WITH_REFUSALS)) {
		violation("I5: the start of v%u by %s was refused (%d), and v%u was stopped all "
			  "the time",
			  target, name(self), (int)r.error, target);
	}
	act(r);
}

static void sleep_until_reason(struct mp_vcpu *v, bool or_agent)
{
	while (!mp_must_stop(v) && !mp_take_irqs(v) && !(or_agent && mp_wake_asked(v))) {
		g.asleep[v->index] = 1;
		port_park();
		g.asleep[v->index] = 0;
	}
}

static void checkpoint(struct mp_vcpu *v)
{
	if (mp_must_stop(v))
		end_life(v->index);
}

static void resume(struct mp_vcpu *v)
{
	uint64_t pc, arg;

	mp_resume(v, &pc, &arg);
	if (pc != TAG_RESUME(v->index) || arg != pc)
		violation("I4: v%u resumes at 0x%lx, which is not where it asked to", v->index, pc);
	/* read for the last time: do not let it tell states apart */
	v->entry_pc_ = v->entry_arg_ = 0;
	checkpoint(v);
}

static void suspend_hart(struct mp_vcpu *v)
{
	mp_hart_suspend(v, TAG_RESUME(v->index), TAG_RESUME(v->index));
	sleep_until_reason(v, false);
	/*
	 * mp_resume()'s look without the lock has a final answer, and what comes now is for later:
	 * it and its section are one step.
	 */
	if (reduced & REDUCE_RESUME)
		go_on();
	resume(v);
}

static void suspend_system(struct mp_vcpu *v)
{
	struct mp_result r;
	bool reason;

	begin_op(SUSPEND_SYSTEM, 0);
	r = mp_system_suspend(v, TAG_RESUME(v->index), TAG_RESUME(v->index));
	reason = end_op();
	if (r.action == MP_NOTHING && !reason)
		violation("I5: the suspend by v%u was denied, and all others were stopped all the "
			  "time",
			  v->index);
	act(r);
	if (r.action != MP_SLEEP)
		return;
	if (g.suspender)
		violation("I12: v%u suspends the system that v%u has suspended", v->index,
			  g.suspender - 1u);
	g.suspender = (uint8_t)(v->index + 1);
	sleep_until_reason(v, true);
	g.suspender = 0;
	resume(v);
}

static void post(unsigned target)
{
	mp_post_irq(&vcpus[target], 2);
	/* H6, I13: from a successful start on an interrupt stays. Stopped vCPUs may lose theirs. */
	if (state_of(target) == MP_START_PENDING && !g.edges[target])
		g.posted[target] = 1;
	wake(target);
}

static void first_entry(struct mp_vcpu *v)
{
	uint64_t pc, arg;
	unsigned i = v->index;

	g.on_hart[i] = 1;
	mp_started(v, &pc, &arg);
	if (pc != g.winner[i] || arg != pc)
		violation("I4: v%u enters at 0x%lx, the start that won said 0x%x", i, pc,
			  g.winner[i]);
	if (g.posted[i] && !v->irq_posted)
		violation("I13: v%u has lost an interrupt posted after its start", i);
	if (reduced & REDUCE_POSTS)
		(void)mp_take_irqs(v);
	v->entry_pc_ = v->entry_arg_ = 0;
	g.winner[i] = g.posted[i] = 0;
	g.life[i] = GUEST;
	checkpoint(v);
}

static void keep(bool reboot)
{
	take_token(KEEPER);
	switch (mp_settle(&vm)) {
	case MP_RESET:
		if (!reboot) {
			mp_kill(&vm);
		} else {
			struct mp_result r = mp_boot(&vm, TAG(KEEPER), TAG(KEEPER));

			look();
			g.edges[0]--;
			act(r);
		}
		break;
	case MP_ASLEEP:
	case MP_HALTED:
	case MP_STILL_RUNNING:
		break;
	}
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
	C_WAKE, /* agent: end a system suspend */
	C_ENTER, /* a launched vCPU's first act */
	C_ATTEND, /* an interrupt or a kick has come */
	C_KEEP, /* and, after a reset, reboot; told to, or after a while by itself */
	C_KEEP_KILL, /* and, after a reset, end it */
	C_TELL_KEEPER,
	NR_CHOICES
};

/* Must it wait for vm->lock, and are there enough already who do? */
static bool crowded(unsigned choice)
{
	unsigned n = 0;

	if (!vm.lock.state ||
	    (choice >= C_POST && choice != C_SUSPEND_SYSTEM && choice != C_RESET &&
	     choice != C_WAKE && choice != C_KEEP && choice != C_KEEP_KILL))
		return false;
	for (unsigned i = 0; i < NR_CO; i++)
		n += waits_for(i) == W_PARK && !(i < nr_vcpus && g.asleep[i]) && !owns(i);
	return n >= max_waiters;
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
		return !agent && allowed(WITH_HSUSP);
	case C_STATUS:
		return !agent && allowed(WITH_STATUS);
	case C_RESET:
		return allowed(WITH_SRST);
	case C_WAKE:
		return agent;
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
	    (vcpus[t].irq_posted && has_token(t)))
		return false;
	if (!(reduced & REDUCE_POSTS))
		return vm.phase_ != MP_DEAD;
	return !vcpus[t].irq_posted && (g.life[t] == LAUNCHED || g.asleep[t]);
}

static enum duty may_keep(unsigned choice)
{
	if ((choice != C_KEEP && choice != C_KEEP_KILL) || crowded(choice))
		return NO;
	if (has_token(KEEPER) && (choice == C_KEEP || vm.phase_ == MP_RESETTING))
		return MUST;
	return choice == C_KEEP && vm.phase_ != MP_DEAD ? MAY : NO;
}

static enum duty may(unsigned co, unsigned choice)
{
	if (co == KEEPER)
		return may_keep(choice);
	if (co == HART)
		return choice == C_TELL_KEEPER && g.settle_owed ? MUST : NO;
	if (co == WIRE)
		return may_post(choice) ? MAY : NO;
	if (co < nr_vcpus) {
		if (g.life[co] == DEAD)
			return NO;
		if (g.life[co] == LAUNCHED)
			return choice == C_ENTER ? MUST : NO;
		if (choice == C_ATTEND)
			return has_token(co) ? MUST : NO;
	} else if (!allowed(WITH_AGENT)) {
		return NO;
	}
	if (vm.phase_ == MP_DEAD) /* as in a reset, only that nothing comes after it */
		return NO;
	if ((max_ops && g.ops[co] >= max_ops) || crowded(choice))
		return NO;
	return may_ask(co, choice) ? MAY : NO;
}

/*
 * A mutex waiter, told to wake for another reason, waits on: any number of times, so there is no
 * need to remember the token.
 */
static bool stirs(unsigned co)
{
	return (reduced & REDUCE_TOKENS) && !(co < nr_vcpus && g.asleep[co]);
}

static bool ready(unsigned co UNUSED, const void *on UNUSED)
{
	return true; /* who may choose (before_look) goes on by itself */
}

/* not a parameter: what remained of it on the stack would tell equal states apart */
static unsigned chosen;

__attribute__((noinline)) static void do_choice(unsigned co)
{
	unsigned choice = chosen;
	struct mp_vcpu *v = &vcpus[co < nr_vcpus ? co : 0];

	if (choice < C_POST) {
		start(choice - C_START);
		return;
	}
	if (choice < C_STOP) {
		post(choice - C_POST);
		return;
	}
	switch ((enum choice)choice) {
	case C_STOP:
		end_life(co);
	case C_NAP:
		if (mp_take_irqs(v)) /* it would be awake before anybody could look */
			break;
		/* fall through */
	case C_SUSPEND: /* the retentive kind ignores where it resumes */
		FORGET_REGISTERS();
		suspend_hart(v);
		break;
	case C_SUSPEND_SYSTEM:
		suspend_system(v);
		break;
	case C_STATUS:
		(void)mp_status(&vcpus[(co + 1) % nr_vcpus]);
		break;
	case C_RESET:
		act(mp_system_reset(&vm, co == AGENT ? NULL : v, 0, 0));
		break;
	case C_WAKE:
		act(mp_system_wake(&vm));
		break;
	case C_ENTER:
		first_entry(v);
		break;
	case C_ATTEND:
		take_token(co);
		checkpoint(v);
		(void)mp_take_irqs(v);
		break;
	case C_KEEP:
	case C_KEEP_KILL:
		keep(choice == C_KEEP);
		break;
	case C_TELL_KEEPER:
		g.settle_owed = 0;
		give_token(KEEPER);
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
	if (!__builtin_setjmp(escapes[co]))
		do_choice(co);
	else
		die(me());
	memset(escapes[me()], 0, sizeof(escapes[0]));
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
		[C_WAKE] = "wakes the system",
		[C_ENTER] = "begins its life",
		[C_ATTEND] = "takes the kick",
		[C_KEEP] = "looks; reboots after a reset",
		[C_KEEP_KILL] = "looks; ends the VM",
		[C_TELL_KEEPER] = "tells the keeper that all have stopped",
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

/* vCPU 0 runs, the others are stopped. */
static void init(void)
{
	mp_vm_init(&vm);
	for (unsigned i = 0; i < nr_vcpus; i++) {
		mp_vcpu_init(&vcpus[i], &vm, i);
		region(&vcpus[i].lock, sizeof(vcpus[i]) - offsetof(struct mp_vcpu, lock));
	}
	region(&vm, offsetof(struct mp_vm, nr_vcpus));
	region(&g, sizeof(g));
	for (unsigned i = 0; i < NR_CO; i++) {
		region_of(i, escapes[i], sizeof(escapes[i]));
		region_of(i, &threads[i].mutexes, offsetof(struct held_locks, at[2]));
		region_of(i, &threads[i].spins, offsetof(struct held_locks, at[nr_vcpus + 2]));
	}
	mp_boot(&vm, 0, 0);
	vcpus[0].entry_pc_ = vcpus[0].entry_arg_ = 0;
	uint64_t pc, arg;
	mp_started(&vcpus[0], &pc, &arg);
	watch_init();
	g.life[0] = GUEST;
	g.on_hart[0] = 1;
}

const struct world *protocol_world(void)
{
	static struct world w = {
		.init = init,
		.name = name,
		.nr_choices = NR_CHOICES,
		.may = may,
		.begin = begin,
		.describe = describe,
		.check = check,
		.quiet = quiet,
		.changes = changes,
		.turn = turn,
		.unguarded = unguarded,
		.stirs = stirs,
		.ready = ready,
		.abstract = abstract,
		.point = point,
		.schedule = print_schedule,
	};

	w.nr_co = NR_CO;
	return &w;
}
