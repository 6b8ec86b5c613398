/* SPDX-License-Identifier: MIT */
/* limits.h - the limit libfdt and lib/printf.c ask for, from the compiler's own knowledge. */
#ifndef LIBC_LIMITS_H
#define LIBC_LIMITS_H

#define INT_MAX __INT_MAX__

#endif
