/* SPDX-License-Identifier: MIT */
/*
 * tick.pml - nobody waits for ever behind a guest that computes: two harts, more threads than harts, and the tick, as hyp/sched/sched.c has them.
 *
 * The tick of a hart is on while its queue is not empty; the hart itself turns it on and off, so whoever puts a thread into the queue of
 * another kicks that hart, unless somebody is in the queue already: then a kick is on its way, or the tick is on. MODE: 0 right,
 * 1 share() gives a thread to another hart and does not kick it, 2 a hart that has got a new thread does not look at its tick.
 */
#ifndef MODE
#define MODE 0
#endif
#define THREADS 4

byte queued[2];      /* in each hart's queue */
byte asleep;         /* threads that wait for an interrupt */
bool kick[2], tick[2];
bool busy[2];        /* a thread has the hart */
byte coming;         /* ghost: kicks that are about to be sent */
bool guest[2];       /* ... and is in its guest, where only an interrupt, or what it does itself, comes between */

/* The queue is looked at in one moment, the tick changed in another. */
inline PROGRAM(me) { waiting = queued[me] > 0; tick[me] = waiting }

inline KICK(whom) { atomic { kick[whom] = true; coming-- } }

inline PUT(q) {
	atomic { first = queued[q] == 0; queued[q]++; coming = coming + first };
	if
	:: first -> KICK(q)
	:: else
	fi
}

/* The hart is free: take from its own queue, or from the other's. */
inline NEXT(h) {
	atomic {
		busy[h] = false;
		if
		:: queued[h] > 0 -> queued[h]--; busy[h] = true
		:: queued[h] == 0 && queued[1 - h] > 0 -> queued[1 - h]--; busy[h] = true
		:: else
		fi
	}
#if MODE != 2
	if
	:: busy[h] -> PROGRAM(h)
	:: else -> tick[h] = false
	fi
#endif
}

inline SHARE(h) {
	atomic {
		gives = queued[1 - h] + 2 <= queued[h];
		if
		:: gives -> queued[h]--; queued[1 - h]++; coming++
		:: else
		fi
	}
	if
#if MODE == 1
	:: gives -> coming--
#else
	:: gives -> KICK(1 - h)
#endif
	:: else
	fi
}

proctype hart(byte h) {
	bool waiting, first, gives;

end:	do
	:: busy[h] ->
		guest[h] = true;
		/* A guest may compute for ever. What else can happen to it: */
endin:		if
		:: kick[h] -> guest[h] = false; kick[h] = false; PROGRAM(h)
		:: tick[h] -> guest[h] = false; tick[h] = false; SHARE(h); PUT(h); NEXT(h)
		:: asleep < 1 -> guest[h] = false; asleep++; NEXT(h)
		fi
	:: !busy[h] && kick[h] -> kick[h] = false; NEXT(h)
	:: !busy[h] && queued[h] + queued[1 - h] > 0 -> NEXT(h)   /* looks before it sleeps, and is offered what waits elsewhere */
	od
}

/* Interrupts for sleepers: to either hart's queue. */
proctype waker() {
	bool first;

end:	do
	:: atomic { asleep > 0 -> asleep-- }; if :: PUT(0) :: PUT(1) fi
	od
}

/* Both harts are in guests that compute, somebody waits behind one of them, and nothing will ever come between (H23). */
proctype monitor() {
end:	atomic { guest[0] && guest[1] && !kick[0] && !kick[1] && !coming && ((queued[0] && !tick[0]) || (queued[1] && !tick[1])) -> assert(false) }
}

init {
	atomic { queued[0] = THREADS; run hart(0); run hart(1); run waker(); run monitor() }
}
