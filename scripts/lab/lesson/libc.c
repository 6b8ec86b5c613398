/* SPDX-License-Identifier: MIT */
/*
 * libc.c - as much of the C library as the explorer uses, for the page: text, memory, time. What is
 * printed goes to the page, a piece at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "lib/types.h"
#include "page.h"

/* ---- Memory ------------------------------------------------------------- */

#define PAGE 65536UL

void *memcpy(void *to, const void *from, size_t n)
{
	return __builtin_memmove(to, from, n); /* one instruction, with -mbulk-memory */
}

void *memmove(void *to, const void *from, size_t n)
{
	return __builtin_memmove(to, from, n);
}

void *memset(void *to, int c, size_t n)
{
	return __builtin_memset(to, c, n);
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;
	uint64_t x, y;

	for (; n >= 8; n -= 8, p += 8, q += 8) {
		__builtin_memcpy(&x, p, 8);
		__builtin_memcpy(&y, q, 8);
		if (x != y)
			break;
	}
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p < *q ? -1 : 1;
	return 0;
}

void *mmap(void *at UNUSED, size_t n, int prot UNUSED, int flags UNUSED, int fd UNUSED,
	   long offset UNUSED)
{
	size_t old = __builtin_wasm_memory_grow(0, (n + PAGE - 1) / PAGE);

	return old == (size_t)-1 ? MAP_FAILED : (void *)(old * PAGE);
}

void *calloc(size_t n, size_t size)
{
	void *p = mmap(NULL, n * size, 0, 0, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void free(void *p UNUSED)
{
}

/* ---- Strings ------------------------------------------------------------- */

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (uint8_t)*a - (uint8_t)*b : 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (; *s; s++)
		if (*s == c)
			return (char *)(uintptr_t)s;
	return NULL;
}

char *strtok(char *s, const char *delimiters)
{
	static char *rest;
	char *word;

	word = s ? s : rest;
	while (word && *word && strchr(delimiters, *word))
		word++;
	if (!word || !*word)
		return NULL;
	for (rest = word; *rest && !strchr(delimiters, *rest); rest++)
		;
	if (*rest)
		*rest++ = 0;
	return word;
}

unsigned long strtoul(const char *text, char **end, int base)
{
	unsigned long n = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		n = n * (unsigned long)base + (unsigned long)(*text - '0');
	if (end)
		*end = (char *)(uintptr_t)text;
	return n;
}

/* ---- Text ---------------------------------------------------------------- */

struct out {
	char *buf;
	size_t size, n;
};

static void put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->buf[o->n] = c;
	o->n++;
}

static void pad(struct out *o, char with, int n)
{
	while (n-- > 0)
		put(o, with);
}

static void put_number(struct out *o, uint64_t v, unsigned base, bool negative, int width,
		       char with)
{
	char digits[24];
	int n = 0;

	do
		digits[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	if (negative)
		digits[n++] = '-';
	pad(o, with, width - n);
	while (n)
		put(o, digits[--n]);
}

static void put_text(struct out *o, const char *s, int width, int most)
{
	int n = 0;

	for (; s[n] && n < most; n++)
		put(o, s[n]);
	pad(o, ' ', -width - n);
}

/* One digit after the point: all that is asked for. */
static void put_seconds(struct out *o, double v)
{
	uint64_t tenths = (uint64_t)(v * 10 + 0.5);

	put_number(o, tenths / 10, 10, false, 0, ' ');
	put(o, '.');
	put_number(o, tenths % 10, 10, false, 0, ' ');
}

struct spec {
	int width, precision;
	char with;
	bool wide;
};

static const char *read_spec(const char *f, struct spec *s)
{
	bool left = *f == '-';

	*s = (struct spec){ .precision = __INT_MAX__, .with = ' ' };
	f += left;
	if (*f == '0')
		s->with = '0';
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + (*f - '0');
	if (*f == '.')
		for (f++, s->precision = 0; *f >= '0' && *f <= '9'; f++)
			s->precision = s->precision * 10 + (*f - '0');
	if (left)
		s->width = -s->width;
	while (*f == 'l' || *f == 'z') {
		s->wide = f[0] == 'l' && f[1] == 'l';
		f += 1 + s->wide;
	}
	return f;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct spec s;
	int64_t v;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = read_spec(fmt + 1, &s);
		if (*fmt == 's') {
			put_text(&o, va_arg(ap, const char *), s.width, s.precision);
		} else if (*fmt == 'c') {
			put(&o, (char)va_arg(ap, int));
		} else if (*fmt == 'f') {
			put_seconds(&o, va_arg(ap, double));
		} else if (*fmt == '%') {
			put(&o, '%');
		} else if (*fmt == 'd') {
			v = s.wide ? va_arg(ap, long long) : va_arg(ap, int);
			put_number(&o, (uint64_t)(v < 0 ? -v : v), 10, v < 0, s.width, s.with);
		} else {
			if (*fmt == 'p')
				put_text(&o, "0x", 0, 2);
			put_number(&o, s.wide ? va_arg(ap, uint64_t) : va_arg(ap, unsigned),
				   *fmt == 'u' ? 10 : 16, false, s.width, s.with);
		}
	}
	if (size)
		buf[MIN(o.n, size - 1)] = 0;
	return (int)o.n;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int vprintf(const char *fmt, va_list ap)
{
	static char text[1024];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	page_print(text, strlen(text));
	return n;
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return n;
}

int fprintf(FILE *f UNUSED, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return n;
}

int fflush(FILE *f UNUSED)
{
	return 0;
}

void perror(const char *what)
{
	printf("%s\n", what);
}

/* ---- The rest -------------------------------------------------------------- */

int clock_gettime(int clock UNUSED, struct timespec *t)
{
	double now = page_now();

	t->tv_sec = (long)now;
	t->tv_nsec = (long)((now - (double)t->tv_sec) * 1e9);
	return 0;
}

void exit(int status)
{
	page_exit(status);
	__builtin_trap();
}

void abort(void)
{
	exit(134);
}
