/* SPDX-License-Identifier: MIT */
/*
 * test-with: hyp/dev/line.c hyp/lock/console.c hyp/lock/mutex.c hyp/lock/spinlock.c
 * hyp/lock/rank.c hyp/lib/printf.c hyp/port/host.c
 */
/*
 * console_test.c - whose line that is, in how many calls of the firmware, and how long one guest
 * may keep the console.
 */
#include "lib/types.h"
#include "vm/room.h"

/* Stand-ins for what needs a hart: time, VMs and their memory, the firmware. */
#define RISCV_CSR_H
#define RISCV_MMU_H
#define CONF_PAYLOAD_H
#define SCHED_TIMER_H
#define VM_FENCE_H
#define VM_VM_H
#define MAX_VMS 8

struct vm {
	unsigned index;
	char name[16];
	gpaddr_t ram_base;
};

static struct vm vms[MAX_VMS];
static unsigned nr_vms;
static uint64_t clock_ms; /* milliseconds */
static unsigned statistics; /* so often they were asked for */
static const char *ram; /* what each guest has at address 0 */

static void (*meanwhile)(void); /* what another hart does once somebody has looked at the clock */

static uint64_t time_now(void)
{
	uint64_t now = clock_ms;
	void (*other)(void) = meanwhile;

	meanwhile = NULL;
	if (other)
		other();
	return now;
}

static uint64_t ms_to_ticks(uint64_t ms)
{
	return ms;
}

#define window_open(pa, n) ((const void *)(pa))

static paddr_t vm_phys(const struct vm *vm UNUSED, gpaddr_t gpa)
{
	return (paddr_t)ram + gpa;
}

static void window_close(void)
{
}

static struct vcpu *fence_leave(void)
{
	return NULL;
}

static void fence_return(struct vcpu *v UNUSED)
{
}

static void print_statistics(void) { statistics++; }
static void run_other(void) { statistics += 100; }

static const struct command one = { 's', "statistics", print_statistics },
			    other = { 'x', "another", run_other };

ROW(command, one);
ROW(command, other);

#define port_console_write hypervisor_line /* port/host.c has its own */
void hypervisor_line(const char *s, size_t n);
#include "dev/console.c"
#undef port_console_write

#include "port/host_test.h"

static char said[20000];
static size_t said_n;
static unsigned calls;

void fw_console_write(const char *s, size_t n)
{
	calls++;
	CHECK(said_n + n < sizeof(said));
	memcpy(said + said_n, s, n);
	said_n += n;
	said[said_n] = '\0';
}

static bool by_address; /* the firmware can write what it is told the address of */

bool fw_console_write_at(paddr_t pa, size_t n)
{
	if (by_address)
		fw_console_write((const char *)pa, n);
	return by_address;
}

static const char *input; /* what has been typed and not been asked for */
static size_t input_n;

int fw_console_read(void)
{
	if (!input_n)
		return -1;
	input_n--;
	return (uint8_t)*input++;
}

/* Somebody types, and somebody looks. */
static void type(const char *text, size_t n)
{
	input = text;
	input_n = n;
	do {
		clock_ms += POLL_MS;
		console_poll();
	} while (input_n);
}

static void fresh(unsigned n)
{
	memset(terminals, 0, sizeof(terminals));
	memset(keys, 0, sizeof(keys));
	in_line = escaped = false;
	line_of = NULL;
	wanted = focus = statistics = 0;
	nr_vms = n;
	for (unsigned i = 0; i < n; i++) {
		vms[i].index = i;
		snprintf(vms[i].name, sizeof(vms[i].name), "vm%u", i);
	}
	clock_ms += 1000;
	said_n = calls = 0;
	said[0] = '\0';
}

/*
 * What a guest's driver does: one call after the other until all is written. Returns how many it
 * took.
 */
static unsigned write_all(struct vm *vm, const char *text, size_t n)
{
	unsigned k = 0;

	for (size_t at = 0; at < n; k++) {
		size_t took;

		ram = text;
		took = console_guest_write(vm, at, n - at);
		CHECK(took > 0 && took <= n - at);
		at += took;
	}
	return k;
}

static void one_vm_passes_unchanged_in_one_call(void)
{
	static const char text[] = "a\nprompt\n> ";

	fresh(1);
	by_address = true;
	CHECK(write_all(&vms[0], text, sizeof(text) - 1) == 1);
	CHECK(calls == 1 && strcmp(said, text) == 0);
	by_address = false;
	fresh(1);
	CHECK(write_all(&vms[0], text, sizeof(text) - 1) == 1);
	CHECK(calls == 1 && strcmp(said, text) == 0);
	hypervisor_line("dormouse: x\n", 12);
	CHECK(calls == 3 && strcmp(said, "a\nprompt\n> \ndormouse: x\n") == 0);
	console_guest_put(&vms[0], 'y', true);
	CHECK(calls == 4 && said[said_n - 1] == 'y');
}

static void one_vm_keeps_the_order_of_uart_and_calls(void)
{
	fresh(1);
	console_guest_put(&vms[0], 'a', false);
	CHECK(calls == 0);
	write_all(&vms[0], "bc", 2);
	console_guest_put(&vms[0], 'd', false);
	console_guest_put(&vms[0], 'e', true);
	CHECK(strcmp(said, "abcde") == 0);
}

static void every_alignment_is_right(void)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuv";

	for (unsigned skip = 0; skip < 9; skip++) {
		fresh(1);
		ram = text;
		CHECK(console_guest_write(&vms[0], skip, 20) == 20);
		CHECK(said_n == 20 && memcmp(said, text + skip, 20) == 0);
	}
}

static void lines_carry_their_vm(void)
{
	fresh(2);
	write_all(&vms[0], "one\ntw", 6);
	write_all(&vms[1], "other\n", 6);
	write_all(&vms[0], "o\n", 2);
	CHECK(strcmp(said, "[vm0] one\n[vm1] other\n[vm0] two\n") == 0);
	CHECK(calls == 3);
}

/*
 * 256 newlines of several VMs are some 2 KB of output: not in one go, and nobody waits for more
 * than a share and a line.
 */
static void a_write_ends_early(void)
{
	static char newlines[256], dots[3 * LINE];
	unsigned n;

	fresh(2);
	memset(newlines, '\n', sizeof(newlines));
	ram = newlines;
	n = (unsigned)console_guest_write(&vms[0], 0, sizeof(newlines));
	CHECK(n > 0 && n < sizeof(newlines));
	CHECK(said_n >= SHARE && said_n < SHARE + LINE + 20 && calls == n);
	n = write_all(&vms[0], newlines, sizeof(newlines));
	CHECK(n > 4);
	fresh(2);
	memset(dots, '.', sizeof(dots));
	n = write_all(&vms[1], dots, sizeof(dots));
	CHECK(n >= 2 && said_n > sizeof(dots));
	fresh(1);
	ram = newlines;
	CHECK(console_guest_write(&vms[0], 0, 100000) == SHARE && said_n == SHARE);
}

static void nothing_is_lost_or_doubled(void)
{
	static char text[4000];
	size_t at = 0;

	fresh(3);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 37 == 36 ? '\n' : (char)('a' + i % 26);
	text[sizeof(text) - 1] = '\n';
	write_all(&vms[2], text, sizeof(text));
	for (char *s = said; *s;) {
		CHECK(strncmp(s, "[vm2] ", 6) == 0);
		for (s += 6; *s; s++) {
			CHECK(at < sizeof(text) && *s == text[at]);
			at++;
			if (*s == '\n')
				break;
		}
		s += *s == '\n';
	}
	CHECK(at == sizeof(text));
}

static void begin_a_line(void)
{
	clock_ms++;
	write_all(&vms[0], "hello ", 6);
}

static void line_begun_meanwhile_is_no_prompt(void)
{
	fresh(2);
	meanwhile = begin_a_line;
	console_key_waiting(&vms[0]);
	write_all(&vms[1], "from vm1\n", 9);
	write_all(&vms[0], "world\n", 6);
	CHECK(strcmp(said, "[vm1] from vm1\n[vm0] hello world\n") == 0);
	write_all(&vms[0], "login: ", 7);
	clock_ms += 1000;
	console_key_waiting(&vms[0]);
	CHECK(strcmp(said, "[vm1] from vm1\n[vm0] hello world\n[vm0] login: ") == 0);
}

/*
 * As Linux' 8250 does without an interrupt line: a FIFO of bytes, then it looks for keys, 28 times
 * a second.
 */
static void lines_in_pieces_stay_whole(void)
{
	static const char text[] = "[    0.123456] a line of some length, as a kernel has them "
				   "when it boots, and a little more\n";
	size_t at[2] = { 0 };

	fresh(2);
	for (unsigned k = 0; k < 40; k++) {
		struct vm *vm = &vms[k % 2];

		for (unsigned i = 0; i < 64; i++, at[k % 2]++) {
			console_key_waiting(vm);
			console_guest_put(vm, text[at[k % 2] % (sizeof(text) - 1)], false);
		}
		clock_ms += 18;
		console_key_waiting(&vms[0]);
		console_key_waiting(&vms[1]);
	}
	for (char *s = said, *end; (end = strchr(s, '\n')); s = end + 1) {
		CHECK(strncmp(s, "[vm", 3) == 0 && strncmp(s + 4, "] ", 2) == 0 &&
		      strncmp(s + 6, text, sizeof(text) - 1) == 0);
	}
	CHECK(said_n > 1000);
}

/*
 * A prompt is seen soon where somebody types, and a line without end late, but both are. Nobody has
 * to look for keys.
 */
static void unfinished_lines_have_a_time_out(void)
{
	fresh(2);
	write_all(&vms[0], "$ ", 2);
	write_all(&vms[1], "login: ", 7);
	clock_ms += FOCUS_MS + 1;
	console_poll();
	CHECK(strcmp(said, "[vm0] $ ") == 0);
	clock_ms += OTHERS_MS;
	console_poll();
	CHECK(strcmp(said, "[vm0] $ \n[vm1] login: ") == 0);
	clock_ms += FOCUS_MS + 1;
	console_poll(); /* where somebody types the prompt comes again, once */
	CHECK(strcmp(said, "[vm0] $ \n[vm1] login: \n[vm0] $ ") == 0);
	clock_ms += 2 * OTHERS_MS;
	console_poll();
	CHECK(strcmp(said, "[vm0] $ \n[vm1] login: \n[vm0] $ ") == 0);
}

/*
 * What a terminal of one row shows in the end: carriage return, backspace and ESC [ K as we send
 * them; nothing else may come.
 */
static const char *row(void)
{
	static char text[400];
	unsigned at = 0, n = 0;

	for (const char *s = said; *s; s++) {
		if (*s == '\n') {
			at = n = 0;
		} else if (*s == '\r') {
			at = 0;
		} else if (strncmp(s, "\033[K", 3) == 0) {
			n = at;
			s += 2;
		} else {
			CHECK(((uint8_t)*s >= ' ' || *s == '\t') && *s != 0x7f);
			text[at++] = *s;
			n = MAX(n, at);
		}
	}
	text[n] = '\0';
	return text;
}

static void echo(const char *text)
{
	write_all(&vms[0], text, strlen(text));
}

static void line_editing_works_where_somebody_types(void)
{
	fresh(2);
	echo("$ ");
	clock_ms += FOCUS_MS + 1;
	console_poll();
	echo("l");
	CHECK(strcmp(said, "[vm0] $ l") == 0); /* an echo at once, and no more than that */
	echo("ss\b\033[K");
	CHECK(strcmp(row(), "[vm0] $ ls") == 0);
	echo(" -x\b\b\b\033[1P"); /* delete at the cursor */
	CHECK(strcmp(row(), "[vm0] $ ls-x") == 0);
	echo("\033[1@"); /* insert a blank there */
	CHECK(strcmp(row(), "[vm0] $ ls -x") == 0);
	echo("\033[2C\033[1D\033[J");
	CHECK(strcmp(row(), "[vm0] $ ls ") == 0);
	echo("\r\033[K\033[6n\033[?2004h$ cat");
	CHECK(strcmp(row(), "[vm0] $ cat") == 0);
	echo("\303\244\b\b"); /* a letter of two bytes is one place */
	echo("p\033[K");
	CHECK(strcmp(row(), "[vm0] $ cap") == 0);
	said_n = 0;
	echo("\r\n");
	CHECK(strcmp(said, "\n") == 0);
}

static void control_characters_of_several_vms_are_harmless(void)
{
	static const char evil[] =
		"x\r[vm0] forged\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b[vm0] "
		"\033[A\033[2K\033[5nup\033]0;title\a"
		"\033Pq\033\\\033[8mhidden\033c\233A\302\2335n\a\v\f\177\016\342\200\223.\n";

	fresh(2);
	write_all(&vms[1], evil, sizeof(evil) - 1);
	CHECK(strcmp(said, "[vm1] [vm0] uphidden?A\302?5n\342\200\223.\n") == 0);
	said_n = 0;
	write_all(&vms[1], "tab\tand\r\n", 9);
	CHECK(strcmp(said, "[vm1] tab\tand\n") == 0);
	fresh(2);
	/* bytes one by one, unfinished, shown, and longer than a line */
	for (unsigned i = 0; i < 20; i++)
		for (size_t k = 0; k + 1 < sizeof(evil); k++, clock_ms += 300) {
			write_all(&vms[i % 2], evil + k, 1);
			console_poll();
			(void)row();
		}
	fresh(1);
	write_all(&vms[0], evil, sizeof(evil) - 1);
	CHECK(strcmp(said, evil) == 0); /* a VM alone is not changed by a bit */
}

/* ---- Keys ---- */

static void escape_works_however_many_keys_are_unread(void)
{
	static char many[3 * KEYS];
	char buf[2 * KEYS];

	memset(many, 'k', sizeof(many));
	fresh(2);
	type(many, sizeof(many));
	CHECK(strcmp(said, "dormouse: vm0 does not read its keys; what has no room is dropped\n") ==
	      0);
	type("\035s\035x", 4);
	CHECK(statistics == 101);
	said_n = 0;
	type("\035?", 2);
	CHECK(strncmp(said, "dormouse: Ctrl-] and 0-7: the keys go to that VM; ", 50) == 0);
	CHECK(strstr(said, "s: statistics; ") && strstr(said, "x: another; "));
	said_n = 0;
	type("\0351ab", 4);
	CHECK(strcmp(said, "dormouse: the keys go to vm1 now\n") == 0);
	CHECK(console_guest_read(&vms[1], buf, sizeof(buf)) == 2 && memcmp(buf, "ab", 2) == 0);
	CHECK(console_guest_read(&vms[0], buf, sizeof(buf)) == KEYS && buf[KEYS - 1] == 'k');
	type("\0350c\035\035", 5);
	CHECK(console_guest_read(&vms[0], buf, sizeof(buf)) == 2 && memcmp(buf, "c\035", 2) == 0);
	said_n = 0;
	type(many, sizeof(many)); /* it did read in between: said again */
	CHECK(strncmp(said, "dormouse: vm0 does not", 22) == 0);
	said_n = 0;
	console_vm_ended(&vms[0]);
	CHECK(strcmp(said, "dormouse: the keys go to vm1 now\n") == 0);
}

/*
 * The console is somebody else's for long: who only looks for keys gets them, and the prompt comes
 * with the next output.
 */
static void keys_do_not_wait_for_the_console(void)
{
	char c;

	fresh(2);
	write_all(&vms[0], "$ ", 2);
	clock_ms += FOCUS_MS + 1;
	mutex_lock(&console_lock_); /* to take it again would be a panic */
	type("k", 1);
	CHECK(console_key_waiting(&vms[0]) && console_guest_read(&vms[0], &c, 1) == 1 && c == 'k');
	CHECK(said_n == 0);
	mutex_unlock(&console_lock_);
	write_all(&vms[1], "x\n", 2);
	CHECK(strcmp(said, "[vm1] x\n[vm0] $ ") == 0);
}

static void writing_nothing_is_nothing(void)
{
	fresh(2);
	CHECK(console_guest_write(&vms[0], 0, 0) == 0 && calls == 0);
}

static const struct test tests[] = {
	TEST(one_vm_passes_unchanged_in_one_call),
	TEST(one_vm_keeps_the_order_of_uart_and_calls),
	TEST(every_alignment_is_right),
	TEST(lines_carry_their_vm),
	TEST(a_write_ends_early),
	TEST(nothing_is_lost_or_doubled),
	TEST(line_begun_meanwhile_is_no_prompt),
	TEST(lines_in_pieces_stay_whole),
	TEST(unfinished_lines_have_a_time_out),
	TEST(line_editing_works_where_somebody_types),
	TEST(control_characters_of_several_vms_are_harmless),
	TEST(escape_works_however_many_keys_are_unread),
	TEST(keys_do_not_wait_for_the_console),
	TEST(writing_nothing_is_nothing),
};
TEST_MAIN(tests)
