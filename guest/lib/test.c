/* SPDX-License-Identifier: MIT */
/*
 * test.c - select and run the registered tests, print the verdict.
 */
#include "test.h"
#include "str.h"

#define TIMEOUT_MS 20000

extern const struct test_row test_rows_start[], test_rows_end[];

static struct {
	const struct test_row *row;	/* running now, or NULL */
	u64 deadline;			/* time */
	struct context back;		/* main's way out of a test */
	const char *known_bad;
	char text[192];			/* guarded by lock: reason */
	bool failed, skipped;		/* guarded by lock */
	struct spinlock lock;
} cur;

static struct {
	u32 passed, failed, skipped, xfailed;
} count;

static u64 random_state;

void (*fatal_hook)(const char *reason);

u64 scaled(u64 n)
{
	u64 v = n * boot_number("scale", 100) / 100;

	return v ? v : 1;
}

u64 test_random(void)
{
	u64 x = random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return random_state = x;
}

struct budget budget(u64 rounds, u64 ms)
{
	return (struct budget){ scaled(rounds) + 1, after_ms(scaled(ms)) };
}

bool budget_left(struct budget *b)
{
	return --b->rounds && now() < b->end;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	u64 flags = irq_save();
	va_list args;
	size_t n;

	spin_lock(&cur.lock);
	if (!cur.failed) {
		cur.failed = true;
		va_start(args, fmt);
		n = vformat(cur.text, sizeof(cur.text), fmt, args);
		va_end(args);
		format(cur.text + n, sizeof(cur.text) - n, " (%s:%d)",
		       base_name(file), line);
	}
	spin_unlock(&cur.lock);
	irq_restore(flags);
	if (!cur.row && fatal_hook)
		fatal_hook(cur.text);
	if (hart_self() != main_hart)
		hart_exit();
	if (!cur.row) {
		print("guest: %s\n", cur.text);
		machine_shutdown(true);
	}
	context_jump(&cur.back, 1);
}

void test_skip(const char *fmt, ...)
{
	va_list args;

	cur.skipped = true;
	va_start(args, fmt);
	vformat(cur.text, sizeof(cur.text), fmt, args);
	va_end(args);
	context_jump(&cur.back, 1);
}

void test_known_bad(const char *reason)
{
	cur.known_bad = reason;
}

void test_more_time(u64 ms)
{
	cur.deadline += ms_to_ticks(ms);
	sbi_set_timer(cur.deadline);
}

void test_rearm(void)
{
	sbi_set_timer(cur.deadline);
	csr_set(sie, SIP_STIP);
}

void test_watchdog(void)
{
	test_check_time();
}

void test_check_time(void)
{
	if (!cur.row || now() < cur.deadline)
		return;
	cur.deadline = ~0ul;
	FAIL_TEST("timed out");
}

/* The state every test starts from and none has to restore. */
static void reset_main(u64 deadline)
{
	irq_off();
	csr_write(satp, 0);
	__asm__ volatile("sfence.vma" : : : "memory");
	csr_write(stvec, trap_entry);
	csr_write(sscratch, main_hart);
	csr_clear(sip, SIP_SSIP);
	for (unsigned int i = 0; i < ARRAY_SIZE(main_hart->irq); i++)
		main_hart->irq[i] = NULL;
	main_hart->catching = false;
	main_hart->soft_count = main_hart->timer_count = 0;
	cur.deadline = deadline;
	sbi_set_timer(deadline);
	csr_write(sie, SIP_STIP);
	irq_on();
}

static bool all_stopped(void)
{
	for_each_other(h)
		if (!hart_wait_stopped(h, PATIENCE_MS))
			return false;
	return true;
}

static void report(const struct test_row *row)
{
	if (cur.failed && cur.known_bad) {
		print("XFAIL %s: %s: %s\n", row->name, cur.known_bad, cur.text);
		count.xfailed++;
	} else if (cur.failed) {
		print("FAIL %s: %s\n", row->name, cur.text);
		count.failed++;
	} else if (cur.skipped) {
		print("SKIP %s: %s\n", row->name, cur.text);
		count.skipped++;
	} else {
		print("PASS %s\n", row->name);
		count.passed++;
	}
}

/* Call the test; comes back when it returned or gave up half-way. */
static void call_test(const struct test_row *row)
{
	cur.failed = cur.skipped = false;
	cur.known_bad = NULL;
	reset_main(after_ms(TIMEOUT_MS * boot_number("slow", 1)));
	if (!context_save(&cur.back)) {
		cur.row = row;
		row->fn();
	}
	cur.row = NULL;
	reset_main(~0ul);
}

/* False when the machine is too broken to go on. */
static bool run_one(const struct test_row *row)
{
	bool usable = true;

	call_test(row);
	if (cur.failed) {
		usable = harts_abort(3000);
	} else if (!all_stopped()) {
		cur.failed = true;
		format(cur.text, sizeof(cur.text),
		       "left another hart running");
		usable = harts_abort(3000);
	}
	report(row);
	return usable;
}

static bool item_matches(const char *item, size_t len, const char *name,
			 bool exact)
{
	size_t nlen = strlen(name);

	if (exact)
		return len == nlen && !memcmp(item, name, len);
	if (glob_match(item, len, name))
		return true;
	return len && len < nlen && !memcmp(item, name, len) &&
	       (name[len] == '_' || item[len - 1] == '_');
}

struct text {
	const char *s;
	size_t n;
};

/* Cut @head, all before the next @sep, off @rest; false: nothing is left. */
static bool cut(struct text *rest, char sep, struct text *head)
{
	const char *at = rest->n ? memchr(rest->s, sep, rest->n) : NULL;

	head->s = rest->s;
	head->n = at ? (size_t)(at - rest->s) : rest->n;
	rest->s += head->n + (at != NULL);
	rest->n -= head->n + (at != NULL);
	return head->n || at;
}

/* Is @name in the comma-separated list of bootargs @key? */
static bool listed(const char *key, const char *name, bool exact)
{
	struct text item, rest = { 0 };

	rest.s = boot_option(key, &rest.n);
	while (rest.s && cut(&rest, ',', &item))
		if (item_matches(item.s, item.n, name, exact))
			return true;
	return false;
}

static bool selected(const struct test_row *row)
{
	size_t len;

	if (listed("skip", row->name, false))
		return false;
	if (!boot_option("test", &len))
		return !row->manual;
	return listed("test", row->name, row->manual);
}

static void list_tests(void)
{
	for (const struct test_row *r = test_rows_start; r < test_rows_end; r++)
		print("%s%s: %s\n", r->name, r->manual ? " (manual)" : "",
		      r->claim);
}

/* Does every name in the list @key stand for a test? If not, say so. */
static bool names_exist(const char *key, bool manual_exact)
{
	struct text item, rest = { 0 };

	rest.s = boot_option(key, &rest.n);
	while (rest.s && cut(&rest, ',', &item)) {
		char name[64] = { 0 };
		bool found = false;

		for (const struct test_row *r = test_rows_start;
		     r < test_rows_end; r++)
			found |= item_matches(item.s, item.n, r->name,
					      manual_exact && r->manual);
		if (found)
			continue;
		memcpy(name, item.s, MIN(item.n, sizeof(name) - 1));
		print("guest tests: %s=%s matches no test; the bootarg list "
		      "prints them\n", key, name);
		return false;
	}
	return true;
}

/* Is @arg one of @words? They read like the message that prints them. */
static bool word_known(struct text arg, const char *words)
{
	struct text word, name, rest = { words, strlen(words) };
	char *end = NULL;

	while (cut(&rest, ' ', &word)) {
		cut(&word, '=', &name);
		if (arg.n < name.n || memcmp(arg.s, name.s, name.n) ||
		    (arg.n > name.n && arg.s[name.n] != '='))
			continue;
		if (!word.n || *word.s != 'N')
			return true;
		if (arg.n > name.n + 1)
			strtoul(arg.s + name.n + 1, &end, 0);
		return end == arg.s + arg.n;
	}
	return false;
}

static bool words_known(const char *more)
{
	struct text arg, rest = { machine.bootargs, strlen(machine.bootargs) };
	char text[64] = { 0 }, words[128];

	format(words, sizeof(words), "test=.. skip=.. list seed=N scale=N slow=N %s",
	       more);
	while (cut(&rest, ' ', &arg)) {
		if (!arg.n || word_known(arg, words))
			continue;
		memcpy(text, arg.s, MIN(arg.n, sizeof(text) - 1));
		print("guest tests: bootarg %s is wrong; known are %s\n", text,
		      words);
		return false;
	}
	return true;
}

void machine_shutdown(bool failed)
{
	sbi_reset(SRST_SHUTDOWN, failed ? SRST_REASON_FAILURE
					: SRST_REASON_NONE);
	sbi_call0(EID_LEGACY_SHUTDOWN, 0);
	for (;;)
		wfi();
}

static void verdict(bool pass)
{
	print("VERDICT %s passed=%u failed=%u skipped=%u", pass ? "PASS" :
	      "FAIL", count.passed, count.failed, count.skipped);
	if (count.xfailed)
		print(" xfailed=%u", count.xfailed);
	print("\n");
	machine_shutdown(!pass);
}

void test_run_all(const char *words)
{
	size_t len;
	bool usable = true;

	random_state = boot_number("seed", 1) * 0x9e3779b97f4a7c15ul | 1;
	print("guest tests: %lu harts, main is hart %lu, SBI %lu.%lu, "
	      "implementation %lu\n", hart_count, main_hart->id,
	      sbi_spec_version().value >> 24,
	      sbi_spec_version().value & 0xffffff, sbi_impl_id().value);
	timer_pending_init();
	if (!words_known(words) || !names_exist("test", true) ||
	    !names_exist("skip", false))
		verdict(false);
	if (boot_option("list", &len)) {
		list_tests();
		machine_shutdown(false);
	}
	for (const struct test_row *r = test_rows_start;
	     r < test_rows_end && usable; r++)
		if (selected(r))
			usable = run_one(r);
	if (!usable)
		print("guest tests: a hart cannot be stopped, giving up\n");
	if (!count.passed && !count.failed && !count.skipped && !count.xfailed)
		print("guest tests: no test was selected\n");
	verdict(usable && !count.failed &&
		count.passed + count.skipped + count.xfailed);
	machine_shutdown(true);
}
