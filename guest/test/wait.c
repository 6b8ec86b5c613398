/* SPDX-License-Identifier: MIT */
/*
 * wait.c - locks of the hypervisor that guests can keep contended, each for
 * longer than any single wait may take there. Who judges by the sum of its
 * waits panics. Manual, as it is slow; meant for QEMU's -icount, which runs
 * one hart at a time until the next timer is due.
 */
#include "../lib/test.h"

#define SECONDS 12
#define UART 0x10000000ul

typedef void (*act_fn)(void);

static u32 over;

static void keep_on(void *act)
{
	while (!load_acquire(&over))
		((act_fn)(u64)act)();
}

static void nothing(void *arg)
{
	(void)arg;
}

/* For main: the last hart, which does nothing else then, comes and goes. */
static void start_and_stop(void)
{
	struct hart *h = other_hart((u32)hart_count - 2);

	if (hart_wait_stopped(h, PATIENCE_MS))
		hart_run(h, nothing, NULL);
}

/*
 * Main does one thing, its neighbour another, all the rest a third. A timer
 * every 20 us makes QEMU switch from hart to hart that often.
 */
static void wait_long(act_fn main, act_fn neighbour, act_fn rest)
{
	u64 end = after_ms(scaled(SECONDS * 1000));
	u64 beat = after_ms(1000);
	u64 n = 0;

	NEED_HARTS(3);
	test_more_time(2 * SECONDS * 1000);
	over = 0;
	for_each_other(h)
		if (main != start_and_stop ||
		    h != other_hart((u32)hart_count - 2))
			hart_run(h, keep_on, (void *)(h == other_hart(0) ?
						      neighbour : rest));
	for (; now() < end; n++) {
		main();
		if (now() < beat)
			continue;
		print("\n%lu s left\n", ticks_to_ms(end - now()) / 1000);
		beat = after_ms(1000);
	}
	store_release(&over, 1);
	harts_join();
	print("\n%lu calls by main\n", n);
	CHECK(n > 10);
}

static void set_timer(void)
{
	u64 then = now() + machine.timebase / 50000;	/* 20 us */

	sbi_set_timer(then);
	while (now() < then)
		;
}

static void write_byte(void)
{
	sbi_dbcn_write_byte('.');
}

static void write_and_read(void)
{
	static const char text[] = "--------------------------------\n";
	static char buf[16];

	sbi_dbcn_write(sizeof(text) - 1, (u64)text, 0);
	sbi_dbcn_read(sizeof(buf), (u64)buf, 0);
	sbi_call0(EID_LEGACY_GETCHAR, 0);
}

static void drive_uart(void)
{
	volatile u8 *uart = (volatile u8 *)UART;

	if (uart[5] & 0x20)
		uart[0] = '~';
}

static void refused_start(void)
{
	CHECK_ERR(sbi_hart_start(main_hart->id, hart_entry_a, 0),
		  SBI_ALREADY_AVAILABLE);
}

static void ask_status(void)
{
	for_each_hart(h)
		CHECK(sbi_hart_status(h->id).error == SBI_SUCCESS);
}

static void suspend_system(void)
{
	CHECK_ERR(sbi_system_suspend(0, hart_resume_a, 0), SBI_DENIED);
}

static void send_ipi(void)
{
	CHECK_ERR(sbi_send_ipi(0, ~0ul), SBI_SUCCESS);
}

static void fence(void)
{
	CHECK_ERR(sbi_sfence_vma(0, ~0ul, 0, ~0ul), SBI_SUCCESS);
}

static void nap(void)
{
	csr_set(sie, SIP_STIP);
	sbi_set_timer(now() + machine.timebase / 50000);
	sbi_hart_suspend(HSM_RETENTIVE, 0, 0);
	sbi_set_timer(~0ul);
}

TEST_MANUAL(wait_console, "the console, byte by byte")
{
	NEED_EXT(EID_DBCN, "DBCN");
	wait_long(write_byte, set_timer, write_byte);
}

TEST_MANUAL(wait_console_lines, "the console, written and read")
{
	NEED_EXT(EID_DBCN, "DBCN");
	wait_long(write_and_read, set_timer, write_and_read);
}

TEST_MANUAL(wait_uart, "the emulated serial port")
{
	wait_long(drive_uart, set_timer, drive_uart);
}

TEST_MANUAL(wait_start, "HART_START that is refused, the VM's mutex")
{
	wait_long(refused_start, set_timer, refused_start);
}

TEST_MANUAL(wait_stop, "starts, stops, and those who ask about them")
{
	NEED_HARTS(3);
	wait_long(start_and_stop, set_timer, ask_status);
}

TEST_MANUAL(wait_susp, "SYSTEM_SUSPEND that is denied")
{
	NEED_EXT(EID_SUSP, "SUSP");
	wait_long(suspend_system, set_timer, refused_start);
}

TEST_MANUAL(wait_ipi, "IPIs to sleepers: thread and run queue locks")
{
	wait_long(send_ipi, nap, nap);
}

TEST_MANUAL(wait_timer, "timers of sleepers")
{
	wait_long(set_timer, nap, nap);
}

TEST_MANUAL(wait_fence, "remote fences from all to all")
{
	wait_long(fence, set_timer, fence);
}
