/* SPDX-License-Identifier: MIT */
/*
 * perf.c - what Linux counts for a program (perf_event_open). Linked with no library. Prints a line
 * for each event: its name, a number, and what was counted in hexadecimal, or the error.
 */
#define SYS_IOCTL 29
#define SYS_CLOSE 57
#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_EXIT 93
#define SYS_SCHED_SETAFFINITY 122
#define SYS_MUNMAP 215
#define SYS_MMAP 222
#define SYS_PERF_EVENT_OPEN 241
#define HARDWARE 0
#define RAW 4
#define CYCLES 0
#define INSTRUCTIONS 1
#define CACHE_MISSES 3
#define FIRMWARE (1UL << 63) /* in the config of a raw event */
#define DISABLED 1UL
#define ENABLE 0x2400
#define DISABLE 0x2401

__attribute__((noreturn, used)) void run(void);

__asm__(".globl _start\n_start:\nandi sp, sp, -16\ncall run\n");

static long call(long n, long a, long b, long c, long d, long e, long f)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;
	register long a7 __asm__("a7") = n;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
			 : "memory");
	return a0;
}

static void say(const char *name, unsigned long value)
{
	char text[64];
	int at = 0;

	while (*name)
		text[at++] = *name++;
	text[at++] = ' ';
	for (int shift = 60; shift >= 0; shift -= 4)
		text[at++] = "0123456789abcdef"[value >> shift & 15];
	text[at++] = '\n';
	call(SYS_WRITE, 1, (long)text, at, 0, 0, 0);
}

/* Two million instructions. */
static void loop(void)
{
	long n = 1000000;

	__asm__ volatile("1: addi %0, %0, -1\nbnez %0, 1b" : "+r"(n));
}

static void run_on(unsigned long cpus)
{
	call(SYS_SCHED_SETAFFINITY, 0, sizeof(cpus), (long)&cpus, 0, 0, 0);
}

/* Twenty pages come and go: where else this program has run, it must be forgotten each time. */
static void pages(void)
{
	for (int i = 0; i < 20; i++) {
		long at = call(SYS_MMAP, 0, 4096, 3, 0x22, -1, 0);

		*(volatile char *)at = 1;
		call(SYS_MUNMAP, at, 4096, 0, 0, 0, 0);
	}
}

static void count(const char *name, unsigned type, unsigned long config, void (*fn)(void))
{
	struct {
		unsigned type, size;
		unsigned long config, period, sample, read, flags, rest[2];
	} attr = { type, sizeof(attr), config, 0, 0, 0, DISABLED, { 0, 0 } };
	long fd = call(SYS_PERF_EVENT_OPEN, (long)&attr, 0, -1, -1, 0, 0);
	unsigned long value = 0;

	if (fd < 0) {
		say(name, (unsigned long)fd);
		return;
	}
	call(SYS_IOCTL, fd, ENABLE, 0, 0, 0, 0);
	fn();
	call(SYS_IOCTL, fd, DISABLE, 0, 0, 0, 0);
	if (call(SYS_READ, fd, (long)&value, sizeof(value), 0, 0, 0) != sizeof(value))
		value = ~0UL;
	say(name, value);
	call(SYS_CLOSE, fd, 0, 0, 0, 0, 0);
}

void run(void)
{
	for (int i = 0; i < 3; i++) {
		count("instructions", HARDWARE, INSTRUCTIONS, loop);
		count("cycles", HARDWARE, CYCLES, loop);
	}
	count("cache-misses", HARDWARE, CACHE_MISSES, loop);
	run_on(1);
	loop();
	run_on(2);
	count("no-fences", RAW, FIRMWARE | 10, loop);
	count("fences", RAW, FIRMWARE | 10, pages);
	count("fences-asid", RAW, FIRMWARE | 12, pages);
	count("calls", RAW, FIRMWARE | 256, pages);
	call(SYS_EXIT, 0, 0, 0, 0, 0, 0);
	for (;;)
		;
}
