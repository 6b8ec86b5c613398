#!/bin/bash
# SPDX-License-Identifier: MIT
# as_on_firmware.sh - what a kernel finds on the bare firmware of a machine, it finds here, too:
# does the hart update A and D bits? For each way to name Svade and Svadu.
. "$(dirname "$0")/lib.sh"

if ! newer=$(scripts/fetch/qemu.sh --where); then
	echo "no newer QEMU"
	exit 77
fi

seen() { # settings of scripts/run/run.sh: what the guest prints
	# shellcheck disable=SC2086
	env -u HYPARGS $newer GUEST="$O/guest/test.bin" APPEND=test=pte_print TIMEOUT=60 HARTS=2 \
		QEMUFLAGS="-cpu $1" scripts/run/run.sh $2 </dev/null 2>&1 |
			tr -d '\r' | grep '^pte: '
}

check() { # name, QEMU's name of the processor
	local bare here
	bare=$(seen "$2" --bare) here=$(seen "$2" '')
	if [ -z "$bare" ]; then
		fail "$1" "the guest says nothing on the firmware"
	elif [ "$bare" != "$here" ]; then
		printf '%s\n-- here:\n%s\n' "$bare" "$here" | sed 's/^/    /'
		fail "$1" "not as on the firmware"
	else
		pass "$1"
	fi
}

check pte_bits_of_svadu rv64
check pte_bits_of_svade rv64,svade=on,svadu=off
check pte_bits_of_both rv64,svade=on
check pte_bits_of_rva23 rva23s64
check pte_bits_of_max max
exit $failed
