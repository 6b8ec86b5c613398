/* SPDX-License-Identifier: MIT */
/*
 * watch.c - the ghosts of the protocol's world: they watch the invariants and decide nothing; and
 * what of a state does not matter.
 */
#include <stdio.h>
#include <string.h>

#include "cast.h"
#include "store.h"

/* ---- What does not tell states apart ----------------------------------- */

/*
 * Lock tickets count up for ever, and what a list of held locks has behind its end is old: neither
 * may tell states apart.
 */
static void tidy(struct spinlock *l)
{
	l->next -= l->serving;
	l->serving = 0;
}

static void tidy_held(struct held_locks *h)
{
	for (uint64_t i = h->n + 1; i < HELD_MAX && h->at[i].lock; i++)
		memset(&h->at[i], 0, sizeof(h->at[i]));
}

/*
 * REDUCE_POSTS, REDUCE_TOKENS: what a vCPU in the guest, or one that waits for vm->lock, has to do
 * about what came: nothing.
 */
static void tidy_arrivals(unsigned i)
{
	bool rests = g.life[i] == GUEST && waits_for(i) == W_REST;
	bool queued = waits_for(i) == W_PARK && !g.asleep[i] && !owns(i);

	if (rests && (reduced & REDUCE_POSTS))
		vcpus[i].mp.irq_posted = 0;
	if ((queued || (rests && !vcpus[i].mp.irq_posted && !system_ends())) &&
	    (reduced & REDUCE_TOKENS))
		take_token(i);
}

static void tidy_vcpu(unsigned i)
{
	struct mp_vcpu *v = &vcpus[i].mp;

	/* A stopped vCPU's interrupts and token are cleared by its next start and launch. */
	if (v->state_ == MP_STOPPED && g.life[i] == DEAD)
		v->irq_posted = 0;
	if (g.life[i] == DEAD)
		take_token(i);
	/* Whose start it was no longer matters once the entry point is the winner's. */
	if (v->state_ == MP_START_PENDING && g.edges[i] == 0 &&
	    v->entry_pc_ == ADDRESS(g.winner[i]) && v->entry_arg_ == v->entry_pc_) {
		g.winner[i] = 1;
		v->entry_pc_ = v->entry_arg_ = ADDRESS(1);
	}
	/* It knows where it has entered, or resumed. */
	if (v->state_ == MP_STARTED && g.life[i] == GUEST)
		v->entry_pc_ = v->entry_arg_ = 0;
	tidy_arrivals(i);
}

/*
 * REDUCE_KEEPER: it looks now and then by itself, so to be told matters only when there is
 * something to see. And before it looks it takes note of having been asked, whether or not it has
 * been.
 */
static void tidy_keeper(void)
{
	bool queued = waits_for(KEEPER) == W_PARK && !g.asleep[KEEPER];
	bool nothing_new = VM.live && (VM.phase_ != MP_SUSPENDED_VM || VM.watched_);

	if (g.asleep[KEEPER] || ((reduced & REDUCE_KEEPER) && nothing_new))
		vms[0].keeper_asked = 0;
	if (g.asleep[KEEPER] && VM.phase_ != MP_SUSPENDED_VM)
		vms[0].keeper_timer.armed = false;
	if (queued ? (reduced & REDUCE_TOKENS) && !owns(KEEPER)
		   : VM.phase_ == MP_DEAD || ((reduced & REDUCE_KEEPER) && nothing_new))
		take_token(KEEPER);
}

static void tidy_all(void)
{
	if (!opt_raw_tickets) {
		tidy(&VM.lock.guard);
		for (unsigned i = 0; i < nr_vcpus; i++)
			tidy(&vcpus[i].mp.lock);
	}
	for (unsigned i = 0; i < NR_CO; i++) {
		tidy_held(&thread_nr(i)->mutexes);
		tidy_held(&spins[i]);
	}
	for (unsigned i = 0; i < nr_vcpus; i++)
		tidy_vcpu(i);
	if (!VM.lock.state)
		VM.lock.owner = NULL;
	if (!system_ends()) /* valid from then on */
		VM.reset_type = VM.reset_reason = 0;
	tidy_keeper();
}

/* ---- What must be true ------------------------------------------------- */

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
			if (system_ends()) {
				snprintf(why, sizeof(why),
					 "I2: v%u is started after the system was reset", i);
				return why;
			}
		}
		g.was[i] = (uint8_t)s;
	}
	return NULL;
}

void look(void)
{
	const char *wrong = check_edges();

	if (wrong)
		violation("%s", wrong);
}

/* I5: has there been a reason to refuse what is going on? */
static void note_reasons(unsigned awake)
{
	for (unsigned c = 0; c < NR_CO; c++) {
		if (g.op[c] == START)
			g.seen[c] |= state_of(g.target[c]) != MP_STOPPED ||
				     (c == AGENT && VM.phase_ != MP_RUN);
		else if (g.op[c] == SUSPEND_SYSTEM) /* when it sleeps it has not been refused */
			g.seen[c] = state_of(c) != MP_SUSPENDED && (g.seen[c] || awake > 1);
	}
}

/*
 * Rule L5. Without it somebody could wait for the mutex for ever; with --waiters there may be
 * nobody to show that.
 */
static bool owner_waits(void)
{
	for (unsigned c = 0; max_waiters < NR_CO && c < NR_CO; c++)
		if (owns(c) && (waits_for(c) == W_RELAX || (c <= KEEPER && g.asleep[c])))
			return true;
	return false;
}

static unsigned suspenders(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_vcpus; i++)
		n += g.op[i] == SUSPEND_SYSTEM && state_of(i) == MP_SUSPENDED;
	return n;
}

const char *check(void)
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
			snprintf(why, sizeof(why), "I6: v%u is in the guest while its state is %s",
				 i, mp_state_name(state_of(i)));
			return why;
		}
	}
	if (VM.phase_ == MP_SUSPENDED_VM && awake > 1) {
		int n = snprintf(why, sizeof(why),
				 "I1: the system is suspended by v%u, and not all others are "
				 "stopped:",
				 VM.suspender_ ? VM.suspender_->index : 99);

		for (unsigned i = 0; i < nr_vcpus; i++)
			n += snprintf(why + n, sizeof(why) - (size_t)n, " v%u %s", i,
				      mp_state_name(state_of(i)));
		return why;
	}
	if (suspenders() > 1)
		return "I12: two vCPUs have suspended the system at once";
	if (owner_waits())
		return "I10: somebody waits for another vCPU with vm->lock held, which that one "
		       "may wait for";
	note_reasons(awake);
	return NULL;
}

/* Nobody has anything left to do but guests and the agent who may, or may not, ask for more. */
static const char *why_asleep(unsigned i)
{
	struct mp_vcpu *v = &vcpus[i].mp;
	const char *with_what = NULL;

	if (waits_for(i) == W_REST && g.life[i] == GUEST && system_ends())
		return "I2: a reset, and nobody told a vCPU in the guest";
	if (waits_for(i) != W_PARK)
		return NULL;
	if (v->state_ != MP_SUSPENDED)
		return "I10: deadlock, a vCPU sleeps on vm->lock and nobody will wake it";
	if (v->irq_posted)
		with_what = "an interrupt";
	else if (VM.suspender_ == v && VM.wake_asked_)
		with_what = "a request to wake";
	else if (system_ends())
		with_what = "a reset";
	if (!with_what)
		return NULL;
	snprintf(why, sizeof(why), "I8: lost wake-up, v%u sleeps for ever with %s pending", i,
		 with_what);
	return why;
}

static const char *why_unfinished(unsigned i)
{
	if (state_of(i) == MP_START_PENDING && g.life[i] == DEAD)
		return "I3: a start has succeeded, and nobody launches its vCPU";
	if (state_of(i) == MP_STOP_PENDING && g.life[i] == DEAD)
		return "H5: a vCPU has left its hart, and its STOPPED is not published";
	return NULL;
}

const char *quiet(void)
{
	for (unsigned i = 0; i < NR_CO; i++) {
		if (waits_for(i) == W_LOCK || waits_for(i) == W_RELAX ||
		    (waits_for(i) == W_PARK && i >= nr_vcpus && !(i == KEEPER && g.asleep[i])))
			return "I10: deadlock";
		if ((waits_for(i) == W_REST || i == KEEPER) &&
		    (spins[i].n || thread_nr(i)->mutexes.n))
			return "I11: a lock is still held by somebody who is back in the guest";
	}
	for (unsigned i = 0; i < nr_vcpus; i++) {
		const char *wrong = why_asleep(i);

		if (wrong || (wrong = why_unfinished(i)))
			return wrong;
	}
	if (VM.live == 0 && VM.phase_ != MP_DEAD)
		return "I9: all vCPUs have stopped and nobody noticed";
	if (VM.phase_ == MP_DEAD && !g.ended)
		return "I9: the VM is dead, and the machine is not told";
	if (VM.phase_ == MP_SUSPENDED_VM && !(VM.watched_ && vms[0].keeper_timer.armed))
		return "I14: the system is suspended, and the keeper does not look after it";
	return NULL;
}

/* ---- What is told ------------------------------------------------------ */

static uint8_t shown[MAX_V], shown_phase;

void changes(void)
{
	static const char *const phases[] = { "RUN", "SUSPENDED_VM", "RESETTING", "DEAD" };

	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (shown[i] != state_of(i))
			trace("v%u is %s", i, mp_state_name(state_of(i)));
		shown[i] = (uint8_t)state_of(i);
	}
	if (shown_phase != VM.phase_)
		trace("the VM's phase is %s", phases[VM.phase_]);
	shown_phase = (uint8_t)VM.phase_;
}

/* What somebody outside can see of a state. */
uint64_t abstract(void)
{
	struct {
		uint32_t phase, live, suspender;
		uint8_t state[MAX_V], life[MAX_V];
	} a = { .phase = VM.phase_,
		.live = VM.live,
		.suspender = VM.suspender_ ? VM.suspender_->index + 1 : 0 };

	for (unsigned i = 0; i < nr_vcpus; i++) {
		a.state[i] = (uint8_t)state_of(i);
		a.life[i] = g.life[i];
	}
	return store_hash(&a, sizeof(a));
}

/* ---- The trace as a schedule for the hypervisor ------------------------ */

static struct {
	unsigned vcpu;
	const char *point;
} points[256];
static unsigned nr_points;

void note_point(unsigned vcpu, const char *point)
{
	if (!tracing() || vcpu >= nr_vcpus || nr_points == ARRAY_SIZE(points))
		return;
	points[nr_points].vcpu = vcpu;
	points[nr_points++].point = point;
}

void print_schedule(void)
{
	printf("schedule=0:started");
	for (unsigned i = 0; i < nr_points; i++)
		printf(",%u:%s", points[i].vcpu, points[i].point);
	printf("\n");
	nr_points = 0; /* the next trace begins */
}

void watch_init(void)
{
	for (unsigned i = 0; i < nr_vcpus; i++)
		g.was[i] = shown[i] = MP_STOPPED;
	shown[0] = MP_STARTED; /* in the first state */
}
