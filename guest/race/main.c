/* SPDX-License-Identifier: MIT */
/*
 * main.c - attacks on the HSM, SUSP and SRST of whatever SBI is below.
 * bootargs: as in guest/README.md (test=, skip=, list, seed=), ms=N for
 * each attack, replay for the three-hart program that a schedule steers,
 * scene=NAME for another such program (scenes.c).
 */
#include "race.h"

#define SHOWN 3	/* violations printed in full, per attack */

static u32 violations;
static u64 began;

u64 attack_end(void)
{
	return after_ms(boot_number("ms", 1500));
}

void attack_begin(void)
{
	violations = 0;
	began = now();
	test_more_time(boot_number("ms", 1500));
}

u32 attack_violations(void)
{
	return load_acquire(&violations);
}

void violation(const char *fmt, ...)
{
	char text[160];
	va_list args;

	if (add_fetch(&violations, 1) > SHOWN)
		return;
	va_start(args, fmt);
	vformat(text, sizeof(text), fmt, args);
	va_end(args);
	print("  violation: %s\n", text);
}

void attack_report(const char *name, const char *fmt, ...)
{
	u32 n = attack_violations();
	char text[160];
	va_list args;

	va_start(args, fmt);
	vformat(text, sizeof(text), fmt, args);
	va_end(args);
	print("  %s: %s, %u violations in %lu ms\n", name, text, n,
	      ticks_to_ms(now() - began));
	if (n)
		FAIL_TEST("%u violations", n);
}

u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void guest_main(void)
{
	const char *scene;
	size_t len;

	if (boot_option("replay", &len))
		replay_main();
	scene = boot_option("scene", &len);
	if (scene)
		scene_main(scene, len);
	test_run_all("ms=N resets=N");
}
