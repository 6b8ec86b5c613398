#!/bin/bash
# SPDX-License-Identifier: MIT
# at_end.sh - at-end= says what becomes of the machine when a run is over: well, badly, or before it
# has begun. QEMU is told to do what a board does: to start again after a reset.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
reset_guest() { # file, reason: a shutdown
	assemble "$1" <<-END
		li a7, 0x53525354
		li a6, 0
		li a0, 0
		li a1, $2
		ecall
		1: j 1b
	END
}
reset_guest "$WORK/good" 0
reset_guest "$WORK/bad" 1

# Run until QEMU has said @1 so often as @2 and then has ended, or, where it is to stay, is still there
# two seconds later: $STATUS is 0, and $STAYS says which. If the time is over, $STATUS is 124.
start() { # pattern, times, guest, options, whether it is to stay
	local end=$((SECONDS + $(LC_ALL=C awk "BEGIN { print int(60 * ${SLOW:-1}) }"))) qemu
	"${QEMU:-qemu-system-riscv64}" -M virt -cpu rv64 -smp 2 -m 512M -nographic \
		-kernel "$O/dormouse.bin" -initrd "$3" -append "$4" </dev/null >"$OUT" 2>&1 &
	qemu=$! STATUS=124 STAYS=
	while ((SECONDS < end)); do
		if [ "$(grep -ac "$1" "$OUT")" -ge "$2" ]; then
			STATUS=0
			[ -z "${5:-}" ] || sleep 2
			while [ -z "${5:-}" ] && ((SECONDS < end)) && kill -0 "$qemu" 2>/dev/null; do
				sleep 0.2
			done
			kill "$qemu" 2>/dev/null && STAYS=1
			break
		fi
		kill -0 "$qemu" 2>/dev/null || break
		sleep 0.2
	done
	kill "$qemu" 2>/dev/null
	wait "$qemu" 2>/dev/null
}

ends() { # name, whether QEMU stays: 1 or nothing
	expect "$1" 0
	verify "${1}_qemu_${2:-ends}" "it does not" [ "$STAYS" = "${2:+1}" ]
}

start 'all VMs have ended; powering off' 1 "$WORK/good" ''
ends powers_off_by_itself
start 'all VMs have ended; powering off' 1 "$WORK/good" at-end=poweroff
ends poweroff
start 'Dormouse .* on ' 3 "$WORK/good" at-end=reset stays
ends reset_starts_again stays
start 'dormouse: halted' 1 "$WORK/good" at-end=halt stays
ends halt_stays_on stays
verify halt_is_told 'not so' grep -aq 'all VMs have ended; halting' "$OUT"
verify halt_does_not_blame_the_firmware 'it does' eval '! grep -aq "firmware cannot" "$OUT"'
start 'Dormouse .* on ' 2 "$WORK/bad" at-end=reset stays
ends reset_after_a_failure stays
start 'dormouse: halted' 1 "$WORK/good" 'at-end=halt vcpus=99' stays
ends halt_after_a_wrong_option stays
: >"$WORK/empty" && printf 'BZh and no more' >"$WORK/empty"
start 'dormouse: halted' 1 "$WORK/empty" at-end=halt stays
ends halt_after_a_wrong_image stays

# The exit status of a test comes first, whatever is to become of the machine.
boot GUEST="$WORK/bad" HYPARGS=at-end=halt
expect exit_status_comes_first 1
boot GUEST="$WORK/good" HYPARGS=at-end=off
expect at_end_of_another_word 2 "option 'at-end=off': at-end= must be poweroff.reset.halt"
exit $failed
