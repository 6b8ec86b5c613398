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
#include "sbi/sbi.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define MAX_V 4

extern struct vcpu vcpus[MAX_V];
extern struct held_locks spins[MAX_CO];
#define VM (vms[0].mp)

/* Who is who among the coroutines: first the vCPUs. */
#define KEEPER nr_vcpus
#define WIRE (nr_vcpus + 1) /* brings the interrupts that anybody sends to anybody */
#define AGENT (nr_vcpus + 2)
/* The harts that vCPUs leave when they stop, one for each: the scheduler there has more to say. */
#define HART(vcpu) (nr_vcpus + 3 + (vcpu))
#define NR_CO (2 * nr_vcpus + 3)

enum life { DEAD, LAUNCHED, GUEST, LEAVING };

enum op { NONE, START, SUSPEND_SYSTEM };

/* What is not the hypervisor's: how far everybody is, and what the ghosts remember. */
struct ghosts {
	uint8_t life[MAX_V]; /* enum life of the vCPU's thread */
	uint8_t on_hart[MAX_V]; /* its context is in use */
	uint8_t asleep[MAX_V + 1]; /* a vCPU or the keeper: in port_park(), for no lock */
	uint8_t ops[MAX_CO]; /* operations begun, when they are counted */
	/* ghosts */
	uint8_t was[MAX_V]; /* state after the last step */
	uint8_t winner[MAX_V]; /* tag of the start that moved it out of STOPPED */
	uint8_t op[MAX_CO], target[MAX_CO]; /* enum op in progress */
	uint8_t seen[MAX_CO]; /* a reason to refuse that operation has been true meanwhile */
	uint8_t edges[MAX_V]; /* out of STOPPED, not yet accounted for by a successful start */
	/* an interrupt was posted after the start and before the first entry */
	uint8_t posted[MAX_V];
	uint8_t fresh[MAX_V]; /* its registers have been reset, for the launch to come */
	uint8_t woken[MAX_V]; /* it has slept as a suspend does, or had a reason not to */
	uint8_t ended; /* the machine has been told that the VM has ended */
};

extern struct ghosts g;

/* Whose start or resume it is, and the address and the argument that stand for that. */
#define TAG(co) (0x10u + (co))
#define TAG_RESUME(co) (0x20u + (co))
#define ADDRESS(tag) (GUEST_RAM_BASE + 2UL * (tag))

bool allowed(unsigned what);
unsigned state_of(unsigned vcpu);
/* Are there enough already who wait for vm->lock? */
bool crowded(void);
/* The keeper, who is about to take vm->lock, does so later if it is crowded. */
void before_lock(void);
bool owns(unsigned co); /* vm->lock; also if it has not noticed yet */
bool system_ends(void); /* the VM is being reset, or dead */
const char *name(unsigned co);
struct thread *thread_nr(unsigned co);
unsigned nr_of(const struct thread *t);
void wake(unsigned co); /* as sched_notify() and port_unpark() do */
bool turn(const volatile void *word, int load); /* struct world */
bool unguarded(const volatile void *word, int load); /* struct world */

/* ---- callers.c ---- */

/* What guests call. */
enum call { CALL_START, CALL_STOP, CALL_STATUS, CALL_SUSPEND, CALL_SUSPEND_SYSTEM, CALL_RESET };

struct sbi_ret sbi(enum call call, struct vcpu *v, const uint64_t *a);
/* struct world: what @co began has ended, in the guest or in a stop. */
void operation_ended(unsigned co);
/* What sched_launch() has been told to run on that thread. */
void run_launched(unsigned co);
/* I4: that is where @f's guest begins, or goes on; within the step that has said so to @f. */
void check_entry(struct guest_frame *f, uint64_t at);
/* @vcpu's context is off its hart. */
void leave_hart(unsigned vcpu);
void callers_init(void);
void callers_begun(void); /* the first state is complete */

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
