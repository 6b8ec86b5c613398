// SPDX-License-Identifier: MIT
/*
 * registers.c - a program for Linux without a library, for what no other shows of the registers.
 *
 *   registers time, cycle or instret      reads that CSR until it has moved on: 0; 1 if it does not
 *   registers fp      holds patterns in all FP registers for 300 signals, whose handler overwrites
 *                     them: status 0; 1 if one is lost
 *
 * Each signal is asked for anew. A timer with a period would starve the program where a debugger
 * sees each signal first and that takes longer than the period: the handler runs, and nothing else.
 */
#define READS 1000000
#define SIGNALS 300
#define SYS_exit 93
#define SYS_setitimer 103
#define SYS_rt_sigaction 134
#define SIGALRM 14

typedef unsigned long u64;

static volatile int signals;

static long syscall4(long nr, long a, const void *b, long c, long d)
{
	register long a0 asm("a0") = a, a1 asm("a1") = (long)b, a2 asm("a2") = c;
	register long a3 asm("a3") = d, a7 asm("a7") = nr;

	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
	return a0;
}

#define ALL_FP(instructions)                                                       \
	".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n" instructions ".endr\n"  \
	".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n" instructions ".endr\n"

static void handler(int signal)
{
	u64 x = 0x3ff0000000000000 + (u64)signal;

	asm volatile(ALL_FP("fmv.d.x f\\n, %0\n") : : "r"(x));
	asm volatile("fscsr x0");
	signals = signals + 1;
}

/*
 * Keeps @pattern + n in fn, and a rounding mode, until there are not @before signals any more: how
 * many differ then.
 */
static __attribute__((noinline)) int hold(u64 pattern, int before)
{
	u64 x = pattern, y, mode = pattern % 5, mode_after;
	long wrong = 0;

	asm volatile("fsrm %[mode]\n"
		     ALL_FP("fmv.d.x f\\n, %[x]\n addi %[x], %[x], 1\n")
		     "hold_loop: lw %[y], %[now]\n"
		     "beq %[y], %[before], hold_loop\n"
		     "hold_end: mv %[x], %[pattern]\n"
		     ALL_FP("fmv.x.d %[y], f\\n\n"
			    "beq %[y], %[x], 2f\n"
			    "addi %[wrong], %[wrong], 1\n"
			    "2: addi %[x], %[x], 1\n")
		     "frrm %[after]"
		     : [x] "+&r"(x), [y] "=&r"(y), [wrong] "+&r"(wrong), [after] "=&r"(mode_after)
		     : [pattern] "r"(pattern), [mode] "r"(mode), [before] "r"((long)before),
		       [now] "m"(signals));
	return wrong + (mode_after != mode);
}

static int fp(void)
{
	static const long in_a_ms[4] = {0, 0, 0, 1000};
	static const struct { void (*handler)(int); u64 flags, mask; } action = {handler, 0, 0};

	if (syscall4(SYS_rt_sigaction, SIGALRM, &action, 0, 8))
		return 2;
	for (u64 pattern = 0x4142434445464700; signals < SIGNALS; pattern += 64) {
		int before = signals;

		if (syscall4(SYS_setitimer, 0, in_a_ms, 0, 0))
			return 2;
		if (hold(pattern, before))
			return 1;
	}
	return 0;
}

#define MOVES_ON(csr) ({                                                     \
	u64 first, now;                                                      \
	int left = READS;                                                    \
	asm volatile("csrr %0, " csr : "=r"(first));                         \
	do                                                                   \
		asm volatile("csrr %0, " csr : "=r"(now));                   \
	while (now == first && --left);                                      \
	now > first ? 0 : 1; })

__attribute__((used)) static void run(long argc, const char **argv)
{
	int status = 2;

	switch (argc > 1 ? argv[1][0] : 0) {
	case 't':
		status = MOVES_ON("time");
		break;
	case 'c':
		status = MOVES_ON("cycle");
		break;
	case 'i':
		status = MOVES_ON("instret");
		break;
	case 'f':
		status = fp();
	}
	syscall4(SYS_exit, status, 0, 0, 0);
}

asm(".globl _start\n_start: ld a0, 0(sp)\n addi a1, sp, 8\n call run");
