/* SPDX-License-Identifier: MIT */
/* fail.c - contracts are in fail.h. */
#include "lib/fail.h"

#include "lib/printf.h"
#include "lib/string.h"

char fail_text[400];

void fail_say(bool more, const char *fmt, ...)
{
	size_t at = more ? strlen(fail_text) : 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fail_text + at, sizeof(fail_text) - at, fmt, ap);
	va_end(ap);
}
