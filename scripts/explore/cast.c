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

struct thread threads[MAX_CO];
struct mp_vm vm;
struct mp_vcpu vcpus[MAX_V];
struct ghosts g;

const char *name(unsigned co)
{
	static const char *const vcpu_names[] = { "v0", "v1", "v2", "v3" }, *const others[] = {
		"keeper", "hart", "wire", "agent"
	};

	return co < nr_vcpus ? vcpu_names[co] : others[co - nr_vcpus];
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

/* ---- port.h ------------------------------------------------------------ */

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

bool owns(unsigned co)
{
	return vm.lock.state && vm.lock.owner == &threads[co];
}

bool allowed(unsigned what)
{
	return (with & what) != 0;
}

unsigned state_of(unsigned i)
{
	return vcpus[i].state_;
}

bool system_ends(void)
{
	return vm.phase_ == MP_RESETTING || vm.phase_ == MP_DEAD;
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
	    word == &vcpus[i].irq_posted && !vcpus[i].irq_posted && state_of(i) == MP_SUSPENDED &&
	    choose(2)) {
		vcpus[i].irq_posted = 2;
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
	return word == &vm.live && load && !(reduced & REDUCE_COUNT);
}

/*
 * Accesses that need no turn of their own (README.md says why nothing is lost; --fine gives them
 * one all the same):
 *   the holder of vm->lock at the VM's own words, and giving vm->lock back;
 *   looks without a lock at words that are looked at again under one, or after a sleep that a token
 *   ends;
 *   a vCPU at its own interrupts (the poster's access is the step), a mutex waiter at its own flag;
 *   giving a spinlock back, which never waits and can as well come early.
 */
bool turn(const volatile void *word, int load)
{
	bool owner = owns(me());
	bool of_vm = word == &vm.phase_ || word == &vm.suspender_ || word == &vm.wake_asked_;

	before_look(word, load);
	if (word == &vm.live)
		return !owner || unguarded(word, load);
	if (word == &vm.lock.guard.next || word == &vm.lock.state || of_vm)
		return !owner && !load;
	for (unsigned i = 0; i < nr_vcpus; i++) {
		if (word == &vcpus[i].irq_posted)
			return i != me();
		if (word == &vcpus[i].lock.serving)
			return false;
	}
	return word != &vm.lock.guard.serving && !(load && on_stack(word));
}
