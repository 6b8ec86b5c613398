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
#include "riscv/mmu.h"
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
static bool in_line; /* the console's last byte was not a newline */
static struct vm *line_of; /* several VMs: whose unfinished line that is, or NULL */
static unsigned focus; /* index of the VM that gets the keys */
static bool escaped; /* the last key was ESCAPE */
static bool stats_wanted; /* to be printed once the lock is free */
static uint64_t polled; /* when the firmware was last asked, ticks */

/* All output comes by here. */
static void put(const char *s, size_t n)
{
	if (!n)
		return;
	in_line = s[n - 1] != '\n';
	fw_console_write(s, n);
}

/* A line of the hypervisor: not in a guest's prompt, nor behind somebody's dots. */
static void put_own(const char *s, size_t n)
{
	if (in_line)
		put("\n", 1);
	put(s, n);
	line_of = NULL;
}

void port_console_write(const char *s, size_t n)
{
	console_lock();
	put_own(s, n);
	console_unlock();
}

/* What @vm has of a line goes out; with several VMs its name is in front unless that is there already. Returns how many bytes. */
static size_t put_line(struct vm *vm)
{
	static char text[sizeof("\n[] ") + sizeof(vm->name) + LINE];
	struct terminal *t = &terminals[vm->index];
	size_t at = 0, n = MIN(atomic_load_relaxed(&t->used), LINE); /* a panic breaks the lock: garbled then, but in bounds */

	if (nr_vms > 1 && line_of != vm)
		at = (size_t)snprintf(text, sizeof(text), "%s[%s] ", in_line ? "\n" : "", vm->name);
	memcpy(text + at, t->line, n);
	at += n;
	t->used = 0;
	put(text, at);
	line_of = in_line ? vm : NULL;
	return at;
}

/* Only whole lines go out. Returns how many of the bytes were taken, at least one. */
static NOINLINE size_t put_lines(struct vm *vm, const char *s, size_t n)
{
	struct terminal *t = &terminals[vm->index];
	size_t taken = 0, out = 0;

	while (taken < n && out < SHARE) {
		/* Once each: other vCPUs may write there meanwhile, and other harts here when a panic has broken the lock. */
		char c = atomic_load_relaxed(&s[taken++]);
		size_t at = MIN(atomic_load_relaxed(&t->used), LINE - 1);

		t->line[at] = c;
		atomic_store_relaxed(&t->used, at + 1);
		if (c == '\n' || at + 1 == LINE)
			out += put_line(vm);
	}
	return taken;
}

/* The same, but with one VM there are no lines to keep apart: what is to be seen @now goes out as it is, behind what was kept. */
static size_t put_guest(struct vm *vm, const char *s, size_t n, bool now)
{
	struct terminal *t = &terminals[vm->index];

	t->written = time_now();
	if (!now || nr_vms > 1)
		return put_lines(vm, s, n);
	if (t->used)
		put_line(vm);
	put(s, n);
	return n;
}

size_t console_guest_write(struct vm *vm, gpaddr_t from, size_t n)
{
	n = MIN(n, SHARE);
	if (!n)
		return 0;
	console_lock();
	n = put_guest(vm, vm_window(vm, from, n), n, true);
	window_close();
	console_unlock();
	return n;
}

void console_guest_put(struct vm *vm, char c, bool now)
{
	console_lock();
	put_guest(vm, &c, 1, now);
	console_unlock();
}

/* ---- Keys; console lock held ------------------------------------------------------ */

static void give_keys(unsigned vm)
{
	char text[60];
	int n = snprintf(text, sizeof(text), "dormouse: the keys go to %s now\n", vms[vm].name);

	focus = vm;
	put_own(text, (size_t)n);
}

/* The key after ESCAPE. */
static void command(int c)
{
	static const char help[] = "dormouse: Ctrl-] and 0-7: the keys go to that VM; s: statistics; Ctrl-]: itself\n";
	unsigned vm = (unsigned)c - '0';

	if (vm < nr_vms && !terminals[vm].ended)
		give_keys(vm);
	else if (c == 's')
		stats_wanted = true;
	else
		put_own(help, sizeof(help) - 1);
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

/* ---- Keys; without the lock ------------------------------------------------------- */

/* Is @t's unfinished line a prompt? Without the lock a hint. */
static bool prompts(const struct terminal *t)
{
	return atomic_load_relaxed(&t->used) && time_now() - atomic_load_relaxed(&t->written) > ms_to_ticks(PROMPT_MS);
}

/* Fetch keys, for whomever; @vm waits for them if it is @reading: its prompt is put out. Returns whether @vm has a key. */
static bool attend(struct vm *vm, bool reading)
{
	struct terminal *t = &terminals[vm->index];
	bool waiting, stats;

	console_lock();
	if (reading && prompts(t))
		put_line(vm);
	poll_keys();
	waiting = t->first != t->next;
	stats = stats_wanted;
	stats_wanted = false;
	console_unlock();
	if (stats)
		stats_print(NULL);
	return waiting;
}

bool console_key_waiting(struct vm *vm)
{
	struct terminal *t = &terminals[vm->index];

	/*
	 * A driver asks before every byte it sends: answer without the lock if there is nothing to put out and it is not time to look.
	 * Hints, relaxed: what they miss is found at the next look.
	 */
	if (prompts(t) || time_now() - atomic_load_relaxed(&polled) >= ms_to_ticks(POLL_MS))
		return attend(vm, true);
	return atomic_load_relaxed(&t->first) != atomic_load_relaxed(&t->next);
}

void console_poll(void)
{
	attend(&vms[0], false);
}

size_t console_guest_read(struct vm *vm, char *buf, size_t n)
{
	struct terminal *t = &terminals[vm->index];
	size_t got = 0;

	if (!console_key_waiting(vm))
		return 0;
	console_lock();
	while (got < n && t->first != t->next)
		buf[got++] = t->keys[t->first++ % KEYS];
	console_unlock();
	return got;
}

void console_vm_ended(struct vm *vm)
{
	struct terminal *t = &terminals[vm->index];

	console_lock();
	if (t->used)
		put_line(vm);
	t->ended = true;
	for (unsigned i = 0; terminals[focus].ended && i < nr_vms; i++)
		if (!terminals[i].ended)
			give_keys(i);
	console_unlock();
}
