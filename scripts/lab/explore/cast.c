/* SPDX-License-Identifier: MIT */
/*
 * cast.c - who is in the protocol's world, what port/port.h is to them, and which of their accesses
 * need a turn.
 */
#include <stdio.h>
#include <string.h>

#include "cast.h"
#include "lib/atomic.h"
#include "port/port.h"

struct vm vms[MAX_VMS];
unsigned nr_vms = 1;
struct vcpu vcpus[MAX_V];
struct held_locks spins[MAX_CO];
struct ghosts g;
static struct thread others[MAX_CO]; /* who is neither a vCPU nor the keeper */

const char *name(unsigned co)
{
	static const char *const vcpu_names[] = { "v0", "v1", "v2", "v3" }, *const names[] = {
		"keeper", "wire", "agent", "hart0", "hart1", "hart2", "hart3"
	};

	return co < nr_vcpus ? vcpu_names[co] : names[co - nr_vcpus];
}

struct thread *thread_nr(unsigned co)
{
	if (co == KEEPER)
		return &vms[0].keeper;
	return co < nr_vcpus ? &vcpus[co].thread : &others[co];
}

unsigned nr_of(const struct thread *t)
{
	unsigned co = 0;

	while (thread_nr(co) != t)
		co++;
	return co;
}

const char *lock_name(const void *lock)
{
	static char text[2][24];
	static unsigned turn;
	char *buf = text[turn ^= 1];

	if (lock == &VM.lock.guard || lock == &VM.lock)
		return "vm->lock's guard";
	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (lock == &vcpus[i].mp.lock) {
			snprintf(buf, sizeof(text[0]), "v%u's lock", i);
			return buf;
		}
	}
	return "a lock";
}

/* ---- port.h ------------------------------------------------------------ */

struct thread *port_self(void)
{
	return thread_nr(me());
}

struct held_locks *port_held_by_hart(void)
{
	return &spins[me()];
}

struct held_locks *port_held_by_thread(void)
{
	return &thread_nr(me())->mutexes;
}

void wake(unsigned co)
{
	if (opt_fine)
		yield_step();
	give_token(co);
	if (tracing())
		trace("%s wakes %s", name(me()), name(co));
}

void port_unpark(struct thread *t)
{
	wake(nr_of(t));
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

bool owns(unsigned co)
{
	return VM.lock.state && VM.lock.owner == thread_nr(co);
}

bool allowed(unsigned what)
{
	return (with & what) != 0;
}

unsigned state_of(unsigned i)
{
	return vcpus[i].mp.state_;
}

bool system_ends(void)
{
	return VM.phase_ == MP_RESETTING || VM.phase_ == MP_DEAD;
}

/*
 * REDUCE_POSTS: an interrupt can as well come just before its vCPU looks for one, as nobody else
 * can tell. Here is that place. Not for one that has been looked for in the guest: it would be
 * taken, and nothing come of it.
 */
static void before_look(const volatile void *word, int load)
{
	unsigned i = me();

	if ((reduced & REDUCE_POSTS) && allowed(WITH_IPI) && load && i < nr_vcpus &&
	    word == &vcpus[i].mp.irq_posted && !vcpus[i].mp.irq_posted &&
	    state_of(i) == MP_SUSPENDED && choose(2)) {
		vcpus[i].mp.irq_posted = 2;
		if (tracing())
			trace("an interrupt is sent to %s", name(i));
	}
}

/*
 * A vCPU that stops counts itself out of `live` with its own lock alone; others read it with
 * vm->lock alone. REDUCE_COUNT: nobody who looks at `live` minds that it falls a moment after the
 * state does. (That it rises a moment before the state leaves STOPPED, nobody with vm->lock can
 * see: who starts a vCPU has that.)
 */
bool unguarded(const volatile void *word, int load)
{
	return word == &VM.live && load && !(reduced & REDUCE_COUNT);
}

bool crowded(void)
{
	unsigned n = 0;

	for (unsigned i = 0; VM.lock.state && i < NR_CO; i++)
		n += waits_for(i) == W_PARK && !(i <= KEEPER && g.asleep[i]) && !owns(i);
	return VM.lock.state && n >= max_waiters;
}

void before_lock(void)
{
	yield(W_CUSTOM, NULL);
	go_on();
}

/*
 * What the keeper is asked by. That it asks itself once more is in one step with what it has done
 * before; REDUCE_KEEPER: to be told of something is in one step with what has happened, and to take
 * note of that with waking up.
 */
static bool keeper_turn(int load)
{
	if (!(reduced & REDUCE_KEEPER))
		return true;
	if (me() == KEEPER && !load && !goes_on())
		before_lock();
	return false;
}

/*
 * Accesses that need no turn of their own (README.md says why nothing is lost; --fine gives them
 * one all the same):
 *   the holder of vm->lock at the VM's own words, and giving vm->lock back;
 *   looks without a lock at words that are looked at again under one, or after a sleep that a token
 *   ends;
 *   a vCPU at its own interrupts (the poster's access is the step), a mutex waiter at its own flag;
 *   giving a spinlock back, which never waits and can as well come early;
 *   the time of a suspend: time stands still.
 */
bool turn(const volatile void *word, int load)
{
	bool owner = owns(me());
	bool of_vm = word == &VM.phase_ || word == &VM.suspender_ || word == &VM.wake_asked_;

	before_look(word, load);
	if (word == &vms[0].keeper_asked)
		return keeper_turn(load);
	if (word == &vms[0].suspended_at)
		return false;
	if (word == &VM.live)
		return !owner || unguarded(word, load);
	if (word == &VM.lock.guard.next || word == &VM.lock.state || of_vm)
		return !owner && !load;
	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (word == &vcpus[i].mp.irq_posted)
			return i != me();
		if (word == &vcpus[i].mp.lock.serving)
			return false;
	}
	return word != &VM.lock.guard.serving && !(load && on_stack(word));
}
