/* SPDX-License-Identifier: MIT */
/* fuzz-with: hyp/lib/log.c */
/* fuzz-options: -max_len=512 */
/* fuzz-small */
/*
 * printf.c - formatted text against the C library's, for every conversion that printf.h promises
 * and every size of buffer; and lines of the log: of whatever text, they are one line each, cut
 * where log.h says.
 */
#include <stdarg.h>

#include "scripts/test/fuzz/common/fuzz.h"

/* Ours under other names, so that both are here. */
#define snprintf our_snprintf
#define vsnprintf our_vsnprintf
#include "lib/log.h"
#include "hyp/lib/printf.c"
#undef snprintf
#undef vsnprintf

static char said[4096];
static size_t said_n;

void port_context(char *buf, size_t size)
{
	snprintf(buf, size, "h1 v0");
}

void port_console_write(const char *s, size_t n)
{
	CLAIM(said_n + n <= sizeof(said), "%zu bytes for one line", said_n + n);
	memcpy(said + said_n, s, n);
	said_n += n;
}

/* One conversion, of those promised; @kind: what its argument is. */
static void conversion(struct fuzz_in *in, char *to, size_t size, unsigned *kind)
{
	static const char *const numbers[] = { "d",   "u",   "x",   "ld", "lu", "lx",
					       "lld", "llu", "llx", "zu", "zx" };
	unsigned b = fuzz_byte(in), width = fuzz_byte(in) % 40;
	char w[4] = "";

	*kind = b % 3;
	if (b & 4)
		snprintf(w, sizeof(w), "%u", width + 1);
	if (*kind == 0) {
		unsigned n = fuzz_byte(in) % (sizeof(numbers) / sizeof(numbers[0]));

		snprintf(to, size, "%%%s%s%s", b & 8 && w[0] != '\0' ? "0" : "", w, numbers[n]);
		*kind = n < 3 ? 0 : 1;
	} else if (*kind == 1) {
		snprintf(to, size, "%%%ss", w);
		*kind = 2;
	} else {
		snprintf(to, size, b & 8 ? "%%%s.*s" : "%%%%", w);
		*kind = b & 8 ? 3 : 4;
	}
}

static void same(struct fuzz_in *in)
{
	char format[64], want[512], text[64], *got;
	unsigned kind, room = fuzz_byte(in) % 200, cut = fuzz_byte(in) % 70;
	uint64_t v;
	int n, m;

	conversion(in, format, sizeof(format), &kind);
	v = fuzz_number(in, 8);
	for (unsigned i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)(i < cut ? 'a' + i % 26 : 0);
	text[sizeof(text) - 1] = '\0';
	got = malloc(room);
#define BOTH(...)                                                 \
	(n = snprintf(want, sizeof(want), format, ##__VA_ARGS__), \
	 m = our_snprintf(got, room, format, ##__VA_ARGS__))
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
#pragma clang diagnostic ignored "-Wformat-security"
	switch (kind) {
	case 0:
		BOTH((unsigned)v);
		break;
	case 1:
		BOTH(v);
		break;
	case 2:
		BOTH(text);
		break;
	case 3:
		BOTH((int)(v % 80), text);
		break;
	default:
		BOTH();
	}
#pragma clang diagnostic pop
	CLAIM(n == m, "\"%s\" of %lx: length %d, not %d", format, v, m, n);
	if (room > 0) {
		want[room - 1] = '\0';
		CLAIM(strcmp(want, got) == 0, "\"%s\" of %lx: \"%s\", not \"%s\"", format, v, got,
		      want);
	}
	free(got);
}

/* A text of any bytes becomes one line. */
static void line(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size, 0);

	said_n = 0;
	log_write("%.*s", (int)size, text);
	CLAIM(said_n > 0 && said_n < LOG_LINE && said[said_n - 1] == '\n', "%zu bytes", said_n);
	CLAIM(memcmp(said, "[h1 v0] ", 8) == 0, "no mark");
	fuzz_free(text, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };

	while (in.n >= 12)
		same(&in);
	if (size > 0)
		line(data, size);
	return 0;
}
