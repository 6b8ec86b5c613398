/* SPDX-License-Identifier: MIT */
/*
 * isa.c - what Linux tells a program of the processor (riscv_hwprobe, prctl), and whether vector
 * registers stay. Linked with no library. Run as "isa": a line for each key. Run as "isa N": holds
 * patterns of its own in v0-v31 for 500 rounds, prints what was wrong.
 */
#define SYS_WRITE 64
#define SYS_EXIT 93
#define SYS_YIELD 124
#define SYS_PRCTL 167
#define SYS_HWPROBE 258
#define PR_RISCV_V_GET_CONTROL 70
#define MAX_BYTES 4096

__attribute__((noreturn, used)) void run(long argc, char **argv);

__asm__(".globl _start\n_start:\nld a0, 0(sp)\naddi a1, sp, 8\nandi sp, sp, -16\ncall run\n");

static long call(long n, long a, long b, long c, long d, long e)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a7 __asm__("a7") = n;

	__asm__ volatile("ecall"
			 : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) : "memory");
	return a0;
}

static void say(const char *name, long number, unsigned long value)
{
	char text[64];
	int at = 0;

	while (*name)
		text[at++] = *name++;
	if (number >= 10)
		text[at++] = (char)('0' + number / 10);
	text[at++] = (char)('0' + number % 10);
	text[at++] = ' ';
	for (int shift = 60; shift >= 0; shift -= 4)
		text[at++] = "0123456789abcdef"[value >> shift & 15];
	text[at++] = '\n';
	call(SYS_WRITE, 1, (long)text, at, 0, 0);
}

#define EACH(insn, a) \
	__asm__ volatile(".option push\n.option arch, +v\n" \
			 insn " v0, (%0)\nadd %0, %0, %1\n" insn " v8, (%0)\nadd %0, %0, %1\n" \
			 insn " v16, (%0)\nadd %0, %0, %1\n" insn " v24, (%0)\n.option pop" \
			 : "+r"(a) : "r"(8 * vlenb) : "memory")

static long hold(unsigned char seed)
{
	static unsigned char mine[MAX_BYTES], got[MAX_BYTES];
	unsigned long vlenb;
	long wrong = 0;

	__asm__ volatile("csrr %0, 0xc22" : "=r"(vlenb));
	for (int round = 0; round < 500; round++) {
		unsigned char *from = mine, *to = got;

		for (unsigned long i = 0; i < 32 * vlenb; i++)
			mine[i] = (unsigned char)(seed * 37 + round + i * 11);
		EACH("vl8re8.v", from);
		/* A call makes Linux drop v0-v31, so only time may pass. */
		for (volatile int i = 0; i < 20000; i++)
			;
		EACH("vs8r.v", to);
		for (unsigned long i = 0; i < 32 * vlenb; i++)
			wrong += mine[i] != got[i];
		if (round % 50 == 0)
			call(SYS_YIELD, 0, 0, 0, 0, 0);
	}
	return wrong;
}

void run(long argc, char **argv)
{
	struct {
		long key;
		unsigned long value;
	} pair;

	if (argc > 1)
		say("wrong", argv[1][0] - '0', (unsigned long)hold((unsigned char)argv[1][0]));
	for (long key = 0; argc == 1 && key < 32; key++) {
		pair.key = key;
		pair.value = 0;
		if (!call(SYS_HWPROBE, (long)&pair, 1, 0, 0, 0) && pair.key == key)
			say("hwprobe", key, pair.value);
	}
	if (argc == 1)
		say("vector", 0,
		    (unsigned long)call(SYS_PRCTL, PR_RISCV_V_GET_CONTROL, 0, 0, 0, 0));
	call(SYS_EXIT, 0, 0, 0, 0, 0);
	for (;;)
		;
}
