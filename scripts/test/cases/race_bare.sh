#!/bin/bash
# SPDX-License-Identifier: MIT
# race_bare.sh - race-bare says what it ran on, and tells an attack that found something from a machine that did not run.
. "$(dirname "$0")/lib.sh"
unset HARTS MS QEMU BIOS

OUT=$WORK/out
bare() { # name, status, pattern, attack, settings...
	local name=$1 status=$2 pattern=$3 attack=$4
	shift 4
	env QEMU=qemu-system-riscv64 MS=200 HARTS=2 "$@" scripts/lab/race_bare.sh $attack </dev/null >"$OUT" 2>&1
	STATUS=$?
	expect "$name" "$status" "$pattern"
}
mkdir -p "$RUNDIR"
echo 'OpenSBI v0.0' >"$RUNDIR/an.log"
bare one_attack_by_the_firmware_there_is 0 '^RACE-BARE OpenSBI v[1-9].*, 4 harts: 0 attacks found something, 1 did not' ipi_vs_start_stop HARTS=4
bare unknown_attack 2 '^race-bare: nosuch: there is .*ipi_vs_start_stop' nosuch
bare help_is_the_head 0 'names as in guest/race' --help
bare missing_firmware 2 'BIOS=/nonexistent: no such file' '' BIOS=/nonexistent
bare missing_qemu 2 'no /nonexistent on this machine' '' QEMU=/nonexistent
bare impossible_machine 2 'no firmware has said its name: qemu' '' HARTS=abc
bare ms_is_no_number 2 'MS=abc: not a number' '' MS=abc

# A QEMU that fails only when an attack runs.
fake() { # what it then does
	printf '#!/bin/sh\ncase "$*" in *" -dtb "*) %s;; esac\nexec qemu-system-riscv64 "$@"\n' "$1" >"$WORK/qemu"
	chmod +x "$WORK/qemu"
}
fake 'echo cannot; exit 1'
bare machine_that_does_not_run 2 'no firmware has said its name: cannot' ipi_vs_start_stop QEMU="$WORK/qemu"
fake 'echo OpenSBI v1.0; exit 3'
bare machine_that_ends_is_no_hang 0 '^ENDED ipi_vs_start_stop.*status 3' ipi_vs_start_stop QEMU="$WORK/qemu"
exit $failed
