#!/bin/bash
# SPDX-License-Identifier: MIT
# resets.sh - reboot and the end of a VM, from every side: a hundred reboots, resets from all harts at once and amid starts
# and stops, the last hart that stops.
. "$(dirname "$0")/lib.sh"

reset() { # name, guest test, status, pattern, settings
	local name=$1 test=$2 status=$3 pattern=$4
	shift 4
	boot GUEST="$O/guest/test.bin" APPEND="test=$test" TIMEOUT=60 "$@"
	expect "$name" "$status" "$pattern"
}

reset reboot_100_times reboot 0 'reboot \(number 100\)' VCPUS=4 HARTS=2
reset reboot_100_times_on_one_hart reboot 0 'reboot \(number 100\)' VCPUS=2 HARTS=1
reset reset_from_all_harts reset_together 0 'VERDICT PASS' VCPUS=8 HARTS=4
reset reset_amid_starts reset_storm 0 'VERDICT PASS' VCPUS=4 HARTS=4
reset reset_amid_starts_on_one_hart reset_storm 0 'VERDICT PASS' VCPUS=4 HARTS=1
reset shutdown_amid_starts shutdown_storm 0 'all VMs have ended; powering off' VCPUS=4 HARTS=2
reset halted_vm_is_reported hsm_last_stop 1 'every hart has stopped' VCPUS=4 HARTS=2

reset reboot_leaves_no_register_behind state_reboot 0 'VERDICT PASS' VCPUS=3 HARTS=2

# A VM that reboots finds the serial port as new, and time begins again; its memory, but for what is loaded, is as it was.
assemble "$WORK/leaves" <<'EOF'
	.option norvc
	li	t0, 0x80000000
	li	t1, 0x10000007	# the serial port's scratch register
	li	s0, 0x1ea4e5
	ld	s1, (t0)
	beq	s1, s0, 2f
	sd	s0, (t0)
	sb	s0, (t1)
	li	t3, 5000000	# half a second
1:	rdtime	t2
	bltu	t2, t3, 1b
	sd	t2, 8(t0)
	li	a0, 1		# cold reboot
	li	a1, 0
	j	3f
2:	rdtime	t2
	ld	t3, 8(t0)
	sltu	t2, t2, t3	# earlier than then
	lbu	t1, (t1)
	seqz	t1, t1
	and	a1, t1, t2
	xori	a1, a1, 1	# reason 1: a failure
	li	a0, 0		# shut down
3:	li	a6, 0
	li	a7, 0x53525354	# SRST
	ecall
EOF
boot GUEST="$WORK/leaves"
expect reset_leaves_nothing_behind 0 'cold reboot \(number 1\)'
exit $failed
