#!/bin/bash
# SPDX-License-Identifier: MIT
# bad_firmware.sh - a firmware that says it has started a hart, and has not: the machine is refused, with the way round. OpenSBI 1.5 does so
# when there are more than some 32; this one always.
. "$(dirname "$0")/lib.sh"

assemble "$WORK/firmware" <<'EOF'
	csrr	t0, mhartid
	bnez	t0, park
	la	t0, trap
	csrw	mtvec, t0
	li	t0, -1
	csrw	pmpaddr0, t0
	csrw	mcounteren, t0
	li	t0, 0x1f	# all of memory, for everybody
	csrw	pmpcfg0, t0
	li	t0, 0xf0fdff	# all exceptions to S-mode but its ecall
	csrw	medeleg, t0
	li	t0, 0x222
	csrw	mideleg, t0
	# Sstc on: else QEMU 10.0 shows guests a timer interrupt that nobody can clear.
	li	t0, -1 << 63
	csrs	0x30a, t0
	li	t0, 0x800	# S-mode next
	csrw	mstatus, t0
	li	t0, 0x80200000
	csrw	mepc, t0
	mret
park:	wfi
	j	park
	.balign	4
trap:	csrw	mscratch, t0
	csrr	t0, mcause
	bltz	t0, tick
	li	t0, 0x54494d45	# TIME, set_timer
	beq	a7, t0, timer
	li	t0, 1
	beq	a7, t0, putchar
	li	t0, 0x48534d	# HSM: success, whatever it was
	beq	a7, t0, done
	li	a0, -2
	j	back
timer:	li	t0, 0x2004000	# mtimecmp of hart 0
	sd	a0, (t0)
	li	t0, 0x20	# STIP
	csrc	mip, t0
	li	t0, 0x80	# MTIE
	csrs	mie, t0
	j	done
tick:	li	t0, 0x80
	csrc	mie, t0
	li	t0, 0x20
	csrs	mip, t0
	csrr	t0, mscratch
	mret
putchar: li	t0, 0x10000000
	sb	a0, (t0)
done:	li	a0, 0
back:	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	csrr	t0, mscratch
	mret
EOF
# A microsecond per instruction, so that ten seconds are soon over.
boot GUEST= BIOS="$WORK/firmware" QEMUFLAGS='-icount shift=10,sleep=off'
expect hart_that_does_not_come_up 1 'hart 1: .*; harts=1 does without it'
boot GUEST="$O/guest/test.bin" APPEND=test=base_probe HYPARGS=harts=1 BIOS="$WORK/firmware"
expect harts_does_without_it 0 'PASS base_probe'
exit $failed
