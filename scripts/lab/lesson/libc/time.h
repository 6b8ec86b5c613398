/* SPDX-License-Identifier: MIT */
/* time.h - the page's clock; libc.c. */
#ifndef LESSON_TIME_H
#define LESSON_TIME_H

struct timespec {
	long tv_sec, tv_nsec;
};

#define CLOCK_MONOTONIC 1
int clock_gettime(int clock, struct timespec *t);

#endif
