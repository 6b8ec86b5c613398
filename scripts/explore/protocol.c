/* SPDX-License-Identifier: MIT */
/*
 * protocol.c - the world of hyp/mp and hyp/lock: vCPUs that may do anything at any time, the VM's keeper, and an agent outside.
 *
 * What the callers of mp/ do in the hypervisor (hyp/sbi/hsm.c, susp.c, srst.c, hyp/vm/vcpu.c, keeper.c) is retold here in a few
 * lines each. Ghosts watch the invariants; they decide nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "lib/atomic.h"
#include "mp/mp.h"
#include "port/port.h"
#include "protocol.h"

#define MAX_V 4

unsigned nr_vcpus = 3, max_ops;
unsigned with = WITH_ALL;

/* A thread of the hypervisor, as lock/ sees one: a coroutine. */
struct thread {
	struct held_locks mutexes, spins;
};

static struct thread threads[MAX_CO];
static struct mp_vm vm;
static struct mp_vcpu vcpus[MAX_V];

/* Who is who among the coroutines. */
#define KEEPER nr_vcpus
#define HART (nr_vcpus + 1) /* where a stopped vCPU was: the scheduler there still has something to say */
#define AGENT (nr_vcpus + 2)
#define NR_CO (nr_vcpus + 3)

enum life { DEAD, LAUNCHED, GUEST };

enum op { NONE, START, SUSPEND_SYSTEM, OTHER };

/* What is not the hypervisor's: how far everybody is, and what the ghosts remember. */
static struct {
	uint8_t life[MAX_V]; /* enum life of the vCPU's thread */
	uint8_t on_hart[MAX_V]; /* its context is in use */
	uint8_t ops[MAX_V + 3]; /* operations begun, when they are counted */
	uint8_t settle_owed;
	/* ghosts */
	uint8_t was[MAX_V]; /* state after the last step */
	uint8_t phase_was;
	uint8_t winner[MAX_V]; /* tag of the start that moved it out of STOPPED */
	uint8_t op[MAX_V + 3], target[MAX_V + 3]; /* enum op in progress */
	uint8_t seen[MAX_V + 3]; /* a reason to refuse that operation has been true meanwhile */
	uint8_t edges[MAX_V]; /* out of STOPPED, not yet accounted for by a successful start */
	uint8_t posted[MAX_V]; /* an interrupt was posted after the start and before the first entry */
	uint8_t suspender; /* 1 + who has been told that it suspended the system */
} g;

#define TAG(co) (0x10u + (co))
#define TAG_RESUME(co) (0x20u + (co))

static char names[MAX_CO][8];

static const char *name(unsigned co)
{
	return names[co];
}

const char *lock_name(const void *lock)
{
	static char text[2][24];
	static unsigned turn;
	char *buf = text[turn ^= 1];

	if (lock == &vm.lock.guard || lock == &vm.lock)
		return "vm->lock's guard";
	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (lock == &vcpus[i].lock) {
			snprintf(buf, sizeof(text[0]), "v%u's lock", i);
			return buf;
		}
	}
	return "a lock";
}

/* ---- port.h ------------------------------------------------------------------------------------------------------------------ */

struct thread *port_self(void)
{
	return &threads[me()];
}

struct held_locks *port_held_by_hart(void)
{
	return &threads[me()].spins;
}

struct held_locks *port_held_by_thread(void)
{
	return &threads[me()].mutexes;
}

static void wake(unsigned co)
{
	if (opt_fine)
		yield_step();
	give_token(co);
	if (tracing())
		trace("%s wakes %s", name(me()), name(co));
}

void port_unpark(struct thread *t)
{
	wake((unsigned)(t - threads));
}

void port_park(void)
{
	yield(W_PARK, NULL);
	take_token(me());
}

void port_context(char *buf, size_t size)
{
	snprintf(buf, size, "%s", name(me()));
}

static bool allowed(unsigned what)
{
	return (with & what) != 0;
}

static unsigned state_of(unsigned i)
{
	return vcpus[i].state_;
}

/*
 * Accesses that need no turn of their own (README.md says why nothing is lost; --fine gives them one all the same):
 *   the holder of vm->lock at the VM's own words, and giving vm->lock back;
 *   looks without a lock at words that are looked at again under one, or after a sleep that a token ends;
 *   a mutex waiter at its own flag;
 *   giving a spinlock back, which never waits and can as well come early.
 */
static bool is_protected(const volatile void *word, int load)
{
	bool owner = vm.lock.owner == &threads[me()];
	bool of_vm = word == &vm.phase_ || word == &vm.suspender_ || word == &vm.wake_asked_ || word == &vm.live;

	if (word == &vm.lock.guard.next || of_vm)
		return owner || (load && word != &vm.live);
	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (word == &vcpus[i].irq_posted)
			return i == me(); /* the poster's access is the step */
		if (word == &vcpus[i].lock.serving)
			return true;
	}
	return word == &vm.lock.guard.serving || (load && on_stack(word));
}

/* ---- The callers of mp/ -------------------------------------------------------------------------------------------------------- */

static void launch(struct mp_vcpu *t)
{
	unsigned i = t->index;

	if (opt_fine)
		yield_step();
	if (g.life[i] != DEAD || g.on_hart[i])
		violation("H5: v%u is launched while its old context is still in use", i);
	take_token(i);
	g.life[i] = LAUNCHED;
}

static NORETURN void end_life(unsigned i);

/* What vcpu_act() and vm_act() do. */
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

/* ---- Operations ------------------------------------------------------------------------------------------------------------------ */

/* Where end_life() goes: the thread ends in the middle of whatever it did. */
static void *escapes[MAX_CO][5];

__attribute__((noinline)) static NORETURN void end_life(unsigned i)
{
	mp_hart_stop(&vcpus[i]);
	yield_step(); /* the context is being saved */
	go_on();
	g.on_hart[i] = 0;
	g.life[i] = DEAD;
	if (mp_stopped(&vcpus[i]).action == MP_SETTLE)
		g.settle_owed = 1;
	__builtin_longjmp(escapes[me()], 1);
}

static const char *check_edges(void);

static void begin_op(enum op op, unsigned target)
{
	unsigned self = me();

	g.op[self] = (uint8_t)op;
	g.target[self] = (uint8_t)target;
	g.seen[self] = 0;
	if (op == START)
		g.seen[self] = state_of(target) != MP_STOPPED || (self == AGENT && vm.phase_ != MP_RUN);
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

/* Bring the ghosts up to date in the middle of a step. */
static void look(void)
{
	const char *wrong = check_edges();

	if (wrong)
		violation("%s", wrong);
}

static void start(unsigned target)
{
	unsigned self = me();
	struct mp_result r;
	bool reason;

	begin_op(START, target);
	r = mp_hart_start(self < nr_vcpus ? &vcpus[self] : NULL, &vcpus[target], TAG(self), TAG(self));
	look();
	reason = end_op();
	if (r.action == MP_LAUNCH) {
		if (!g.edges[target]--)
			violation("I3: two starts of v%u succeeded for one time it left STOPPED", target);
	} else if (r.action == MP_NOTHING && !reason && allowed(WITH_REFUSALS)) {
		violation("I5: the start of v%u by %s was refused (%ld), and v%u was stopped all the time", target, name(self), r.error,
			  target);
	}
	act(r);
}

static void sleep_until_reason(struct mp_vcpu *v, bool or_agent)
{
	while (!mp_must_stop(v) && !mp_take_irqs(v) && !(or_agent && mp_wake_asked(v)))
		port_park();
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
	v->entry_pc_ = v->entry_arg_ = 0; /* read for the last time: do not let it tell states apart */
	checkpoint(v);
}

/*
 * A retentive suspend looks for interrupts first and does nothing if there are any, which C_ATTEND does as well; here both
 * kinds are one.
 */
static void suspend_hart(struct mp_vcpu *v)
{
	act(mp_hart_suspend(v, TAG_RESUME(v->index), TAG_RESUME(v->index)));
	sleep_until_reason(v, false);
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
		violation("I5: the suspend by v%u was denied, and all others were stopped all the time", v->index);
	act(r);
	if (r.action != MP_SLEEP)
		return;
	if (g.suspender)
		violation("I12: v%u suspends the system that v%u has suspended", v->index, g.suspender - 1u);
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
		violation("I4: v%u enters at 0x%lx, the start that won said 0x%x", i, pc, g.winner[i]);
	if (g.posted[i] && !v->irq_posted)
		violation("I13: v%u has lost an interrupt posted after its start", i);
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
	C_SUSPEND_SYSTEM,
	C_STATUS, /* of the next vCPU */
	C_RESET,
	C_WAKE, /* agent: end a system suspend */
	C_ENTER, /* a launched vCPU's first act */
	C_ATTEND, /* an interrupt or a kick has come */
	C_KEEP, /* and, after a reset, reboot */
	C_KEEP_KILL, /* and, after a reset, end it */
	C_TELL_KEEPER,
	NR_CHOICES
};

/* What a guest, or the agent, may ask for. */
static bool may_ask(unsigned co, unsigned choice)
{
	bool agent = co == AGENT;

	if (choice < C_POST)
		return choice - C_START < nr_vcpus;
	if (choice < C_STOP)
		return allowed(WITH_IPI) && choice - C_POST < nr_vcpus && choice - C_POST != co;
	switch (choice) {
	case C_STOP:
		return !agent;
	case C_SUSPEND:
		return !agent && allowed(WITH_HSUSP);
	case C_SUSPEND_SYSTEM:
		return !agent;
	case C_STATUS:
		return !agent && allowed(WITH_STATUS);
	case C_RESET:
		return !agent && allowed(WITH_SRST);
	case C_WAKE:
		return agent;
	}
	return false;
}

static enum duty may(unsigned co, unsigned choice)
{
	if (co == KEEPER)
		return (choice == C_KEEP || (choice == C_KEEP_KILL && vm.phase_ == MP_RESETTING)) && has_token(co) ? MUST : NO;
	if (co == HART)
		return choice == C_TELL_KEEPER && g.settle_owed ? MUST : NO;
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
	if (max_ops && g.ops[co] >= max_ops)
		return NO;
	return may_ask(co, choice) ? MAY : NO;
}

static void do_choice(unsigned co, unsigned choice)
{
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
	case C_SUSPEND:
		suspend_hart(v);
		break;
	case C_SUSPEND_SYSTEM:
		suspend_system(v);
		break;
	case C_STATUS:
		(void)mp_status(&vcpus[(co + 1) % nr_vcpus]);
		break;
	case C_RESET:
		act(mp_system_reset(&vm, v, 0, 0));
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
	bool counted = max_ops && choice != C_ENTER && choice != C_ATTEND && (co < nr_vcpus || co == AGENT);

	g.ops[co] = (uint8_t)(g.ops[co] + counted);
	if (!__builtin_setjmp(escapes[co]))
		do_choice(co, choice);
	memset(escapes[me()], 0, sizeof(escapes[0]));
}

static void describe(unsigned co, unsigned choice, char *buf, size_t size)
{
	static const char *const texts[NR_CHOICES] = {
		[C_STOP] = "HART_STOP", [C_SUSPEND] = "HART_SUSPEND",
		[C_SUSPEND_SYSTEM] = "SYSTEM_SUSPEND", [C_STATUS] = "HART_GET_STATUS", [C_RESET] = "SYSTEM_RESET",
		[C_WAKE] = "wakes the system", [C_ENTER] = "begins its life",
		[C_ATTEND] = "takes the kick", [C_KEEP] = "looks; reboots after a reset", [C_KEEP_KILL] = "looks; ends the VM",
		[C_TELL_KEEPER] = "tells the keeper that all have stopped",
	};

	(void)co;
	if (choice < C_POST)
		snprintf(buf, size, "HART_START of v%u", choice - C_START);
	else if (choice < C_STOP)
		snprintf(buf, size, "sends an interrupt to v%u", choice - C_POST);
	else
		snprintf(buf, size, "%s", texts[choice]);
}

/* ---- What must be true ------------------------------------------------------------------------------------------------------------ */

/* Lock tickets count up for ever, and what a list of held locks has behind its end is old: neither may tell states apart. */
static void tidy(struct spinlock *l)
{
	l->next -= l->serving;
	l->serving = 0;
}

static void tidy_held(struct held_locks *h)
{
	for (unsigned i = h->n; i < HELD_MAX && h->at[i].lock; i++)
		memset(&h->at[i], 0, sizeof(h->at[i]));
}

static void tidy_all(void)
{
	if (!opt_raw_tickets) {
		tidy(&vm.lock.guard);
		for (unsigned i = 0; i < nr_vcpus; i++)
			tidy(&vcpus[i].lock);
	}
	for (unsigned i = 0; i < NR_CO; i++) {
		tidy_held(&threads[i].mutexes);
		tidy_held(&threads[i].spins);
	}
	for (unsigned i = 0; i < nr_vcpus; i++) {
		struct mp_vcpu *v = &vcpus[i];

		/* A stopped vCPU's interrupts and token are cleared by its next start. */
		if (v->state_ == MP_STOPPED && g.life[i] == DEAD) {
			v->irq_posted = 0;
			take_token(i);
		}
		/* Whose start it was no longer matters once the entry point is the winner's. */
		if (v->state_ == MP_START_PENDING && g.edges[i] == 0 && v->entry_pc_ == g.winner[i] && v->entry_arg_ == v->entry_pc_)
			v->entry_pc_ = v->entry_arg_ = g.winner[i] = 1;
	}
	if (vm.phase_ == MP_DEAD)
		take_token(KEEPER);
}

static char why[256];

static const char *check_edges(void)
{
	for (unsigned i = 0; i < nr_vcpus; i++) {
		unsigned s = state_of(i);

		if (g.was[i] == MP_STOPPED && s != MP_STOPPED) {
			unsigned by = g.op[me()] == START ? me() : KEEPER;

			g.winner[i] = (uint8_t)TAG(by);
			g.edges[i]++;
			g.posted[i] = 0;
			if (vm.phase_ == MP_RESETTING || vm.phase_ == MP_DEAD) {
				snprintf(why, sizeof(why), "I2: v%u is started after the system was reset", i);
				return why;
			}
		}
		g.was[i] = (uint8_t)s;
	}
	return NULL;
}

static const char *check(void)
{
	const char *wrong;
	unsigned awake = 0;

	tidy_all();
	wrong = check_edges();
	if (wrong)
		return wrong;
	for (unsigned i = 0; i < nr_vcpus; i++) {
		awake += state_of(i) != MP_STOPPED;
		if (g.life[i] == GUEST && waits_for(i) == W_REST && state_of(i) != MP_STARTED) {
			snprintf(why, sizeof(why), "I6: v%u is in the guest while its state is %s", i, mp_state_name(state_of(i)));
			return why;
		}
	}
	if (vm.phase_ == MP_SUSPENDED_VM && awake > 1) {
		int n = snprintf(why, sizeof(why), "I1: the system is suspended by v%u, and not all others are stopped:",
				 vm.suspender_ ? vm.suspender_->index : 99);

		for (unsigned i = 0; i < nr_vcpus; i++)
			n += snprintf(why + n, sizeof(why) - (size_t)n, " v%u %s", i, mp_state_name(state_of(i)));
		return why;
	}
	for (unsigned c = 0; c < NR_CO; c++) {
		if (g.op[c] == START)
			g.seen[c] |= state_of(g.target[c]) != MP_STOPPED || (c == AGENT && vm.phase_ != MP_RUN);
		else if (g.op[c] == SUSPEND_SYSTEM)
			g.seen[c] |= awake > 1;
	}
	return NULL;
}

/* Nobody has anything left to do but guests and the agent who may, or may not, ask for more. */
static const char *quiet(void)
{
	for (unsigned i = 0; i < NR_CO; i++) {
		if (waits_for(i) == W_LOCK || waits_for(i) == W_RELAX || (waits_for(i) == W_PARK && i >= nr_vcpus))
			return "I10: deadlock";
		if (waits_for(i) == W_REST && (threads[i].spins.n || threads[i].mutexes.n))
			return "I11: a lock is still held by somebody who is back in the guest";
	}
	for (unsigned i = 0; i < nr_vcpus; i++) {
		struct mp_vcpu *v = &vcpus[i];
		const char *asleep_with = NULL;

		if (waits_for(i) == W_REST && g.life[i] == GUEST && (vm.phase_ == MP_RESETTING || vm.phase_ == MP_DEAD))
			return "I2: a reset, and nobody told a vCPU in the guest";
		if (waits_for(i) != W_PARK)
			continue;
		if (v->state_ != MP_SUSPENDED)
			return "I10: deadlock, a vCPU sleeps on vm->lock and nobody will wake it";
		if (v->irq_posted)
			asleep_with = "an interrupt";
		else if (vm.suspender_ == v && vm.wake_asked_)
			asleep_with = "a request to wake";
		else if (vm.phase_ == MP_RESETTING || vm.phase_ == MP_DEAD)
			asleep_with = "a reset";
		if (asleep_with) {
			snprintf(why, sizeof(why), "I8: lost wake-up, v%u sleeps for ever with %s pending", i, asleep_with);
			return why;
		}
	}
	if (vm.live == 0 && vm.phase_ != MP_DEAD)
		return "I9: all vCPUs have stopped and nobody noticed";
	return NULL;
}

static uint8_t shown[MAX_V], shown_phase;

static void changes(void)
{
	static const char *const phases[] = { "RUN", "SUSPENDED_VM", "RESETTING", "DEAD" };

	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (shown[i] != state_of(i))
			trace("v%u is %s", i, mp_state_name(state_of(i)));
		shown[i] = (uint8_t)state_of(i);
	}
	if (shown_phase != vm.phase_)
		trace("the VM's phase is %s", phases[vm.phase_]);
	shown_phase = (uint8_t)vm.phase_;
}

/* vCPU 0 runs, the others are stopped. */
static void init(void)
{
	mp_vm_init(&vm);
	for (unsigned i = 0; i < nr_vcpus; i++) {
		mp_vcpu_init(&vcpus[i], &vm, i);
		snprintf(names[i], sizeof(names[i]), "v%u", i);
		region(&vcpus[i].lock, sizeof(vcpus[i]) - offsetof(struct mp_vcpu, lock));
		g.was[i] = shown[i] = MP_STOPPED;
	}
	snprintf(names[KEEPER], sizeof(names[0]), "keeper");
	snprintf(names[HART], sizeof(names[0]), "hart");
	snprintf(names[AGENT], sizeof(names[0]), "agent");
	region(&vm, offsetof(struct mp_vm, nr_vcpus));
	region(&g, sizeof(g));
	region(escapes, sizeof(escapes[0]) * NR_CO);
	for (unsigned i = 0; i < NR_CO; i++) {
		region(&threads[i].mutexes, offsetof(struct held_locks, at[1]));
		region(&threads[i].spins, offsetof(struct held_locks, at[nr_vcpus + 1]));
	}
	mp_boot(&vm, 0, 0);
	vcpus[0].entry_pc_ = vcpus[0].entry_arg_ = 0;
	uint64_t pc, arg;
	mp_started(&vcpus[0], &pc, &arg);
	g.was[0] = shown[0] = MP_STARTED;
	g.life[0] = GUEST;
	g.on_hart[0] = 1;
}

const struct world *protocol_world(void)
{
	static struct world w = {
		.init = init, .name = name, .nr_choices = NR_CHOICES, .may = may, .begin = begin, .describe = describe,
		.check = check, .quiet = quiet, .changes = changes, .protected = is_protected,
	};

	w.nr_co = NR_CO;
	return &w;
}
