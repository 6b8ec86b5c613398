/* SPDX-License-Identifier: MIT */
/*
 * sched.pml - sleep, wake-up and migration of one thread over two harts, as hyp/sched/sched.c does it.
 *
 * A thread T that parks when it has no reason to run; a waker that posts reasons; two harts that take T from the queue it is on, each
 * also from the other's (pull). MODE: 0 right, 1 no token: a wake-up that finds T awake leaves nothing behind (lost wake-up, H10),
 * 2 pull takes a thread whose context is still on a hart (two harts, one context, H22), 3 STOPPED is published before the context
 * is saved (H5), 4 the hart asks whether T has ended after it has let it go.
 */
#ifndef MODE
#define MODE 0
#endif
#define NONE 2

mtype = { RUNNING, SLEEPING, READY, DEAD };

mtype st = READY;
bool tl;              /* thread->lock */
bool token, pending;  /* pending: a reason to run, posted before the wake-up */
byte queue = 0;       /* hart whose queue T is on */
byte on_hart = NONE;  /* who holds T's context */
bool uses[2];         /* ghost: who executes on T's stack */
bool stopped;         /* published: may be started afresh */
bool stopping;
byte posts;
bool woken;           /* ghost: the waker has said all it had to say */

inline LOCK()   { atomic { !tl -> tl = true } }
inline UNLOCK() { tl = false }

/* T's code, run by hart me: consume reasons, then park, or stop. Ends when T has left the hart. */
inline run_T() {
	do
	:: pending -> pending = false
	:: !pending ->                          /* looked: nothing; the post may come right now */
		LOCK();
		if
		:: token -> token = false; UNLOCK()
		:: !token -> st = SLEEPING; UNLOCK(); break
		fi
	:: posts == 2 && !pending && !stopping ->       /* the guest stops its vCPU */
		LOCK(); stopping = true; st = DEAD; UNLOCK();
#if MODE == 3
		stopped = true;
#endif
		break
	od
}

proctype hart(byte me) {
	bool ended;
end:	do
	:: atomic { st == READY && (queue == me || (MODE == 2) || on_hart == NONE) && (on_hart == NONE || on_hart == me || MODE == 2) ->
		st = RUNNING }
		on_hart = me;
		atomic { assert(!uses[1 - me]); uses[me] = true }        /* I7 */
		run_T();
		/* still on T's stack: registers are being saved; it may be woken, and queued, before that is done */
		uses[me] = false;
		ended = (st == DEAD);   /* before T is let go: after that another hart may run it, and end it */
#if MODE == 4
		on_hart = NONE;
		ended = (st == DEAD);
#else
		on_hart = NONE;
#endif
		if
		:: ended -> stopped = true
		:: else
		fi
	od
}

proctype waker() {
	do
	:: posts < 2 ->
		posts++;
		pending = true;
		LOCK();
		if
		:: st == SLEEPING ->
			queue = (on_hart == NONE -> posts % 2 : on_hart);       /* choose_hart() */
			st = READY
		:: else ->
#if MODE != 1
			token = true
#else
			skip
#endif
		fi;
		UNLOCK()
	:: posts == 2 -> woken = true; break
	od
}

/* Starts T afresh once it is stopped. */
proctype starter() {
end:	stopped -> atomic { assert(!uses[0] && !uses[1]) }               /* H5 */
}

/* A reason is pending, T sleeps, and nobody is on the way to wake it. */
proctype monitor_T() {
end:	atomic { st == SLEEPING && pending && posts == 2 && !tl && woken -> assert(false) }       /* I8 */
}

init {
	atomic { run hart(0); run hart(1); run waker(); run starter(); run monitor_T() }
}
