/* SPDX-License-Identifier: MIT */
/*
 * console.c - who may write what to the host's console, when a line begins, and whose the keys are.
 *
 * The host's console is polled by whoever wants a key; what it has goes to the VM with the focus, which need not be the one that
 * asked. A VM's keys wait in a ring; while that is full the firmware keeps the rest.
 */
#include "vm/console.h"

#include "lib/atomic.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lock/console.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/fw.h"
#include "vm/stats.h"
#include "vm/timer.h"
#include "vm/vm.h"

#define LINE 160 /* bytes of a VM's unfinished line that are kept; longer lines are broken */
#define KEYS 256 /* typed and not yet read; a power of two */
#define POLL_MS 1 /* the firmware is asked for keys no more often, whatever guests do */
/*
 * What one write of a guest puts out at most before it ends early, but for the line that it is in the middle of: nobody else gets the
 * console meanwhile, and with several VMs a newline can become a whole line.
 */
#define SHARE 256
/* A VM that looks for keys so long after its last output shows a prompt: print the unfinished line. Longer if that may cut another's. */
#define PROMPT_MS (nr_vms == 1 ? 2 : 30)
#define ESCAPE 0x1d /* Ctrl-] */

/* All guarded by the console lock. */
static struct terminal {
	char line[LINE];
	size_t used;
	uint64_t written; /* when the VM last wrote, ticks */
	char keys[KEYS];
	unsigned first, next; /* free-running */
	bool ended;
} terminals[MAX_VMS];
static struct {
	char text[SHARE + 2 * LINE] __attribute__((aligned(8))); /* what goes to the firmware in one call */
	size_t n;
} out;
static bool in_line; /* the console's last byte was not a newline */
static struct vm *line_of; /* several VMs: whose unfinished line that is, or NULL */
static unsigned focus; /* index of the VM that gets the keys */
static bool escaped; /* the last key was ESCAPE */
static uint64_t polled; /* when the firmware was last asked, ticks */
static uint32_t stats_wanted; /* atomic: to be printed once the lock is free */

static void flush(void)
{
	size_t n = out.n;

	if (!n)
		return;
	out.n = 0;
	fw_console_write(out.text, n);
}

/* The lock once it has been broken (console_break) keeps nobody out: out.n is read once, so that two at a time garble, and no more. */
static void put(const char *s, size_t n)
{
	size_t at = out.n;

	if (!n)
		return;
	in_line = s[n - 1] != '\n';
	if (n > sizeof(out.text) - at) {
		flush();
		at = 0;
	}
	if (n > sizeof(out.text)) {
		fw_console_write(s, n);
		return;
	}
	memcpy(out.text + at, s, n);
	out.n = at + n;
}

/* The end of every section: what has been put goes out. */
static void end_section(void) RELEASES(console_lock_)
{
	flush();
	console_unlock();
}

static void fresh_line(void)
{
	if (in_line)
		put("\n", 1); /* a guest's prompt, or the progress of somebody's dots */
	line_of = NULL;
}

void port_console_write(const char *s, size_t n)
{
	console_lock();
	fresh_line();
	put(s, n);
	end_section();
}

/* What @vm has of a line goes out; with several VMs its name is in front unless that is there already. */
static void put_line(struct vm *vm)
{
	struct terminal *t = &terminals[vm->index];

	if (nr_vms > 1 && line_of != vm) {
		fresh_line();
		put("[", 1);
		put(vm->name, strlen(vm->name));
		put("] ", 2);
	}
	put(t->line, t->used);
	line_of = in_line ? vm : NULL;
	t->used = 0;
}

/* Only whole lines go out. Returns how many of the bytes were taken, at least one. */
static size_t put_lines(struct vm *vm, const char *buf, size_t n)
{
	struct terminal *t = &terminals[vm->index];
	size_t taken = 0;

	t->written = time_now();
	while (taken < n && out.n < SHARE) {
		t->line[t->used++] = buf[taken];
		if (buf[taken++] == '\n' || t->used == LINE)
			put_line(vm);
	}
	return taken;
}

/* One VM: there are no lines to keep apart, what it writes goes out as it is, behind what its UART has. */
static void finish_line(struct vm *vm)
{
	if (terminals[vm->index].used)
		put_line(vm);
	terminals[vm->index].written = time_now();
}

/* As it is, and straight into what the firmware is given; aligned like the source, so that it is copied by words. */
static void write_through(struct vm *vm, gpaddr_t from, size_t n)
{
	char *text = out.text + from % 8;

	finish_line(vm);
	flush();
	vm_read(vm, from, text, n);
	in_line = text[n - 1] != '\n';
	fw_console_write(text, n);
}

static size_t write_lines(struct vm *vm, gpaddr_t from, size_t n)
{
	char text[SHARE];

	vm_read(vm, from, text, n);
	return put_lines(vm, text, n);
}

size_t console_guest_write(struct vm *vm, gpaddr_t from, size_t n)
{
	n = MIN(n, SHARE);
	if (!n)
		return 0;
	console_lock();
	if (nr_vms == 1)
		write_through(vm, from, n);
	else
		n = write_lines(vm, from, n);
	end_section();
	return n;
}

void console_guest_write_byte(struct vm *vm, char c)
{
	console_lock();
	if (nr_vms == 1) {
		finish_line(vm);
		put(&c, 1);
	} else {
		put_lines(vm, &c, 1);
	}
	end_section();
}

void console_guest_put(struct vm *vm, char c)
{
	console_lock();
	put_lines(vm, &c, 1);
	end_section();
}

/* ---- Keys; console lock held ------------------------------------------------------ */

static void notice(const char *text)
{
	fresh_line();
	put(text, strlen(text));
}

/* The key after ESCAPE. */
static void command(int c)
{
	char text[100];
	unsigned vm = (unsigned)c - '0';

	if (vm < nr_vms && !terminals[vm].ended) {
		focus = vm;
		snprintf(text, sizeof(text), "dormouse: the keys go to %s now\n", vms[vm].name);
		notice(text);
	} else if (c == 's') {
		atomic_store_relaxed(&stats_wanted, 1U); /* pairs with the swap in after_keys */
	} else {
		notice("dormouse: Ctrl-] and 0-7: the keys go to that VM; s: statistics; Ctrl-]: itself\n");
	}
}

/* Fetch what has been typed. */
static void poll_keys(void)
{
	uint64_t now = time_now();
	int c;

	if (now - polled < ms_to_ticks(POLL_MS))
		return;
	polled = now;
	while (terminals[focus].next - terminals[focus].first < KEYS && (c = fw_console_read()) >= 0) {
		struct terminal *t = &terminals[focus];

		if (escaped != (c == ESCAPE)) {
			if (escaped)
				command(c);
			escaped = !escaped;
			continue;
		}
		escaped = false;
		t->keys[t->next++ % KEYS] = (char)c;
	}
}

/* With the lock free again. */
static void after_keys(void)
{
	if (atomic_load_relaxed(&stats_wanted) && atomic_swap(&stats_wanted, 0U)) /* pairs with the store in command */
		stats_print_all();
}

/* @vm looks for keys. */
static void attend(struct vm *vm)
{
	struct terminal *t = &terminals[vm->index];

	if (t->used && time_now() - t->written > ms_to_ticks(PROMPT_MS))
		put_line(vm);
	if (t->first == t->next)
		poll_keys();
}

size_t console_guest_read(struct vm *vm, char *buf, size_t n)
{
	struct terminal *t = &terminals[vm->index];
	size_t got = 0;

	console_lock();
	attend(vm);
	while (got < n && t->first != t->next)
		buf[got++] = t->keys[t->first++ % KEYS];
	end_section();
	after_keys();
	return got;
}

bool console_key_waiting(struct vm *vm)
{
	const struct terminal *t = &terminals[vm->index];
	uint64_t now = time_now();
	bool waiting;

	/*
	 * A driver asks before every byte it sends: say no without the lock if nobody has typed and it is not time to look. A hint,
	 * relaxed: what it misses is found at the next look.
	 */
	if (atomic_load_relaxed(&t->first) == atomic_load_relaxed(&t->next) &&
	    now - atomic_load_relaxed(&polled) < ms_to_ticks(POLL_MS) &&
	    (!atomic_load_relaxed(&t->used) || now - atomic_load_relaxed(&t->written) <= ms_to_ticks(PROMPT_MS)))
		return false;
	console_lock();
	attend(vm);
	waiting = terminals[vm->index].first != terminals[vm->index].next;
	end_section();
	after_keys();
	return waiting;
}

void console_vm_ended(struct vm *vm)
{
	char text[100];

	console_lock();
	if (terminals[vm->index].used)
		put_line(vm);
	terminals[vm->index].ended = true;
	for (unsigned i = 0; terminals[focus].ended && i < nr_vms; i++) {
		if (terminals[i].ended)
			continue;
		focus = i;
		snprintf(text, sizeof(text), "dormouse: the keys go to %s now\n", vms[i].name);
		notice(text);
	}
	end_section();
}

void console_poll(void)
{
	console_lock();
	poll_keys();
	end_section();
	after_keys();
}
