/* SPDX-License-Identifier: MIT */
/* unistd.h - in the page the explorer has one process, with --jobs=1. */
#include <stdlib.h>

#define fork() (abort(), 1)
#define write(fd, text, n) (abort(), (void)(text), 0)
#define _exit(status) exit(status)
