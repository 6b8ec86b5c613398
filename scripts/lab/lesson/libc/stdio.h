/* SPDX-License-Identifier: MIT */
/* stdio.h - as much of the C library as the explorer uses in the page; libc.c. */
#ifndef LESSON_STDIO_H
#define LESSON_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define PRINTS(fmt, args) __attribute__((format(printf, fmt, args)))

typedef struct lesson_file FILE;
#define stdout ((FILE *)1)
#define stderr ((FILE *)2)

int printf(const char *fmt, ...) PRINTS(1, 2);
int fprintf(FILE *f, const char *fmt, ...) PRINTS(2, 3);
int vprintf(const char *fmt, va_list ap) PRINTS(1, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) PRINTS(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) PRINTS(3, 0);
int fflush(FILE *f);
void perror(const char *what);

#endif
