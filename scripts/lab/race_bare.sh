#!/bin/bash
# SPDX-License-Identifier: MIT
#
# race_bare.sh - run guest/race directly on the firmware, one machine per attack: `make race-bare`.
#
#   scripts/lab/race_bare.sh [TEST...]     names as in guest/race; default: all, and srst_storm,
#                                          srst_together
#
# OpenSBI >= 1.3 suspends the system only with its test device: a device tree of this QEMU is dumped and given
# /chosen/opensbi-config { system-suspend-test; }. What is found, and why, is told in guest/race/README.md. Uses the QEMU and
# OpenSBI that scripts/fetch/qemu.sh brought, if it has; QEMU= and BIOS= name others. HARTS (4), MS of each attack (1500), SEED.
# Exit status: 0 when every attack came to an end or its time-out, whatever was found; 2 cannot start. Logs are in $O/race-bare.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2

O=${O:-build} HARTS=${HARTS:-4} MS=${MS:-1500}
[ -n "${QEMU:-}${BIOS:-}" ] || eval "$(scripts/fetch/qemu.sh --where)"
QEMU=${QEMU:-qemu-system-riscv64} BIOS=${BIOS:-default}
GUEST=$O/guest/race.bin
TMP=${RUNDIR:-$O/race-bare}
[[ $MS =~ ^[0-9]+$ ]] || die "MS=$MS: not a number of milliseconds"
LIMIT=$((MS / 1000 + 22))
check_machine
[ -s "$GUEST" ] || die "no $GUEST: make guests builds it"
have fdtput || die "no fdtput: install the package device-tree-compiler"
mkdir -p "$TMP" && rm -f "$TMP"/*.log "$TMP/machine.dtb" || die "cannot write $TMP"

machine() { # bootargs, more flags
	local append=$1
	shift
	timeout --foreground -k 5 "$LIMIT" "$QEMU" -M "virt${DUMP:+,dumpdtb=$DUMP}" -cpu rv64 -smp "$HARTS" -m 256M -nographic \
		-bios "$BIOS" -kernel "$GUEST" -append "$append" "$@" </dev/null 2>&1 | tr -d '\r'
	return "${PIPESTATUS[0]}"
}

firmware() { # log: prints which one has run
	grep -m1 -ao 'OpenSBI v[0-9.]*' "$1" || die "no firmware has said its name: $(grep -a . "$1" | tail -n 1)"
}

attack() { # name
	local args="test=$1 ms=$MS seed=${SEED:-1} resets=10" log=$TMP/$1.log status try
	rm -f "$TMP/machine.dtb"
	DUMP=$TMP/machine.dtb machine "$args" >"$TMP/dump.log"
	[ -s "$TMP/machine.dtb" ] || die "$QEMU does not dump its device tree: $(tail -n 1 "$TMP/dump.log")"
	# With that node but without a list of boot harts in it, OpenSBI 1.5 lets none of them boot.
	local cpu harts=()
	for cpu in $(fdtget -l "$TMP/machine.dtb" /cpus | grep ^cpu@); do
		harts+=("$(fdtget -t u "$TMP/machine.dtb" "/cpus/$cpu" phandle)")
	done
	fdtput -p -t s "$TMP/machine.dtb" /chosen/opensbi-config compatible opensbi,config &&
		fdtput -t s "$TMP/machine.dtb" /chosen/opensbi-config system-suspend-test '' &&
		fdtput -t u "$TMP/machine.dtb" /chosen/opensbi-config cold-boot-harts "${harts[@]}" || die "fdtput failed"
	for try in 1 2 3; do
		DUMP= machine "$args" -dtb "$TMP/machine.dtb" >"$log"
		status=$?
		# Before anything is attacked: see started_without_address() in guest/lib/hart.c.
		grep -q 'FIRMWARE FAULT:' "$log" || break
		echo "NOTE $1: $(grep 'FIRMWARE FAULT:' "$log"), try $try of 3"
	done
	firmware "$log" >/dev/null
	if grep -q '^VERDICT' "$log"; then
		grep -E '^  (violation:|[a-z_]+:)|^(PASS|FAIL|SKIP|XFAIL)' "$log" | grep -v '^PASS' || :
		return 0
	fi
	sed -n '/^guest tests/,$p' "$log" | grep '^  ' | tail -n 5
	case $status in
	124 | 137) echo "HANG $1: no verdict in $LIMIT s" ;;
	*) echo "ENDED $1: no verdict when QEMU ended, with status $status" ;;
	esac
}

# Whether the machine runs at all shows here, before an attack could be blamed.
DUMP= machine list >"$TMP/list.log"
version=$(firmware "$TMP/list.log") || exit 2
known=" $(sed -n 's/^\([a-z_]*\)\( (manual)\)\{0,1\}: .*/\1/p' "$TMP/list.log" | grep -v '^guest' | tr '\n' ' ')"
read -ra tests <<<"$known"
[ ${#tests[@]} -gt 0 ] || die "the guest does not list its attacks"
for t in "$@"; do
	[[ $known == *" $t "* ]] || die "$t: there is$known"
done
[ $# = 0 ] || tests=("$@")
found=0 clean=0 skipped=0
for t in "${tests[@]}"; do
	out=$(set -o pipefail; attack "$t" | show_progress "$t" print) || exit 2
	echo "$out"
	case $out in
	*SKIP*) skipped=$((skipped + 1)) ;;
	*FAIL* | *HANG* | *ENDED*) found=$((found + 1)) ;;
	*) clean=$((clean + 1)) ;;
	esac
done
echo "RACE-BARE $version, $HARTS harts: $found attacks found something, $clean did not, $skipped skipped"
