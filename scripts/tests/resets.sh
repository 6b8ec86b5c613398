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
exit $failed
