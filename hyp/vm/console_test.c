/* SPDX-License-Identifier: MIT */
/* test-with: hyp/lock/console.c hyp/lock/spinlock.c hyp/lock/rank.c hyp/lib/printf.c hyp/port/host.c */
/* console_test.c - whose line that is, in how many calls of the firmware, and how long one guest may keep the console. */
#include "lib/types.h"

/* Stand-ins for what needs a hart: time, VMs and their memory, the firmware. */
#define RISCV_CSR_H
#define RISCV_MMU_H
#define VM_TIMER_H
#define VM_VM_H
#define MAX_VMS 8

struct vm {
	unsigned index;
	char name[16];
};

static struct vm vms[MAX_VMS];
static unsigned nr_vms;
static uint64_t clock_ms; /* milliseconds */
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

static const void *vm_window(const struct vm *vm UNUSED, gpaddr_t gpa, size_t n UNUSED)
{
	return ram + gpa;
}

static void window_close(void)
{
}

static void stats_print(const struct vm *vm UNUSED)
{
}

#define port_console_write hypervisor_line /* port/host.c has its own */
void hypervisor_line(const char *s, size_t n);
#include "vm/console.c"
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

int fw_console_read(void)
{
	return -1;
}

static void fresh(unsigned n)
{
	memset(terminals, 0, sizeof(terminals));
	in_line = false;
	line_of = NULL;
	nr_vms = n;
	for (unsigned i = 0; i < n; i++) {
		vms[i].index = i;
		snprintf(vms[i].name, sizeof(vms[i].name), "vm%u", i);
	}
	clock_ms += 1000;
	said_n = calls = 0;
	said[0] = '\0';
}

/* What a guest's driver does: one call after the other until all is written. Returns how many it took. */
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

/* 256 newlines of several VMs are some 2 KB of output: not in one go, and nobody waits for more than a share and a line. */
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
	TEST(writing_nothing_is_nothing),
};
TEST_MAIN(tests)
