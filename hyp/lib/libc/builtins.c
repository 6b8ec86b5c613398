/* SPDX-License-Identifier: MIT */
/*
 * builtins.c - what the compiler calls when the machine has no instruction for it (no Zbb in our baseline).
 *
 * libgcc has these too, but a compiler for Linux ships it for the floating-point ABI only, which does not link here.
 * The Makefile puts them into support.a beside libfdt, for the hypervisor and the guests alike; compiled with
 * -O1 -fno-builtin, so that no body is recognised and becomes a call of itself.
 */
int __ctzdi2(unsigned long x);
int __clzdi2(unsigned long x);
int __popcountdi2(unsigned long x);
unsigned int __bswapsi2(unsigned int x);
unsigned long __bswapdi2(unsigned long x);

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

/* Undefined for 0. */
int __clzdi2(unsigned long x)
{
	int n = 63;

	for (int step = 32; step; step /= 2) {
		if (x >> step) {
			x >>= step;
			n -= step;
		}
	}
	return n;
}

/* Adds neighbouring fields of 1, 2 and 4 bits, then all eight bytes with one multiplication. */
int __popcountdi2(unsigned long x)
{
	x -= (x >> 1) & 0x5555555555555555;
	x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (int)((x * 0x0101010101010101) >> 56);
}

unsigned int __bswapsi2(unsigned int x)
{
	x = (x & 0x00ff00ff) << 8 | (x >> 8 & 0x00ff00ff);
	return x << 16 | x >> 16;
}

unsigned long __bswapdi2(unsigned long x)
{
	x = (x & 0x00ff00ff00ff00ff) << 8 | (x >> 8 & 0x00ff00ff00ff00ff);
	x = (x & 0x0000ffff0000ffff) << 16 | (x >> 16 & 0x0000ffff0000ffff);
	return x << 32 | x >> 32;
}
