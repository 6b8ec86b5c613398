/* SPDX-License-Identifier: MIT */
/* printf.c - formatted text in a buffer; no allocation, no locale, no floating point. */
#include "lib/printf.h"

#include "lib/string.h"

struct out {
	char *buf;
	size_t size; /* of buf */
	size_t n; /* length of the text so far, whether it fitted or not */
};

/* One conversion, from the % on. */
struct spec {
	bool left, zero;
	int width, precision; /* precision -1: none */
	unsigned longs; /* 0: int, 1 and more: 64 bits */
	char conv;
};

static void put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->buf[o->n] = c;
	o->n++;
}

static void pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_text(struct out *o, const struct spec *sp, const char *s, size_t n)
{
	if (!sp->left)
		pad(o, ' ', sp->width - (int)n);
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		pad(o, ' ', sp->width - (int)n);
}

/* @prefix ("-", "0x" or "") goes before the zeros, the zeros before the digits. */
static void put_number(struct out *o, const struct spec *sp, const char *prefix, uint64_t v, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[20]; /* 2^64 has 20 decimal digits */
	int n = 0;
	int space;

	do {
		text[n++] = digits[v % base];
		v /= base;
	} while (v);
	space = sp->width - n - (int)strlen(prefix);
	if (!sp->left && !sp->zero)
		pad(o, ' ', space);
	while (*prefix)
		put(o, *prefix++);
	if (!sp->left && sp->zero)
		pad(o, '0', space);
	while (n)
		put(o, text[--n]);
	if (sp->left)
		pad(o, ' ', space);
}

static const char *parse_number(const char *p, int *n)
{
	for (*n = 0; *p >= '0' && *p <= '9'; p++)
		*n = *n < 10000 ? *n * 10 + (*p - '0') : *n;
	return p;
}

/* Read the conversion after a %; returns where the text goes on. @star[i]: width, precision comes from the arguments. */
static const char *parse_spec(const char *p, struct spec *sp, bool star[2])
{
	*sp = (struct spec){ .precision = -1 };
	star[0] = star[1] = false;
	for (; *p == '-' || *p == '0'; p++) {
		sp->left |= *p == '-';
		sp->zero |= *p == '0';
	}
	if (*p == '*') {
		star[0] = true;
		p++;
	} else {
		p = parse_number(p, &sp->width);
	}
	if (*p == '.') {
		p++;
		if (*p == '*') {
			star[1] = true;
			p++;
		} else {
			p = parse_number(p, &sp->precision);
		}
	}
	for (; *p == 'l' || *p == 'z'; p++)
		sp->longs++;
	sp->conv = *p;
	return *p ? p + 1 : p;
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
	if (!s)
		s = "(null)";
	put_text(o, sp, s, sp->precision < 0 ? strlen(s) : strnlen(s, (size_t)sp->precision));
}

static void put_signed(struct out *o, const struct spec *sp, int64_t v)
{
	put_number(o, sp, v < 0 ? "-" : "", v < 0 ? -(uint64_t)v : (uint64_t)v, 10, false);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	const char *p = fmt;

	while (*p) {
		const char *start = p;
		struct spec sp;
		bool star[2];

		if (*p != '%') {
			put(&o, *p++);
			continue;
		}
		p = parse_spec(p + 1, &sp, star);
		if (star[0]) {
			sp.width = va_arg(ap, int);
			sp.left |= sp.width < 0;
			sp.width = sp.width < 0 ? -sp.width : sp.width;
		}
		if (star[1])
			sp.precision = va_arg(ap, int);
		switch (sp.conv) {
		case 'd':
		case 'i':
			put_signed(&o, &sp, sp.longs ? va_arg(ap, long) : va_arg(ap, int));
			break;
		case 'u':
		case 'x':
		case 'X':
			put_number(&o, &sp, "", sp.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int),
				   sp.conv == 'u' ? 10 : 16, sp.conv == 'X');
			break;
		case 'p':
			put_number(&o, &sp, "0x", (uintptr_t)va_arg(ap, void *), 16, false);
			break;
		case 'c':
			put_text(&o, &sp, (char[]){ (char)va_arg(ap, int) }, 1);
			break;
		case 's':
			put_string(&o, &sp, va_arg(ap, const char *));
			break;
		case '%':
			put(&o, '%');
			break;
		default: /* unknown, or the string ended: show it */
			while (start < p)
				put(&o, *start++);
		}
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
