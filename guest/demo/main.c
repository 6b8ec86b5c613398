/* SPDX-License-Identifier: MIT */
/*
 * main.c - the demo, told in six small acts. It runs on any SBI; the last
 * line says DEMO PASS or DEMO FAIL and is meant for scripts.
 *
 * bootargs: race=MS (length of the race, 2000), sleep=MS (length of the
 * suspend, 1000), wake=rtc (the clock's alarm ends it, not the timer), reboot=0 (leave the reboot
 * out).
 */
#include "../lib/atomic.h"
#include "../lib/console.h"
#include "../lib/csr.h"
#include "../lib/hart.h"
#include "../lib/machine.h"
#include "../lib/str.h"
#include "../lib/survivor.h"
#include "../lib/test.h"
#include "../lib/time.h"
#include "alarm.h"
#include "race.h"

#define OPAQUE 0x0ddba11c0ffee000ul
#define PHASE_REBOOTING 0x1001

/* What goes into the last line. Kept over the reboot in this order. */
struct tally {
	u64 denied, wrong, passes, resumed, reboots;
};

static struct tally tally;

static NORETURN void finish(const char *why)
{
	bool good = !why && !tally.wrong;

	survivor_clear();
	if (why)
		print("   %s\n", why);
	print("DEMO %s denied=%lu wrong=%lu passes=%lu resumed=%lu "
	      "reboots=%lu harts=%lu\n", good ? "PASS" : "FAIL", tally.denied,
	      tally.wrong, tally.passes, tally.resumed, tally.reboots,
	      hart_count);
	machine_shutdown(!good);
}

static void fatal(const char *reason)
{
	finish(reason);
}

static void say_hello(void *arg)
{
	print("   hart %lu: %s\n", hart_self()->id, (const char *)arg);
}

static void all_say(const char *text)
{
	for_each_other(h) {
		hart_run(h, say_hello, (void *)(uintptr_t)text);
		hart_wait_stopped(h, PATIENCE_MS);
	}
	harts_join();
}

static void act_hello(void)
{
	print("\n1. Every hart says hello\n");
	print("   hart %lu: I booted; the others are STOPPED until I start "
	      "them\n", main_hart->id);
	all_say("hello, I was started, now I stop again");
}

static const char picture[] =
"   The machine may sleep only when every hart but the caller is stopped.\n"
"   A careless check looks at one hart after the other, and is fooled:\n"
"\n"
"     time   hart A asks to suspend    hart B        hart C\n"
"      |     B stopped? yes            stopped       running\n"
"      |                               RUNNING  <--  starts B\n"
"      |                               running       stops itself\n"
"      |     C stopped? yes            running       stopped\n"
"      v     all stopped: good night!  RUNNING (!)   stopped\n"
"\n"
"   B and C were never stopped both at once, so A must be DENIED.\n";

static void act_race(void)
{
	u64 ms = boot_number("race", 2000);
	struct race_result r;

	print("\n2. The race: suspend against start\n");
	console_write(picture, sizeof(picture) - 1);
	if (hart_count < 2) {
		print("   There is one hart only: nobody to race with.\n");
		return;
	}
	if (hart_count < 3)
		print("   With 2 harts there is no race: the other one just "
		      "stays awake.\n");
	print("   For %lu ms hart %lu asks; the others pass a token:\n", ms,
	      main_hart->id);
	print("   each starts the next one and then stops itself.\n");
	r = run_race(ms);
	tally.denied = r.denied;
	tally.wrong = r.wrong;
	tally.passes = r.passes;
	print("   asked %lu times: %lu denied, %lu wrong; the token went "
	      "round %lu steps\n", r.denied + r.wrong, r.denied, r.wrong,
	      r.passes);
}

static void act_stop(void)
{
	print("\n3. The orderly way: stop the others first\n");
	harts_join();
	for_each_hart(h)
		print("   hart %lu is %s\n", h->id,
		      hsm_state_name(sbi_hart_status(h->id).value));
}

static void show(const char *what, u64 got, u64 want)
{
	print("   %s = 0x%lx %s\n", what, got, got == want ? "as it must be" :
	      "WRONG");
	if (got != want)
		tally.wrong++;
}

static void check_others_stopped(void)
{
	for_each_other(h)
		if (sbi_hart_status(h->id).value != HSM_STOPPED) {
			print("   WRONG: hart %lu is not STOPPED\n", h->id);
			tally.wrong++;
		}
}

/* Sleep @ms from @start on, or less if neither timer nor key woke us. */
static u64 suspend(u64 start, u64 ms)
{
	struct sbi_ret r = { 0 };
	u64 slept;

	console_drop_keys(); /* one that waits would wake us at once */
	for (;;) {
		if (!system_suspend_to(0, hart_resume_a, OPAQUE, &r)) {
			print("   suspend answered %s\n",
			      sbi_error_name(r.error));
			finish("it should have slept");
		}
		slept = ticks_to_ms(now() - start);
		if (slept >= ms || !console_drop_keys())
			return slept;
		print("   a key woke me after %lu ms; back to sleep\n", slept);
	}
}

static bool wake_by_clock(void)
{
	size_t len;
	const char *by = boot_option("wake", &len);

	if (!by)
		return false;
	if (len != 3 || memcmp(by, "rtc", 3))
		finish("wake= must be rtc");
	if (!alarm_there())
		finish("wake=rtc: this machine has no clock with an interrupt");
	return true;
}

static void act_suspend(void)
{
	u64 ms = boot_number("sleep", 1000);
	bool by_clock = wake_by_clock();
	u64 start = now(), slept;

	print("\n4. Suspend to RAM, wake up by %s in %lu ms\n",
	      by_clock ? "the alarm of the clock" : "timer", ms);
	irq_off();
	if (by_clock) {
		csr_write(sie, SIP_SEIP);
		alarm_in(ms);
	} else {
		csr_write(sie, SIP_STIP);
		sbi_set_timer(start + ms_to_ticks(ms));
	}
	slept = suspend(start, ms);
	sbi_set_timer(~0ul);
	if (by_clock && !alarm_take()) {
		print("   WRONG: it was not the clock that woke me\n");
		tally.wrong++;
	}
	tally.resumed++;
	print("   good morning: %lu ms went by\n", slept);
	show("a0 (my hart id)", main_hart->entry.a0, main_hart->id);
	show("a1 (my own number)", main_hart->entry.a1, OPAQUE);
	show("satp (paging)", main_hart->entry.satp, 0);
	show("SIE (interrupts)", main_hart->entry.sstatus & SSTATUS_SIE, 0);
	if (slept < ms) {
		print("   WRONG: woke up too early\n");
		tally.wrong++;
	}
	check_others_stopped();
}

static void act_again(void)
{
	print("\n5. The others can be started again\n");
	all_say("back at work, and off again");
}

static void act_reboot(void)
{
	struct survivor s = { .phase = PHASE_REBOOTING, .count = {
		tally.denied, tally.wrong, tally.passes, tally.resumed,
		tally.reboots } };

	if (!boot_number("reboot", 1))
		finish(NULL);
	print("\n6. Reboot (I leave a note in memory above my image)\n");
	survivor_save(&s);
	sbi_reset(SRST_COLD_REBOOT, SRST_REASON_NONE);
	finish("reboot came back: WRONG");
}

/* The second boot. */
static void after_reboot(const struct survivor *s)
{
	survivor_clear();
	tally = (struct tally){ s->count[0], s->count[1], s->count[2],
				s->count[3], s->count[4] + 1 };
	print("   back again: a fresh image, and the note is still there\n");
	check_others_stopped();
	all_say("hello after the reboot");
	print("\n   That was all. Shutting down.\n");
	finish(NULL);
}

void guest_main(void)
{
	struct survivor note;

	fatal_hook = fatal;
	if (survivor_load(&note) && note.phase == PHASE_REBOOTING)
		after_reboot(&note);
	print("\nDemo: system suspend must not race with starting a hart\n");
	print("This program runs in S-mode on %lu hart%s; SBI %lu.%lu, "
	      "implementation 0x%lx\n", hart_count, hart_count > 1 ? "s" : "",
	      sbi_spec_version().value >> 24,
	      sbi_spec_version().value & 0xffffff, sbi_impl_id().value);
	act_hello();
	if (sbi_probe(EID_SUSP)) {
		act_race();
		act_stop();
		act_suspend();
	} else {
		print("\n2.-4. left out: this SBI has no system suspend\n");
	}
	act_again();
	act_reboot();
}
