/* SPDX-License-Identifier: MIT */
/* mman.h - memory for the explorer in the page: it grows, and is zero. */
#ifndef LESSON_MMAN_H
#define LESSON_MMAN_H

#include <stddef.h>

enum { PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_ANONYMOUS = 2, MAP_NORESERVE = 4 };
#define MAP_FAILED ((void *)-1)

void *mmap(void *at, size_t n, int prot, int flags, int fd, long offset);

#endif
