/* SPDX-License-Identifier: MIT */
/* stdlib.h - libfdt includes it, but the parts we build use nothing of it. */
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>

#endif
