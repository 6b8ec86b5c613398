/* SPDX-License-Identifier: MIT */
/*
 * replay.c - replay a schedule of the first VM's vCPUs on the real machine (RACE_POINTS=1 builds
 * only).
 *
 * schedule=0:susp_checked_one,2:start_decided,... is a list of facts in the order in which they
 * become true. Step V:POINT lets vCPU V run until it arrives at that race point, where it is held
 * until a step names it again, or the list ends. All other vCPUs named in the list are held at
 * their points meanwhile: between two points only one of them moves. Free are: everybody before the
 * first step has been reached, vCPUs and points that the list does not name, and all once it ends.
 *
 * Held is parked, with a time limit, holding whatever mutex it holds: works with one hart as with
 * many. A step that cannot be reached is reported with who holds what, and the run goes on
 * unsteered. Locks: none; `position` moves by compare-and-swap, and only the vCPU that the step
 * names moves it.
 */
#include "conf/option.h"
#include "lib/atomic.h"
#include "lib/fail.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lock/mutex.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "sched/trace.h"
#include "vm/host.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define MAX_STEPS 512
#define STEP_LIMIT_MS 3000
#define ANYBODY MP_MAX_VCPUS

struct step {
	unsigned vcpu;
	const char *point; /* in race_points[] */
};

static struct step steps[MAX_STEPS]; /* constant after replay_init */
static unsigned nr_steps; /* the same */
/*
 * atomic: steps reached; nr_steps: nobody is held any more; one more: not yet, somebody is giving
 * up
 */
static uint32_t position;
static uint64_t reached_at; /* atomic: time of the last one */
/* atomic: steps that were really reached, and those of them that tell() has printed */
static uint32_t reached, told;
static uint32_t telling; /* atomic: 1 while somebody does */

/* Per vCPU of the first VM. */
static struct steered {
	bool named; /* constant after replay_init: some step names it */
	const char *at; /* atomic: the point it is held at, or NULL */
	const struct mutex *queued; /* atomic: the mutex it waits for, or NULL */
	struct timer timer; /* ends a hold that takes too long */
} steered[MP_MAX_VCPUS];

/* ---- The schedule as text ------------------------------------------------------ */

static const char *known_point(const char *s, size_t len)
{
	for (const char *const *p = race_points; p < race_points_end; p++)
		if (strlen(*p) == len && memcmp(*p, s, len) == 0)
			return *p;
	return NULL;
}

static bool bad_point(unsigned n, const char *s, int len)
{
	fail("schedule: step %u '%.*s' names no race point; there are", n, len, s);

	for (const char *const *p = race_points; p < race_points_end; p++)
		if (known_point(*p, strlen(*p)) == *p) /* not its second mention */
			fail_more(" %s", *p);
	return false;
}

/* Read step number @n, the @len bytes at @s. */
static bool read_step(unsigned n, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t digits = colon ? (size_t)(colon - s) : 0;
	struct step *step;
	uint64_t vcpu;

	if (n > MAX_STEPS)
		return fail("schedule: more than %d steps", MAX_STEPS);
	step = &steps[n - 1];
	if (!digits || digits + 1 == len || !options_size(s, digits, &vcpu))
		return fail("schedule: step %u '%.*s' is not vcpu:point; is the list cut short?", n,
			    (int)MIN(len, 40UL), s);
	step->point = known_point(colon + 1, len - digits - 1);
	if (!step->point)
		return bad_point(n, s, (int)MIN(len, 40UL));
	if (vcpu >= vms[0].nr_vcpus)
		return fail("schedule: step %u '%.*s': the VM has vCPUs 0 to %u", n, (int)len, s,
			    vms[0].nr_vcpus - 1);
	step->vcpu = (unsigned)vcpu;
	steered[vcpu].named = true;
	return true;
}

/* The steps to replay, as text in the command line. */
static struct text schedule;

static bool set_schedule(struct options *o UNUSED, struct text t)
{
	schedule = t;
	return t.len > 0;
}

static const struct option option = {
	.name = "schedule",
	.right = "a comma list of vCPU:race-point",
	.set = set_schedule,
	.own = &schedule,
	.own_size = sizeof(schedule),
};

ROW(option, option);

bool replay_init(void)
{
	const char *s = schedule.s, *end = s ? s + schedule.len : s;

	for (unsigned i = 0; i < vms[0].nr_vcpus; i++)
		timer_init(&steered[i].timer, &vms[0].vcpus[i].thread);
	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		size_t len = (size_t)((comma ? comma : end) - s);

		if (!read_step(nr_steps + 1, s, len))
			return false;
		nr_steps++;
		s += len + 1;
		if (comma && s == end)
			return fail("schedule: nothing follows the comma after step %u; is the "
				    "list cut short?",
				    nr_steps);
	}
	return true;
}

/* ---- Giving up --------------------------------------------------------------------- */

/* The vCPU of the first VM whose thread that is, as an index, or ANYBODY. */
static unsigned index_of(const struct thread *t)
{
	return t && t->vcpu && t->vcpu->vm == &vms[0] ? t->vcpu->mp.index : ANYBODY;
}

/* What vCPU @i is doing, in words. */
static void describe(unsigned i, char *buf, size_t size)
{
	const struct vcpu *v = &vms[0].vcpus[i];
	const struct mutex *queued = atomic_load_acquire(&steered[i].queued);
	const char *at = atomic_load_acquire(&steered[i].at);
	int n = snprintf(buf, size, "v%u is %s", i,
			 mp_state_name((enum mp_state)atomic_load_relaxed(&v->mp.state_)));

	if (at && n < (int)size)
		n += snprintf(buf + n, size - (size_t)n, ", held at %s", at);
	for (unsigned k = 1; k <= v->thread.mutexes.n && n < (int)size; k++) {
		const struct mutex *m = v->thread.mutexes.at[k].lock;
		const struct thread *owner = m == queued ? m->owner : NULL;

		n += snprintf(buf + n, size - (size_t)n, ", %s %s->lock%s%s",
			      owner ? "waits for" : "holds", rank_name(m->rank),
			      owner ? " held by " : "", owner ? owner->name : "");
	}
}

/* Print what has been reached. May sleep, which reach() may not. */
static void tell(void)
{
	if (atomic_load_acquire(&told) == atomic_load_acquire(&reached) ||
	    atomic_swap(&telling, 1U))
		return;
	while (told < atomic_load_acquire(&reached)) {
		log_notice("replay: %2u  v%u %s", told + 1, steps[told].vcpu, steps[told].point);
		if (told + 1 == nr_steps)
			log_notice("replay: done, all %u steps; going on unsteered", nr_steps);
		atomic_store_release(&told, told + 1);
	}
	atomic_store_release(&telling, 0U);
}

static void let_all_go(void)
{
	for (unsigned i = 0; i < vms[0].nr_vcpus; i++)
		if (atomic_load_acquire(&steered[i].at))
			port_unpark(&vms[0].vcpus[i].thread);
}

/* Step number @k will not be reached: say why, let everybody go. Only one caller gets through. */
static void give_up(uint32_t k, const char *why)
{
	uint32_t expected = k;
	char text[160];

	/* Everybody stays where it is until it has been described. */
	if (!__atomic_compare_exchange_n(&position, &expected, nr_steps + 1, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	tell();
	log_notice("replay: step %u of %u (%u:%s) cannot proceed: %s", k + 1, nr_steps,
		   steps[k].vcpu, steps[k].point, why);
	for (unsigned i = 0; i < vms[0].nr_vcpus; i++) {
		if (!steered[i].named)
			continue;
		describe(i, text, sizeof(text));
		log_notice("replay:    %s", text);
	}
	log_notice("replay: refused after %u of %u steps; going on unsteered", k, nr_steps);
	atomic_store_release(&position, nr_steps);
	let_all_go();
}

/*
 * Does the vCPU whose turn it is wait for a mutex that a held vCPU holds? Then nothing will ever
 * move.
 */
static void check_mutexes(uint32_t k)
{
	unsigned waiter = steps[k].vcpu, holder;
	const struct mutex *m = atomic_load_acquire(&steered[waiter].queued);
	const char *at;
	char why[120];

	holder = m ? index_of(m->owner) : ANYBODY;
	/* To wait there may be the very step. */
	if (holder == ANYBODY || holder == waiter || strcmp(steps[k].point, "mutex_queued") == 0)
		return;
	at = atomic_load_acquire(&steered[holder].at);
	if (!at)
		return;
	snprintf(why, sizeof(why), "v%u waits for %s->lock, held by v%u at %s", waiter,
		 rank_name(m->rank), holder, at);
	give_up(k, why);
}

/* ---- Steering ------------------------------------------------------------------------ */

static bool is_step(uint32_t k, unsigned vcpu, const char *point)
{
	return steps[k].vcpu == vcpu && strcmp(steps[k].point, point) == 0;
}

static bool mentioned(const char *point)
{
	for (unsigned k = 0; k < nr_steps; k++)
		if (strcmp(steps[k].point, point) == 0)
			return true;
	return false;
}

/*
 * Step @k has become true. Amid a switch of threads, too: whoever comes to a race point next tells
 * it.
 */
static void reach(uint32_t k)
{
	uint32_t next = k + 1;

	atomic_store_relaxed(&reached_at, time_now());
	/*
	 * Fails when somebody gives up at this moment: then position is theirs. Pairs with the load
	 * in hold().
	 */
	if (__atomic_compare_exchange_n(&position, &k, next, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		atomic_store_release(&reached, next); /* pairs with tell() */
	let_all_go();
}

/*
 * vCPU @me is at @point: wait until the schedule has come to this, then until it is its turn to
 * leave.
 */
static void hold(unsigned me, const char *point)
{
	struct steered *s = &steered[me];
	bool arrived = false;
	char why[120];

	atomic_store_release(&s->at, point);
	atomic_fence(); /* pairs with reach(): it sees that we are held, or we see its position */
	for (;;) {
		uint32_t k = atomic_load_acquire(&position);
		uint64_t limit = atomic_load_relaxed(&reached_at) + ms_to_ticks(STEP_LIMIT_MS);

		if (k > nr_steps) {
			port_park(); /* until let_all_go() */
			continue;
		}
		if (k == nr_steps || (arrived && steps[k].vcpu == me))
			break;
		if (is_step(k, me, point)) {
			arrived = true;
			reach(k);
			tell();
			continue;
		}
		if (steps[k].vcpu == me) {
			snprintf(why, sizeof(why), "v%u has come to %s instead", me, point);
			give_up(k, why);
		} else if (time_now() >= limit) {
			snprintf(why, sizeof(why), "not reached within %d ms", STEP_LIMIT_MS);
			give_up(k, why);
		} else {
			check_mutexes(k);
			timer_arm(&s->timer, limit);
			port_park();
		}
	}
	timer_cancel(&s->timer);
	atomic_store_release(&s->at, NULL);
}

/* The vCPU index to steer, or ANYBODY: not named, or nothing left to steer. */
static unsigned steerable(const struct thread *t)
{
	unsigned i = index_of(t);

	return i != ANYBODY && steered[i].named && atomic_load_acquire(&position) < nr_steps
		       ? i
		       : ANYBODY;
}

void port_race_point(const char *name)
{
	unsigned me = steerable(this_hart()->current);

	trace_point(this_hart()->current, name);
	tell();
	if (me == ANYBODY || !mentioned(name))
		return;
	if (atomic_load_acquire(&position) || is_step(0, me, name))
		hold(me, name);
}

void race_event(struct vcpu *v, const char *name)
{
	unsigned i = steerable(&v->thread);
	uint32_t k = atomic_load_acquire(&position);

	trace_point(&v->thread, name);
	if (i != ANYBODY && k < nr_steps && is_step(k, i, name))
		reach(k);
}

void replay_queued(const struct mutex *m)
{
	unsigned me = steerable(this_hart()->current);
	uint32_t k = atomic_load_acquire(&position);

	if (me == ANYBODY)
		return;
	atomic_store_release(&steered[me].queued, m);
	atomic_fence(); /* pairs with hold(): the holder sees us queued, or we see it held */
	if (k && k < nr_steps && steps[k].vcpu == me)
		check_mutexes(k);
}

void replay_granted(void)
{
	unsigned me = index_of(this_hart()->current);

	if (me != ANYBODY)
		atomic_store_release(&steered[me].queued, NULL);
}

void replay_end(void)
{
	uint32_t k = atomic_load_acquire(&position);

	tell();
	if (k < nr_steps)
		log_notice("replay: cut short: the VM ended with %u of %u steps done; %u:%s was "
			   "never reached",
			   k, nr_steps, steps[k].vcpu, steps[k].point);
}
