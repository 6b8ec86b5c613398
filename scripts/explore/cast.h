/* SPDX-License-Identifier: MIT */
/*
 * cast.h - who and what is in the protocol's world: shared by those who act (protocol.c) and the
 * ghosts who watch (watch.c).
 */
#ifndef EXPLORE_CAST_H
#define EXPLORE_CAST_H

#include "engine.h"
#include "lock/rank.h"
#include "mp/mp.h"
#include "protocol.h"

#define MAX_V 4

/* A thread of the hypervisor, as lock/ sees one: a coroutine. */
struct thread {
	struct held_locks mutexes, spins;
};

extern struct thread threads[MAX_CO];
extern struct mp_vm vm;
extern struct mp_vcpu vcpus[MAX_V];

/* Who is who among the coroutines: first the vCPUs. */
#define KEEPER nr_vcpus
/* Where a stopped vCPU was: the scheduler there has more to say; idle when that is reduced. */
#define HART (nr_vcpus + 1)
#define WIRE (nr_vcpus + 2) /* brings the interrupts that anybody sends to anybody */
#define AGENT (nr_vcpus + 3)
#define NR_CO (nr_vcpus + 4)

enum life { DEAD, LAUNCHED, GUEST };

enum op { NONE, START, SUSPEND_SYSTEM };

/* What is not the hypervisor's: how far everybody is, and what the ghosts remember. */
struct ghosts {
	uint8_t life[MAX_V]; /* enum life of the vCPU's thread */
	uint8_t on_hart[MAX_V]; /* its context is in use */
	uint8_t asleep[MAX_V]; /* in a suspend, in port_park() */
	uint8_t ops[MAX_V + 4]; /* operations begun, when they are counted */
	uint8_t settle_owed;
	/* ghosts */
	uint8_t was[MAX_V]; /* state after the last step */
	uint8_t winner[MAX_V]; /* tag of the start that moved it out of STOPPED */
	uint8_t op[MAX_V + 4], target[MAX_V + 4]; /* enum op in progress */
	uint8_t seen[MAX_V + 4]; /* a reason to refuse that operation has been true meanwhile */
	uint8_t edges[MAX_V]; /* out of STOPPED, not yet accounted for by a successful start */
	/* an interrupt was posted after the start and before the first entry */
	uint8_t posted[MAX_V];
	uint8_t suspender; /* 1 + who has been told that it suspended the system */
};

extern struct ghosts g;

#define TAG(co) (0x10u + (co))
#define TAG_RESUME(co) (0x20u + (co))

bool allowed(unsigned what);
unsigned state_of(unsigned vcpu);
bool owns(unsigned co); /* vm->lock; also if it has not noticed yet */
bool system_ends(void); /* the VM is being reset, or dead */
const char *name(unsigned co);
void wake(unsigned co); /* as sched_notify() and port_unpark() do */
bool turn(const volatile void *word, int load); /* struct world */
bool unguarded(const volatile void *word, int load); /* struct world */

/* ---- watch.c ---- */

void watch_init(void);
/* Bring the ghosts up to date in the middle of a step. */
void look(void);
const char *check(void);
const char *quiet(void);
void changes(void);
uint64_t abstract(void);
/* A race point, or what the hypervisor reports as one, has been passed by @vcpu. */
void note_point(unsigned vcpu, const char *point);
void print_schedule(void);

#endif
