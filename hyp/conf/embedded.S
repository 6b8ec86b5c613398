/* SPDX-License-Identifier: MIT */
/* embedded.S - the demo guest, for when no payload is given. */
	.section .rodata.embedded, "a"
	.balign	8
	.globl embedded_demo, embedded_demo_end
embedded_demo:
	.incbin	DEMO_BIN
embedded_demo_end:
