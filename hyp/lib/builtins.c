/* SPDX-License-Identifier: MIT */
/*
 * builtins.c - what the compiler calls when the machine has no instruction for it (no Zbb in our
 * baseline).
 *
 * libgcc has these too, but a compiler for Linux ships it for the floating-point ABI only, which
 * does not link here. The Makefile puts them into support.a, for the hypervisor and the guests
 * alike (beside libfdt, which only these use); compiled with -O1 -fno-builtin, so that no body is
 * recognised and becomes a call of itself.
 */
int __ctzdi2(unsigned long x);

/* Undefined for 0, like the instruction's C name. */
int __ctzdi2(unsigned long x)
{
	int n = 0;

	for (int step = 32; step; step /= 2) {
		if (!(x & ((1UL << step) - 1))) {
			x >>= step;
			n += step;
		}
	}
	return n;
}
