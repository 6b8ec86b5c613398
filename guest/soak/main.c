/* SPDX-License-Identifier: MIT */
/*
 * main.c - which of the two VMs we are. bootargs: role=hostile [exits=N] [seed=N], or role=victim
 * [late=MS].
 */
#include "../lib/str.h"
#include "soak.h"

static const char *who;

u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void broken(const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	vformat(text, sizeof(text), fmt, args);
	va_end(args);
	print("%s FAIL: %s\n", who, text);
	machine_shutdown(true);
}

/* An exception that nobody expected, on whatever hart. */
static void unexpected(const char *reason)
{
	broken("%s", reason);
}

void guest_main(void)
{
	size_t n;
	const char *role = boot_option("role", &n);

	fatal_hook = unexpected;
	who = role && n == 7 && !memcmp(role, "hostile", 7) ? "HOSTILE" : "VICTIM";
	if (role && !strncmp(role, "hostile", 7))
		hostile_main();
	victim_main();
}
