/* SPDX-License-Identifier: MIT */
/* pthread.h - in the page the explorer has one process, so nobody has to be waited for. */
#ifndef LESSON_PTHREAD_H
#define LESSON_PTHREAD_H

typedef int pthread_barrier_t, pthread_barrierattr_t;
#define PTHREAD_PROCESS_SHARED 1
#define pthread_barrierattr_init(a) ((void)(a))
#define pthread_barrierattr_setpshared(a, how) ((void)(a))
#define pthread_barrier_init(b, a, n) ((void)(b))
#define pthread_barrier_wait(b) ((void)(b))

#endif
