/* SPDX-License-Identifier: MIT */
/*
 * console.c - who may write what to the host's console, when a line begins, and whose the keys are.
 *
 * Output is under the console lock, a mutex, as the firmware may take minutes for it. Keys are not:
 * who reads them never waits for somebody else's output. The firmware is polled for keys by whoever
 * wants one; what it has goes to the VM with the focus, which need not be the one that asked, and
 * waits in a ring.
 *
 * Optional room: console, 350 lines.
 */
#include "dev/console.h"

#include "dev/line.h"
#include "lib/atomic.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lock/console.h"
#include "port/port.h"
#include "riscv/csr.h"
#include "riscv/fw.h"
#include "riscv/layout.h"
#include "riscv/mmu.h"
#include "vm/fence.h"
#include "vm/room.h"
#include "vm/vm.h"

#define KEYS 1024 /* typed and not yet read; a power of two */
#define POLL_MS 1 /* the firmware is asked for keys no more often, whatever guests do */
/*
 * What one write of a guest puts out at most before it ends early, but for the line that it is in
 * the middle of: nobody else gets the console meanwhile, and with several VMs a newline can become
 * a whole line.
 */
#define SHARE 256
/*
 * An unfinished line is put out when its VM has written nothing for so long: at once for the only
 * VM, and soon for the one that somebody types to. For the others later: a line that comes in
 * pieces shall be one line.
 */
#define ALONE_MS 2
#define FOCUS_MS 100
#define OTHERS_MS 1000
#define ESCAPE 0x1d /* Ctrl-] */
/* Room for a VM's name in front of a line. */
#define MARK (sizeof("\n[] ") + sizeof(((struct vm *)0)->name))

/* Guarded by the console lock; what is read without it is a hint. */
static struct terminal {
	struct line line; /* unfinished */
	/*
	 * if line_of says so: bytes of it that are on the console, and where the cursor is in there
	 */
	unsigned shown, cursor;
	bool due; /* atomic: something of it has not been seen */
	uint64_t written; /* atomic: when the VM last wrote, ticks */
} terminals[MAX_VMS];
static bool in_line; /* the console's last byte was not a newline */
static uint64_t put_at; /* atomic: when that was, ticks */
static struct vm *line_of; /* atomic; several VMs: whose unfinished line that is, or NULL */
/* atomic: VMs whose unfinished line is to be put out by whoever has the lock */
static uint64_t wanted;

/* Guarded by keys_lock; what is read without it is a hint. */
static struct spinlock keys_lock = { .rank = RANK_KEYS };
static struct keys {
	unsigned first, next; /* atomic, free-running */
	bool dropping; /* since it was empty some had no room */
	bool ended;
} keys[MAX_VMS];
static char typed[MAX_VMS][KEYS] NOINIT;
static unsigned focus; /* atomic: index of the VM that gets the keys */
static bool escaped; /* the last key was ESCAPE */

static uint32_t polling; /* atomic: 1 while somebody asks the firmware */
static uint64_t polled; /* atomic: when it was last asked, ticks */

/* ---- Output; console lock held ---------------------------------------------------- */

/* All output comes by here. @pa: where it is in memory, or 0 if that is to be found out. */
static void put_from(const char *s, paddr_t pa, size_t n) MUST_HOLD(console_lock_)
{
	struct vcpu *v;

	if (!n)
		return;
	in_line = s[n - 1] != '\n';
	if (nr_vms > 1)
		atomic_store_relaxed(&put_at, time_now());
	v = fence_leave();
	if (!pa || !fw_console_write_at(pa, n))
		fw_console_write(s, n);
	fence_return(v);
}

static void put(const char *s, size_t n) MUST_HOLD(console_lock_)
{
	put_from(s, 0, n);
}

void port_console_write(const char *s, size_t n)
{
	console_lock();
	/* Not in a guest's prompt, nor behind somebody's dots. */
	if (in_line)
		put("\n", 1);
	put(s, n);
	atomic_store_relaxed(&line_of, NULL);
	console_unlock();
}

/*
 * Several VMs: let the console show @vm's line as it is now, its name in front; @whole: it ends
 * here. Returns how many bytes that took.
 */
static size_t show(struct vm *vm, bool whole) MUST_HOLD(console_lock_)
{
	static char out[2 * (MARK + LINE) + sizeof("\r\n\033[K")];
	struct terminal *t = &terminals[vm->index];
	struct line *l = &t->line;
	bool here = line_of == vm, anew = !here || l->same < t->shown || t->cursor != t->shown;
	size_t n = 0;

	if (anew)
		n = (size_t)snprintf(out, MARK, "%s[%s] ",
				     here      ? "\r"
				     : in_line ? "\n"
					       : "",
				     vm->name);
	n += line_copy(out + n, l, anew ? 0 : t->shown, l->used);
	if (anew && here)
		n += (size_t)snprintf(out + n, sizeof("\033[K"), "\033[K");
	if (whole) {
		out[n++] = '\n';
		l->used = l->cursor = 0;
	} else if (l->cursor < l->used) {
		n += (size_t)snprintf(out + n, MARK, "\r[%s] ", vm->name);
		n += line_copy(out + n, l, 0, l->cursor);
	}
	put(out, n);
	atomic_store_relaxed(&line_of, whole ? NULL : vm);
	l->same = t->shown = l->used;
	t->cursor = l->cursor;
	atomic_store_relaxed(&t->due, false);
	return n;
}

/*
 * Only whole lines go out, but to somebody who sees the line he types. Returns how many of the
 * bytes were taken, at least one.
 */
static NOINLINE size_t put_lines(struct vm *vm, const char *s, size_t n) MUST_HOLD(console_lock_)
{
	struct terminal *t = &terminals[vm->index];
	struct line *l = &t->line;
	size_t taken = 0, out = 0;

	/* each byte is read once: other vCPUs may write there meanwhile */
	while (taken < n && out < SHARE)
		if (line_put(l, atomic_load_relaxed(&s[taken++])))
			out += show(vm, true);
	atomic_store_relaxed(&t->due, l->used || line_of == vm);
	if (line_of == vm && focus == vm->index && (l->same < t->shown || l->used != t->shown))
		show(vm, false);
	return taken;
}

/* The only VM: what was kept goes out as it is. */
static void put_kept(struct terminal *t) MUST_HOLD(console_lock_)
{
	put(t->line.text, t->line.used);
	t->line.used = 0;
	atomic_store_relaxed(&t->due, false);
}

/*
 * What is to be seen @now goes out as it is, behind what was kept; else a line is kept until it is
 * complete.
 */
static size_t put_unchanged(struct terminal *t, const char *s, paddr_t pa, size_t n, bool now)
	MUST_HOLD(console_lock_)
{
	struct line *l = &t->line;

	if (now) {
		if (l->used)
			put_kept(t);
		put_from(s, pa, n);
		return n;
	}
	l->text[l->used++] = *s;
	atomic_store_relaxed(&t->due, true);
	if (*s == '\n' || l->used == LINE)
		put_kept(t);
	return 1;
}

static NOINLINE bool may_prompt(struct vm *vm)
{
	struct terminal *t = &terminals[vm->index];
	bool chosen = atomic_load_relaxed(&focus) == vm->index;
	uint64_t ms = nr_vms == 1 ? ALONE_MS : chosen ? FOCUS_MS : OTHERS_MS;

	if (atomic_load_relaxed(&t->due))
		return time_now() - atomic_load_relaxed(&t->written) > ms_to_ticks(ms);
	/* A prompt that others have written over comes again, once they are quiet. */
	return chosen && nr_vms > 1 && atomic_load_relaxed(&line_of) != vm &&
	       atomic_load_relaxed(&t->line.used) &&
	       time_now() - atomic_load_relaxed(&put_at) > ms_to_ticks(ms);
}

/*
 * Is @vm's unfinished line to be put out? Without the lock a hint. Quick where the answer is no: a
 * driver asks before every byte.
 */
static bool prompts(struct vm *vm)
{
	return (nr_vms > 1 || atomic_load_relaxed(&terminals[vm->index].due)) && may_prompt(vm);
}

/*
 * The prompts that somebody wants. At the end of every section: one that is never left to anybody
 * else still serves them.
 */
static NOINLINE void put_prompts(void) MUST_HOLD(console_lock_)
{
	uint64_t who = atomic_swap(&wanted, 0UL); /* pairs with the fetch_or in want_prompt */

	for (unsigned i = 0; i < nr_vms; i++) {
		if (!(who & 1UL << i) || !may_prompt(&vms[i]))
			continue;
		if (nr_vms == 1)
			put_kept(&terminals[i]);
		else
			show(&vms[i], false);
	}
}

/*
 * Let @vm's prompt be seen, at once or by whoever has the console now: who only looks for keys
 * waits for nobody.
 */
static NOINLINE void want_prompt(struct vm *vm)
{
	atomic_fetch_or(&wanted, 1UL << vm->index);
	if (!console_trylock())
		return;
	put_prompts();
	console_unlock();
}

static size_t put_guest(struct vm *vm, const char *s, paddr_t pa, size_t n, bool now)
	MUST_HOLD(console_lock_)
{
	struct terminal *t = &terminals[vm->index];

	if (console_broken())
		return n;
	atomic_store_relaxed(&t->written, time_now());
	n = nr_vms > 1 ? put_lines(vm, s, n) : put_unchanged(t, s, pa, n, now);
	if (atomic_load_relaxed(&wanted))
		put_prompts();
	return n;
}

size_t console_guest_write(struct vm *vm, gpaddr_t from, size_t n)
{
	paddr_t pa;

	if (!n)
		return 0;
	pa = vm_phys(vm, from);
	/* As far as it surely is in one piece. */
	n = MIN(n, MIN(SHARE, LARGE_SIZE - pa % LARGE_SIZE));
	console_lock();
	n = put_guest(vm, window_open(pa, n), pa, n, true);
	window_close();
	console_unlock();
	return n;
}

NOINLINE void console_guest_put(struct vm *vm, char c, bool now)
{
	console_lock();
	put_guest(vm, &c, 0, 1, now);
	console_unlock();
}

/* ---- Keys; keys_lock held --------------------------------------------------------- */

/* What a key leads to, to be said once the lock is free; and the n-th command is to be run. */
enum { SAY_FOCUS = 1, SAY_HELP = 2, SAY_DROPPED = 4, SAY_COMMAND = 8 };

static void give_keys(unsigned vm) MUST_HOLD(keys_lock)
{
	atomic_store_relaxed(&focus, vm); /* pairs with the looks without the lock: hints */
}

/* The key after ESCAPE. */
static unsigned command(int c) MUST_HOLD(keys_lock)
{
	unsigned vm = (unsigned)c - '0';

	each_row(command, r)
		if ((*r)->key == c)
			return (unsigned)SAY_COMMAND << (r - __start_rows_command);
	if (vm >= nr_vms || keys[vm].ended)
		return SAY_HELP;
	give_keys(vm);
	return SAY_FOCUS;
}

static unsigned take_key(int c) MUST_HOLD(keys_lock)
{
	struct keys *k = &keys[focus];
	bool dropping = k->dropping;

	if (escaped != (c == ESCAPE)) {
		escaped = !escaped;
		return escaped ? 0 : command(c);
	}
	escaped = false;
	if (k->next - k->first == KEYS) {
		k->dropping = true;
		return dropping ? 0 : SAY_DROPPED;
	}
	typed[focus][k->next % KEYS] = (char)c;
	atomic_store_relaxed(&k->next, k->next + 1);
	return 0;
}

/* ---- Keys; without the lock ------------------------------------------------------- */

/* Fetch what has been typed, unless that is being done. Returns what is to be said. */
static unsigned poll_keys(void)
{
	unsigned say = 0, room = KEYS;
	int c;

	/*
	 * Acquire and release: who asks next sees what the last one asked. The firmware is not
	 * called with a spinlock held.
	 */
	if (atomic_swap(&polling, 1U))
		return 0;
	atomic_store_relaxed(&polled, time_now());
	/* What a lone VM has no room for waits where it was typed. */
	if (nr_vms == 1)
		room -= atomic_load_relaxed(&keys[0].next) - atomic_load_relaxed(&keys[0].first);
	for (; room && (c = fw_console_read()) >= 0; room--) {
		spin_lock(&keys_lock);
		say |= take_key(c);
		spin_unlock(&keys_lock);
	}
	atomic_store_release(&polling, 0U);
	return say;
}

static void say_line(const char *format, const char *what)
{
	char text[300] = "";

	port_console_write(text, (size_t)snprintf(text, sizeof(text), format, what));
}

static void help(void)
{
	char text[200] = "";
	size_t n = 0;

	each_row(command, r)
		n = MIN(n + (size_t)snprintf(text + n, sizeof(text) - n, "%.1s: %s; ", &(*r)->key,
					     (*r)->what),
			sizeof(text) - 1);
	say_line("dormouse: Ctrl-] and 0-7: the keys go to that VM; %sCtrl-]: itself\n", text);
}

static NOINLINE void speak(unsigned say)
{
	const char *name = vms[atomic_load_relaxed(&focus)].name;

	if (say & SAY_DROPPED)
		say_line("dormouse: %s does not read its keys; what has no room is dropped\n",
			 name);
	if (say & SAY_HELP)
		help();
	if (say & SAY_FOCUS)
		say_line("dormouse: the keys go to %s now\n", name);
	each_row(command, r)
		if (say & (unsigned)SAY_COMMAND << (r - __start_rows_command))
			(*r)->run();
}

static NOINLINE void fetch_keys(void)
{
	unsigned say = poll_keys();

	if (say)
		speak(say);
}

static bool time_to_fetch(void)
{
	return time_now() - atomic_load_relaxed(&polled) >= ms_to_ticks(POLL_MS);
}

bool console_key_waiting(struct vm *vm)
{
	struct keys *k = &keys[vm->index];

	/* Hints, relaxed: what they miss is found at the next look. */
	if (prompts(vm))
		want_prompt(vm);
	if (time_to_fetch())
		fetch_keys();
	return atomic_load_relaxed(&k->first) != atomic_load_relaxed(&k->next);
}

void console_poll(void)
{
	for (unsigned i = 0; i < nr_vms; i++)
		if (may_prompt(&vms[i]))
			want_prompt(&vms[i]);
	fetch_keys();
}

static size_t take_typed(unsigned vm, char *buf, size_t n) MUST_HOLD(keys_lock)
{
	struct keys *k = &keys[vm];
	size_t got = 0;

	while (got < n && k->first != k->next) {
		buf[got++] = typed[vm][k->first % KEYS];
		atomic_store_relaxed(&k->first, k->first + 1);
	}
	if (k->first == k->next)
		k->dropping = false;
	return got;
}

size_t console_guest_read(struct vm *vm, char *buf, size_t n)
{
	size_t got;

	if (!console_key_waiting(vm))
		return 0;
	spin_lock(&keys_lock);
	got = take_typed(vm->index, buf, n);
	spin_unlock(&keys_lock);
	return got;
}

/* Nobody reads @vm's keys any more. Returns what is to be said. */
static unsigned end_keys(struct vm *vm)
{
	unsigned say = 0;

	spin_lock(&keys_lock);
	keys[vm->index].ended = true;
	for (unsigned i = 0; keys[focus].ended && i < nr_vms; i++)
		if (!keys[i].ended) {
			give_keys(i);
			say = SAY_FOCUS;
		}
	spin_unlock(&keys_lock);
	return say;
}

void console_vm_ended(struct vm *vm)
{
	struct terminal *t = &terminals[vm->index];

	console_lock();
	if (!console_broken() && t->line.used) {
		if (nr_vms == 1)
			put_kept(t);
		else
			show(vm, true);
	}
	console_unlock();
	speak(end_keys(vm));
}
