#!/bin/bash
# SPDX-License-Identifier: MIT
# stdin.sh - what is typed, or piped in, reaches the guest: an echo guest on the legacy console calls; and the demo, whom it wakes.
. "$(dirname "$0")/lib.sh"

assemble "$WORK/echo" <<-END
	1: li a7, 2		# console_getchar
	ecall
	bltz a0, 1b
	mv s0, a0
	li a7, 1		# console_putchar
	ecall
	li t0, 'q'
	bne s0, t0, 1b
	li a7, 0x53525354	# system_reset: shutdown
	li a6, 0
	li a0, 0
	li a1, 0
	ecall
	2: j 2b
END
OUT=$WORK/out
# The first character is lost when the firmware resets the UART after QEMU has read it.
printf '....dormouse-q' | env -u APPEND -u HYPARGS -u QEMUFLAGS GUEST="$WORK/echo" TIMEOUT=20 HARTS=2 VCPUS=1 \
	scripts/run/run.sh >"$OUT" 2>&1
STATUS=$?
expect piped_input_reaches_the_guest 0 'dormouse-q'

# A key wakes a suspended VM; the demo tells that from waking up too early, also when keys have waited since long before. Typed until the
# run ends.
{ printf '\r\003'; while sleep 0.1 && printf x; do :; done; } 2>/dev/null |
	env -u GUEST -u APPEND -u HYPARGS -u QEMUFLAGS HYPARGS='-- race=300 sleep=700' TIMEOUT=30 HARTS=2 VCPUS=3 scripts/run/run.sh >"$OUT" 2>&1
STATUS=$?
expect keys_do_not_spoil_the_demo 0 'a key woke me after'
exit $failed
