/* SPDX-License-Identifier: MIT */
/* printf.c - formatted text in a buffer; no allocation, no locale, no floating point. */
#include "lib/printf.h"

#include <limits.h>

#include "lib/string.h"

struct out {
	char *buf;
	size_t size; /* of buf */
	size_t n; /* length of the text so far, whether it fitted or not */
};

static void put(struct out *o, const char *s, size_t n)
{
	if (o->n < o->size)
		memcpy(o->buf + o->n, s, MIN(n, o->size - o->n));
	o->n += n;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, &c, 1);
}

/* @prefix ("-", "0x" or "") goes before the zeros, the zeros before the digits. */
static void put_number(struct out *o, bool zeros, int width, const char *prefix, uint64_t v,
		       unsigned base)
{
	char text[20]; /* 2^64 has 20 decimal digits */
	char *p = text + sizeof(text);
	size_t n;

	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	n = (size_t)(text + sizeof(text) - p);
	width -= (int)(n + strlen(prefix));
	if (!zeros)
		pad(o, ' ', width);
	put(o, prefix, strlen(prefix));
	if (zeros)
		pad(o, '0', width);
	put(o, p, n);
}

static void put_string(struct out *o, int width, const char *s, size_t max)
{
	size_t n;

	s = s ? s : "(null)";
	n = strnlen(s, max);
	pad(o, ' ', width - (int)n);
	put(o, s, n);
}

static const char *parse_number(const char *p, int *n)
{
	for (*n = 0; *p >= '0' && *p <= '9'; p++)
		*n = *n * 10 + (*p - '0');
	return p;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };

	while (*fmt) {
		const char *start = fmt;
		int width, precision = INT_MAX;
		bool zeros, wide = false;

		while (*fmt && *fmt != '%')
			fmt++;
		put(&o, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt++;
		zeros = *fmt == '0';
		fmt = parse_number(fmt, &width);
		if (fmt[0] == '.' && fmt[1] == '*') {
			precision = va_arg(ap, int);
			fmt += 2;
		} else if (fmt[0] == '.') {
			fmt = parse_number(fmt + 1, &precision);
		}
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			wide = true;
		switch (*fmt) {
		case 'd': {
			int64_t v = wide ? va_arg(ap, long) : va_arg(ap, int);

			put_number(&o, zeros, width, v < 0 ? "-" : "",
				   v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
			break;
		}
		case 'u':
		case 'x':
			put_number(&o, zeros, width, "",
				   wide ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int),
				   *fmt == 'u' ? 10 : 16);
			break;
		case 'p':
			put_number(&o, zeros, width, "0x", (uintptr_t)va_arg(ap, void *), 16);
			break;
		case 's':
			put_string(&o, width, va_arg(ap, const char *), (size_t)precision);
			break;
		case '%':
			put(&o, "%", 1);
			break;
		default: /* unknown, or the string ended: show it */
			put(&o, start, (size_t)(fmt - start));
			continue;
		}
		fmt++;
	}
	if (size)
		buf[MIN(o.n, size - 1)] = '\0';
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
