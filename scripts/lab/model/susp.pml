/* SPDX-License-Identifier: MIT */
/*
 * susp.pml - START, STOP, SUSPEND and RESET of vCPUs as a model, small enough for one page of state.
 *
 * N vCPUs share states st[], a lock each (lk[]) and the VM's mutex (vml). Every shared access is one step, in one order for all:
 * memory order is for scripts/lab/litmus. Unlike the explorer, which runs the C code, this says what the protocol is meant to be.
 *
 *   make model                                     every line of expected.txt
 *   spin -a -DLK=0 susp.pml && gcc -O2 -DSAFETY -DBFS -o pan pan.c && ./pan && spin -t -p -DLK=0 susp.pml     one, with its trail
 *
 *  LK=0 none  1 flag  2 mutex  3 flagown  4 flagcnt  5 half  6 early  7 allown  8 allidx  9 late  10 racy  11 clobber
 *     12 norecheck  13 waitlocked  14 lateclear  15 earlystop: the variants of scripts/lab/variants
 *
 * Options: SRST   a vCPU may reset the system          VMM    an agent outside may start a stopped vCPU
 *          HSUSP  a vCPU may suspend itself            SPUR   no start may be refused because of a suspend (I5)
 *          IPI    a successful starter sends an interrupt to the started (I13)
 *
 * Asserted: I1 at the suspend and after it all others are stopped; I2 after a reset nobody leaves STOPPED; I3 one start for each
 * time a vCPU leaves STOPPED; I4 it enters with its own start's registers; H5 its old context is off the hart; no deadlock.
 */
#ifndef N
#define N 3
#endif
#ifndef LK
#define LK 2
#endif

mtype = { STOPPED, STARTED, SUSPD };

mtype st[N];
bool  lk[N];       /* mp_state_lock */
bool  vml;         /* vm->lock */
byte  flag;        /* suspend_in_progress */
byte  susp;        /* 0, or i+1 while vCPU i holds the system suspended */
bool  dead;        /* system reset committed */
byte  pc[N];       /* start/resume register slot: writer's id + 1 */
byte  win[N];      /* ghost: winner of the current start, id + 1 */
bool  tk[N];       /* LK=11: start ticket */
bool  pend[N];     /* an interrupt is pending */
bool  sent[N];     /* ghost: one was sent after the start */
bool  onhart[N];   /* the context is on a hart */
bool  gone[N];     /* has seen the reset and stopped for it */

inline LOCK(i)   { atomic { !lk[i] -> lk[i] = true } }
inline UNLOCK(i) { lk[i] = false }
inline VLOCK()   { atomic { !vml -> vml = true } }
inline VUNLOCK() { vml = false }

#if LK == 2 || LK == 6 || LK == 9 || LK >= 12
#define VML_START 1
#endif
#if LK == 2 || LK == 5 || LK == 6 || LK == 9 || LK >= 12
#define VML_SUSP 1
#endif
#if LK == 1 || LK == 3
#define FLAG_SET()   flag = 1
#define FLAG_CLR()   flag = 0
#elif LK == 4
#define FLAG_SET()   atomic { flag = flag + 1 }
#define FLAG_CLR()   atomic { flag = flag - 1 }
#else
#define FLAG_SET()   skip
#define FLAG_CLR()   skip
#endif

inline power_on(t, who) {       /* the store that publishes STARTED */
	atomic {
		assert(susp == 0);              /* I1, after the commit */
		assert(!dead);                  /* I2 */
		assert(win[t] == 0);            /* I3 */
		assert(!onhart[t]);             /* H5 */
#if LK != 14
		pend[t] = false;
#endif
		sent[t] = false; won = true;
		win[t] = who + 1;
		st[t] = STARTED
	}
}

inline do_start(t) {
	den = false;
#ifdef VML_START
	VLOCK();
#endif
#if LK == 10
	if
	:: st[t] == STOPPED -> pc[t] = me + 1; power_on(t, me)
	:: else
	fi;
#elif LK == 11
	if
	:: atomic { !tk[t] -> tk[t] = true };
		pc[t] = me + 1;
		if
		:: atomic { st[t] == STOPPED -> power_on(t, me) }
		:: st[t] != STOPPED -> tk[t] = false
		fi
	:: tk[t] -> skip
	fi;
#else
	if
#if defined(VML_START) && LK != 12
	:: dead -> skip                         /* caller is being reset */
#endif
	:: else ->
		LOCK(t);
		if
		:: st[t] != STOPPED -> skip     /* ALREADY_AVAILABLE */
		:: else ->
			if
			:: flag != 0 -> den = true
			:: else ->
#if LK == 9
				power_on(t, me);
				pc[t] = me + 1
#else
				pc[t] = me + 1;
				power_on(t, me)
#endif
			fi
		fi;
		UNLOCK(t)
	fi;
#endif
#ifdef VML_START
	VUNLOCK();
#endif
#ifdef SPUR
	assert(den == false);                   /* I5 */
#endif
#ifdef IPI
	if
	:: won -> atomic { if :: win[t] != 0 -> pend[t] = true; sent[t] = true :: else fi }
	:: else
	fi;
#endif
	den = false; won = false
}

inline commit_susp() {
	atomic {
		j = 0;
		do
		:: j < N && j == me -> j++
		:: j < N && j != me -> assert(st[j] == STOPPED); j++    /* I1 */
		:: j == N -> break
		od;
		assert(!dead);                  /* I2 */
		susp = me + 1; j = 0
	}
}

inline do_susp() {
	i = 0; ok = true;
#ifdef VML_SUSP
	VLOCK();
#endif
#if LK == 7
	LOCK(me);
	do
	:: i < N && i == me -> i++
	:: i < N && i != me -> LOCK(i); i++
	:: i == N -> break
	od;
#elif LK == 8
	do :: i < N -> LOCK(i); i++ :: i == N -> break od;
#endif
	i = 0;
	FLAG_SET();
	do
	:: i < N && i == me -> i++
	:: i < N && i != me ->
#if LK != 0 && LK != 7 && LK != 8 && LK != 10 && LK != 11
		LOCK(i);
#endif
		if
		:: st[i] != STOPPED -> ok = false
		:: else
		fi;
#if LK != 0 && LK != 7 && LK != 8 && LK != 10 && LK != 11
		UNLOCK(i);
#endif
		if :: !ok -> break :: else -> i++ fi
	:: i == N -> break
	od;
#if LK == 2 || LK == 8 || LK >= 13
	if :: dead -> ok = false :: else fi;
#endif
	if
	:: !ok -> FLAG_CLR()                    /* SBI_ERR_DENIED */
	:: else ->
#if LK == 6
		VUNLOCK();
#endif
		commit_susp();
		pc[me] = me + 1                 /* resume registers */
	fi;
#if LK == 7 || LK == 8
	i = 0;
	do :: i < N -> UNLOCK(i); i++ :: i == N -> break od;
#endif
#if LK == 6
	if :: !ok -> VUNLOCK() :: else fi;
#elif defined(VML_SUSP)
	VUNLOCK();
#endif
	if
	:: ok ->                                /* asleep; woken any time later */
		susp = 0;
		FLAG_CLR();
		pc[me] = 0
	:: else
	fi;
	i = 0; ok = false
}

inline do_stop() {
	LOCK(me);
#if LK == 15
	st[me] = STOPPED;
	UNLOCK(me);
	onhart[me] = false              /* too late */
#else
	onhart[me] = false;
#if LK == 2 || LK == 8 || LK >= 12
	if :: !dead -> st[me] = STOPPED :: else fi;
#else
	st[me] = STOPPED;
#endif
	UNLOCK(me)
#endif
}

inline do_srst() {
	i = 0;
#ifdef VML_SUSP
	VLOCK();
#endif
	do
	:: i < N -> LOCK(i); st[i] = STOPPED; onhart[i] = false; UNLOCK(i); i++
	:: i == N -> break
	od;
	i = 0;
	dead = true;
#if LK == 13
	do
	:: i < N -> (i == me || gone[i]); i++   /* waits with the mutex held */
	:: i == N -> break
	od;
	i = 0;
#endif
#ifdef VML_SUSP
	VUNLOCK()
#endif
}

proctype vcpu(byte me) {
	byte i, j; bool ok, den, won;
end:	do
	:: dead -> gone[me] = true; break
	:: !dead && st[me] == STARTED ->
		/* enter the guest */
		if
		:: win[me] != 0 ->
			atomic {
				assert(pc[me] == win[me]);      /* I4 */
#if LK == 14
				pend[me] = false;
#endif
				assert(!sent[me] || pend[me]);  /* I13 */
				win[me] = 0; pc[me] = 0; tk[me] = false; sent[me] = false; pend[me] = false;
				onhart[me] = true
			}
		:: else
		fi;
		/* the guest picks its next SBI call */
		if
		:: do_stop()
		:: do_susp()
		:: i = 0; do_start(i); i = 0
		:: i = 1; do_start(i); i = 0
#if N > 2
		:: i = 2; do_start(i); i = 0
#endif
#if N > 3
		:: i = 3; do_start(i); i = 0
#endif
#ifdef SRST
		:: do_srst()
#endif
#if LK == 1
		:: flag = 0             /* MMIO exit, re-enters KVM_RUN */
#endif
#ifdef HSUSP
		::      pc[me] = me + 1;
			LOCK(me); st[me] = SUSPD; UNLOCK(me);
			/* an IPI wakes it at any later time */
			LOCK(me); st[me] = STARTED; UNLOCK(me);
			atomic { assert(pc[me] == me + 1); pc[me] = 0 } /* I4 */
#endif
		fi
#if LK == 1
	:: !dead && st[me] == STOPPED ->
		flag = 0                /* signal: thread bounces via userspace */
#endif
	od
}

#ifdef VMM
proctype vmm() {
	byte t; bool won;
end:	do
	:: dead -> break
	:: !dead ->
		t = 0; won = false;
		do :: t < N-1 -> t++ :: break od;
#ifdef VML_START
		VLOCK();
#endif
		LOCK(t);
		if
#if LK == 2 || LK == 6 || LK == 8 || LK == 9 || LK >= 12
		:: st[t] == STOPPED && susp == 0 && !dead ->
#else
		:: st[t] == STOPPED ->
#endif
			pc[t] = N + 1; power_on(t, N)
		:: else
		fi;
		UNLOCK(t);
#ifdef VML_START
		VUNLOCK();
#endif
		t = 0
	od
}
#endif

init {
	byte k;
	atomic {
		do
		:: k < N -> st[k] = STOPPED; k++
		:: k == N -> break
		od;
		st[0] = STARTED; onhart[0] = true;
		k = 0;
		do
		:: k < N -> run vcpu(k); k++
		:: k == N -> break
		od;
#ifdef VMM
		run vmm()
#endif
	}
}
