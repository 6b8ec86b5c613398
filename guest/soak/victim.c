/* SPDX-License-Identifier: MIT */
/*
 * victim.c - checks that nothing happens to it: its memory, its image, registers, CSRs, floating
 * point, timers and harts are its own, whatever the VM beside it does.
 *
 * Exact: nobody else's data, interrupts or starts. Within generous bounds: a timer is never early
 * and at most late=MS late; another hart starts and stops within PATIENCE_MS.
 */
#include "../lib/fp.h"
#include "../lib/str.h"
#include "../lib/survivor.h"
#include "soak.h"

#define WORDS (MIB(2) / 8)
#define SLICE (WORDS / 16) /* looked at in one round */
#define REPORT_MS 5000

extern char _image_start[];
extern u8 stored_image_end[] __asm__("test_rows_end");

static u64 memory[WORDS];
static u64 image_sum;

static struct {
	u64 rounds, timers, late_max, late_sum; /* ticks */
	u64 late_allowed;
	u64 x;
} me;

/* What the second hart is given and gives back. */
static struct {
	u64 seed, opaque;
	u32 done;
	u64 last_time;
} errand;

static u64 word_for(u64 i, u64 epoch)
{
	return (i + 1) * 0x9e3779b97f4a7c15ul ^ epoch * 0xd1b54a32d192ed03ul;
}

/* Slice @s has been written in round @epoch; look, and write it anew for the next time. */
static void check_memory(u64 s, u64 epoch, u64 next)
{
	for (u64 i = s * SLICE; i < (s + 1) * SLICE; i++) {
		if (memory[i] != word_for(i, epoch))
			broken("memory word %lu is %lx, not %lx", i, memory[i], word_for(i, epoch));
		memory[i] = word_for(i, next);
	}
}

/* Code and constants. */
static u64 sum_image(void)
{
	u64 sum = 0;

	for (const u64 *p = (const u64 *)_image_start; p < (const u64 *)stored_image_end; p++)
		sum = (sum << 7 | sum >> 57) ^ *p;
	return sum;
}

static void check_registers(void)
{
	struct hart *h = hart_self();
	u64 flags = irq_save(), seed = h->index + me.rounds;

	for (u64 n = 1; n < 32; n++)
		h->regs_in[n] = word_for(n, seed);
	h->regs_in[16] = 0;
	h->regs_in[17] = EID_BASE;
	for (u32 k = 0; k < 50; k++) {
		call_with_registers(h);
		for (u32 n = 1; n < 32; n++)
			if (n != 10 && n != 11 && h->regs_out[n] != h->regs_in[n])
				broken("x%u is %lx, not %lx", n, h->regs_out[n], h->regs_in[n]);
	}
	irq_restore(flags);
}

static void spin(u64 ms)
{
	u64 end = after_ms(ms), last = now(), t;

	for (; last < end; last = t) {
		t = now();
		if (t < last)
			broken("time went back by %lu", last - t);
	}
}

/* Longer than a time slice, so that the others run meanwhile. */
static void check_floating_point(void)
{
	u64 seed = word_for(hart_self()->index, me.rounds);

	csr_set(sstatus, SSTATUS_FS);
	if (!(csr_read(sstatus) & SSTATUS_FS))
		return;
	fp_fill(seed);
	spin(12);
	if (fp_check(seed))
		broken("%lu floating-point registers have changed", fp_check(seed));
}

static void check_csrs(void)
{
	struct hart *h = hart_self();
	u64 flags = irq_save(), p = me.rounds + 2, enabled = csr_read(sie);
	bool kept = true;

	csr_write(sscratch, p);
	csr_write(sepc, p << 4);
	csr_write(stval, p * 3);
	csr_write(scause, p & 15);
	csr_write(sie, SIP_SSIP);
	for (u64 end = after_ms(2); kept && now() < end;) {
		sbi_spec_version();
		kept = csr_read(sscratch) == p && csr_read(sepc) == p << 4 &&
		       csr_read(stval) == p * 3 && csr_read(scause) == (p & 15) &&
		       csr_read(sie) == SIP_SSIP && csr_read(satp) == 0;
	}
	csr_write(sscratch, h);
	csr_write(sie, enabled);
	irq_restore(flags);
	if (!kept)
		broken("a CSR has changed");
}

static void check_timer(void)
{
	struct hart *h = hart_self();
	u32 before = h->timer_count;
	u64 deadline = now() + next_random(&me.x) % ms_to_ticks(20), late;

	sbi_set_timer(deadline);
	csr_set(sie, SIP_STIP);
	while (load_acquire(&h->timer_count) == before) {
		irq_off();
		if (load_acquire(&h->timer_count) == before)
			wfi();
		irq_on();
	}
	if (now() < deadline)
		broken("a timer is early by %lu ticks", deadline - now());
	late = now() - deadline;
	if (late > me.late_allowed)
		broken("a timer is late by %lu ms", ticks_to_ms(late));
	me.timers++;
	me.late_sum += late;
	if (late > me.late_max)
		me.late_max = late;
}

static void run_errand(void *arg)
{
	struct hart *h = hart_self();

	if (h->entry.a0 != h->id || h->entry.a1 != errand.opaque || h->entry.satp ||
	    h->entry.sstatus & SSTATUS_SIE || arg != &errand)
		broken("entered with a0 %lx, a1 %lx, satp %lx, sstatus %lx", h->entry.a0,
		       h->entry.a1, h->entry.satp, h->entry.sstatus);
	check_floating_point();
	check_registers();
	check_csrs();
	errand.last_time = now();
	store_release(&errand.done, 1);
}

/* Another hart runs when we start it, with what we gave it, and at no other time. */
static void check_harts(void)
{
	struct hart *h = other_hart(0);
	struct sbi_ret r = sbi_hart_status(h->id);

	if (r.error || r.value != HSM_STOPPED)
		broken("the other hart, which nobody started, is %s", hsm_state_name(r.value));
	errand.opaque = next_random(&me.x);
	errand.done = 0;
	hart_prepare(h, run_errand, &errand);
	r = sbi_hart_start(h->id, hart_entry_a, errand.opaque);
	if (r.error)
		broken("hart_start answers %ld", r.error);
	check_floating_point();
	if (!WAIT_FOR(load_acquire(&errand.done), me.late_allowed / ms_to_ticks(1)))
		broken("the other hart has not done its errand");
	if (!hart_wait_stopped(h, PATIENCE_MS))
		broken("the other hart has not stopped");
	if (errand.last_time > now() + ms_to_ticks(1))
		broken("the harts disagree about the time");
}

/* Nobody sends us any. */
static void check_interrupts(void)
{
	if (hart_self()->soft_count || csr_read(sip) & SIP_SSIP)
		broken("an interrupt that nobody of us sent");
}

static void report(const char *word)
{
	u64 us = machine.timebase / 1000000 ? machine.timebase / 1000000 : 1;

	print("VICTIM %s rounds %lu, timers %lu, late %lu us, at most %lu us\n", word, me.rounds,
	      me.timers, me.late_sum / (me.timers ? me.timers : 1) / us, me.late_max / us);
}

static void begin(void)
{
	struct survivor note;

	if (survivor_load(&note))
		broken("rebooted");
	survivor_save(&(struct survivor){ .phase = 1 });
	if (hart_count != 2)
		broken("%lu harts, not 2", hart_count);
	me.late_allowed = ms_to_ticks(boot_number("late", 5000));
	me.x = 0x2545f4914f6cdd1dul;
	image_sum = sum_image();
	for (u64 i = 0; i < WORDS; i++)
		memory[i] = word_for(i, 0);
}

void victim_main(void)
{
	static u64 epochs[WORDS / SLICE];
	u64 next_report = 0;

	begin();
	csr_write(sie, SIP_SSIP);
	irq_on();
	do {
		u64 s = me.rounds++ % ARRAY_SIZE(epochs);

		check_memory(s, epochs[s], me.rounds);
		epochs[s] = me.rounds;
		if (sum_image() != image_sum)
			broken("our code or constants have changed");
		check_registers();
		check_csrs();
		check_timer();
		check_harts();
		check_interrupts();
		if (now() >= next_report) {
			report("at");
			next_report = after_ms(REPORT_MS);
		}
	} while (!console_drop_keys());
	report("PASS");
	machine_shutdown(false);
}
