#!/bin/bash
# SPDX-License-Identifier: MIT
# without.sh - each optional room of the hypervisor taken out, alone and all together: what is left
# builds, runs the demo, and passes the guest tests that do not test the room. It takes minutes.
#
#    scripts/test/cases/without.sh [ROOM...]    only these, each alone
. "$(dirname "$0")/lib.sh"

# What is tested in a room's place: with QEMU 7.2 fault_page_table needs devices, as that calls the
# walk for a store a load.
without_devices=mmio_*,fault_page_table
# These ask for remote fences.
without_rfence=rfence_*,legacy_fences,base_probe,storm_start_stop,storm_suspend
without_rfence+=,mmio_code_comes_and_goes,mmio_code_is_replaced,wfi_code_comes_and_goes,stuck_is_mended
without_rfence+=,pmu_firmware_events,pmu_received,pmu_long_table
# Where the machine's clock is not looked for, a VM's begins in 1970.
without_host_devices=rtc_time
without_machine=$without_host_devices
without_uart=mmio_*
without_guest_tree=$without_uart
without_walk=$without_devices
without_legacy=legacy_*
without_virt=virtio_slots

names=$(scripts/check/rooms.py --names)
# Their tests, in a list for a guest's skip=.
skipped() { # rooms
	local room
	for room in $1; do
		room=without_${room//-/_}
		[ -z "${!room:-}" ] || printf '%s,' "${!room}"
	done
}

without() { # name of the test, rooms
	echo "... without $2" | cut -c1-75
	if ! make -s O="$WORK/built" WITHOUT="$2" "$WORK/built/dormouse.bin" >"$WORK/out" 2>&1; then
		OUT=$WORK/out
		fail "$1" "does not build"
		return
	fi
	boot O="$WORK/built"
	expect "$1_demo" 0 '^DEMO PASS '
	skip=$(skipped "$2")
	boot O="$WORK/built" TIMEOUT=150 GUEST="$O/guest/test.bin" APPEND="scale=10 ${skip:+skip=${skip%,}}"
	expect "$1_guest_tests" 0 '^VERDICT PASS .*failed=0'
}

for name in ${*:-$names}; do
	without "without_$name" "$name"
done
[ $# = 0 ] || exit $failed
without without_all "$(echo $names)"

make -s O="$WORK/built" WITHOUT=nonsense "$WORK/built/dormouse.bin" >"$WORK/out" 2>&1
STATUS=$?
OUT=$WORK/out
expect without_nonsense_is_told 2 'there is no room nonsense; there are affinity '
# Who needs a room leaves with it.
scripts/check/rooms.py --link devices >"$OUT"
STATUS=$?
expect uart_leaves_with_devices 0 '^-hyp/dev/uart.c'
for odd in 'fit;id' '$(id)' "it's" '*' --help; do
	make -n O="$WORK/built" WITHOUT="$odd" "$WORK/built/dormouse.bin" >"$OUT" 2>&1
	STATUS=$?
	expect "without_odd_name_$odd" 2 'WITHOUT=.*scripts/check/rooms.py lists'
done
make -n WITHOUT=fit test >"$OUT" 2>&1
STATUS=$?
expect tests_are_of_the_whole 2 'tests are of the whole'
make -n WITHOUT=nonsense help >"$OUT" 2>&1
STATUS=$?
expect help_whatever_is_left_out 0
# What there is, is listed.
verify rooms_are_listed "scripts/check/rooms.py does not list fit.c" \
	eval 'scripts/check/rooms.py | grep -q "^fit .* hyp/conf/fit.c"'
exit $failed
