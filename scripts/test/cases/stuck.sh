#!/bin/bash
# SPDX-License-Identifier: MIT
# stuck.sh - a guest whose trap handler traps at its first instruction: reported, and the end of the
# VM as soon as no other vCPU is left that could mend it.
. "$(dirname "$0")/lib.sh"

SAYS='vCPU 0 is stuck: its trap handler at 0x[0-9a-f]+ traps at once'

stuck() { # name, guest test, settings
	local name=$1 test=$2
	shift 2
	boot GUEST="$O/guest/test.bin" APPEND="test=$test" "$@"
	expect "$name" 1 "$SAYS"
	expect "${name}_ends" 1 'no other vCPU runs that could help; ending the VM'
}

stuck stuck_unmapped stuck_unmapped VCPUS=1
stuck stuck_unmapped_others_stopped stuck_unmapped VCPUS=4
stuck stuck_unmapped_no_sstc stuck_unmapped VCPUS=2 CPU=rv64,sstc=off
stuck stuck_not_executable stuck_not_executable VCPUS=2
stuck stuck_zeros stuck_zeros VCPUS=1
stuck stuck_nowhere stuck_nowhere VCPUS=4
stuck stuck_together stuck_together VCPUS=3
stuck stuck_then_stopped stuck_then_stopped VCPUS=3

# A kernel whose first page table forgets the kernel: stvec 0, and all is unmapped from one
# instruction to the next.
assemble "$WORK/lost" <<'EOS'
	csrw	stvec, zero
	la	t0, 1f
	srli	t0, t0, 12
	li	t1, 8
	slli	t1, t1, 60
	or	t0, t0, t1
	csrw	satp, t0
	sfence.vma
	j	.
	.balign	4096
1:	.zero	4096
EOS
boot GUEST="$WORK/lost" VCPUS=1 HARTS=1
expect stuck_lost_itself 1 'trap handler at 0x0 traps at once \(scause 12, stval 0x0\)'

# With others that run: said once, and they go on.
boot GUEST="$O/guest/test.bin" APPEND='test=stuck_is_mended' VCPUS=2
expect stuck_others_go_on 0 'vCPU 1 is stuck'
if [ "$(grep -c 'is stuck' "$OUT")" -le 4 ]; then
	pass stuck_is_said_once
else
	fail stuck_is_said_once "more than four times"
fi
exit $failed
