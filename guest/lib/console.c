/* SPDX-License-Identifier: MIT */
/*
 * console.c - formatting and whole-line output through the SBI.
 */
#include "console.h"
#include "atomic.h"
#include "csr.h"
#include "sbi.h"
#include "str.h"

#define LINE_MAX 256

static bool have_dbcn;
static struct spinlock console_lock;	/* guards the order of output */

void console_init(void)
{
	have_dbcn = sbi_probe(EID_DBCN);
}

/* Hold console_lock. DBCN may take only a part, or nothing, per call. */
static void write_locked(const char *s, size_t n)
{
	while (n && have_dbcn) {
		struct sbi_ret r = sbi_dbcn_write(n, (u64)s, 0);

		if (r.error || r.value > n)
			break;
		s += r.value;
		n -= r.value;
	}
	for (; n; n--)
		sbi_call1(EID_LEGACY_PUTCHAR, 0, (u8)*s++);
}

void console_write(const char *s, size_t n)
{
	u64 flags = irq_save();

	spin_lock(&console_lock);
	write_locked(s, n);
	spin_unlock(&console_lock);
	irq_restore(flags);
}

static bool drop_key(void)
{
	u8 key;
	struct sbi_ret r;

	if (!have_dbcn)
		return sbi_call0(EID_LEGACY_GETCHAR, 0).error >= 0;
	r = sbi_dbcn_read(1, (u64)&key, 0);
	return !r.error && r.value;
}

bool console_drop_keys(void)
{
	u32 n = 0;

	while (n < 4096 && drop_key())
		n++;
	return n;
}

struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len++] = c;
}

struct spec {
	bool left, zero, is_long;
	size_t width;
};

static void put_padded(struct out *o, const struct spec *sp, const char *s,
		       size_t n)
{
	size_t fill = sp->width > n ? sp->width - n : 0;

	for (; fill && !sp->left; fill--)
		put(o, sp->zero ? '0' : ' ');
	while (n--)
		put(o, *s++);
	for (; fill; fill--)
		put(o, ' ');
}

static void put_number(struct out *o, const struct spec *sp, u64 v, u64 base,
		       bool negative)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative)
		digits[--at] = '-';
	put_padded(o, sp, digits + at, sizeof(digits) - at);
}

static const char *read_spec(const char *f, struct spec *sp)
{
	*sp = (struct spec){ 0 };
	for (; *f == '-' || *f == '0'; f++) {
		sp->left |= *f == '-';
		sp->zero |= *f == '0';
	}
	for (; *f >= '0' && *f <= '9'; f++)
		sp->width = sp->width * 10 + (size_t)(*f - '0');
	for (; *f == 'l' || *f == 'z'; f++)
		sp->is_long = true;
	return f;
}

static void put_one(struct out *o, char kind, const struct spec *sp,
		    va_list *args)
{
	s64 d;
	u64 u;
	const char *s;
	char c;

	switch (kind) {
	case 'd':
		d = sp->is_long ? va_arg(*args, long) : va_arg(*args, int);
		put_number(o, sp, d < 0 ? -(u64)d : (u64)d, 10, d < 0);
		break;
	case 'u':
	case 'x':
		u = sp->is_long ? va_arg(*args, unsigned long)
				: va_arg(*args, unsigned int);
		put_number(o, sp, u, kind == 'x' ? 16 : 10, false);
		break;
	case 'p':
		put_number(o, sp, (u64)va_arg(*args, void *), 16, false);
		break;
	case 's':
		s = va_arg(*args, const char *);
		put_padded(o, sp, s, strlen(s));
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		put_padded(o, sp, &c, 1);
		break;
	default:
		put(o, kind);
	}
}

size_t vformat(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct spec sp;
	va_list args;

	va_copy(args, ap);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = read_spec(fmt + 1, &sp);
		if (!*fmt)
			break;
		put_one(&o, *fmt, &sp, &args);
	}
	va_end(args);
	buf[o.len] = 0;
	return o.len;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = vformat(buf, size, fmt, args);
	va_end(args);
	return n;
}

void vprint(const char *fmt, va_list args)
{
	char line[LINE_MAX];

	console_write(line, vformat(line, sizeof(line), fmt, args));
}

void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprint(fmt, args);
	va_end(args);
}
