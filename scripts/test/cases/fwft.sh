#!/bin/bash
# SPDX-License-Identifier: MIT
# fwft.sh - guests have FWFT's A and D bits wherever the hart and its firmware can update them: if the
# machine's tree says Svadu alone, and if it says both names, where the firmware has to be asked first.
. "$(dirname "$0")/lib.sh"

if ! newer=$(scripts/fetch/qemu.sh --where); then
	echo "no newer QEMU"
	exit 77
fi

asked() { # name, QEMU's name of the processor, what the guest says
	# shellcheck disable=SC2086
	boot $newer TIMEOUT=90 HARTS=1 VCPUS=3 GUEST="$O/guest/test.bin" APPEND=test=fwft_,pte_accessed_dirty \
		QEMUFLAGS="-cpu $2"
	expect "$1" 0 "$3"
}

asked svadu_alone_can_be_changed rv64 '^PASS fwft_per_hart'
asked both_names_can_be_changed rv64,svade=on '^PASS fwft_per_hart'
asked svade_alone_cannot rv64,svade=on,svadu=off '^SKIP fwft_per_hart: .* not supported'
exit $failed
