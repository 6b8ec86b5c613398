/* SPDX-License-Identifier: MIT */
/*
 * ring.h - the token ring: harts that are never all STOPPED, although each of them stops again and
 * again. All harts but main are in the ring.
 *
 * The holder of the token starts the next hart, and stops itself only when that start has
 * succeeded. So at every instant one hart of the ring is not STOPPED, and the SBI must answer every
 * SYSTEM_SUSPEND of main with DENIED (SBI 3.0 section 13.1). No timing is in this judgement: one
 * suspend that succeeds is a fault.
 */
#ifndef GUEST_LIB_RING_H
#define GUEST_LIB_RING_H

#include "types.h"

/*
 * Start the ring. Main only, all others STOPPED; needs 2 harts or more. With 2 the other hart keeps
 * the token and stays awake: nothing starts or stops then. Returns when the first holder has been
 * started. Fails the test when that takes too long.
 */
void ring_start(void);

/*
 * End the ring, and wait until all its harts are STOPPED. Main only, after ring_start(). Returns
 * how often a hart took the token, the first one included. Fails the test when a hart does not
 * stop.
 */
u64 ring_stop(void);

#endif
