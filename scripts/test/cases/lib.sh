# SPDX-License-Identifier: MIT
# lib.sh - what the scripted tests share; sourced. A test prints PASS/FAIL lines,
# scripts/test/test.py counts them.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../../.." || exit 2
O=${O:-build}
WORK=$(mktemp -d) || exit 2
trap 'rm -rf "$WORK"' EXIT
export RUNDIR=$WORK/run
CROSS=${CROSS_COMPILE:-riscv64-unknown-elf-}
command -v "${CROSS}gcc" >/dev/null || CROSS=riscv64-linux-gnu-
failed=0

# Run with the settings given as VAR=value words; everything it says goes to $OUT, its status to $STATUS.
boot() {
	OUT=$WORK/out
	env -u GUEST -u INITRD -u APPEND -u VCPUS -u MEM -u HYPARGS -u QEMUFLAGS TIMEOUT=30 HARTS=2 "$@" \
		scripts/run/run.sh </dev/null >"$OUT" 2>&1
	STATUS=$?
}

pass() {
	echo "PASS $1"
}

fail() { # name, why: with what was seen, indented so that a guest's own PASS lines do not count
	[ ! -f "${OUT:-}" ] || { head -n -25 "$OUT" | grep -a '^FAIL'; tail -n 25 "$OUT"; } | tr -d '\r' | sed 's/^/    /'
	echo "FAIL $1: $2"
	failed=1
}

# verify NAME WHY COMMAND...: the command succeeds; else WHY says what is wrong.
verify() {
	local name=$1 why=$2
	shift 2
	if "$@" >/dev/null 2>&1; then pass "$name"; else fail "$name" "$why"; fi
}

# expect NAME STATUS [PATTERN]: the last boot ended with STATUS and said PATTERN (extended regular expression).
expect() {
	if [ "$STATUS" = 124 ] && [ "$2" != 124 ]; then
		fail "$1" "reached its limit of wall time; SLOW=2 doubles the limit"
	elif [ "$STATUS" != "$2" ]; then
		fail "$1" "exit status $STATUS, not $2"
	elif [ -n "${3:-}" ] && ! tr -d '\r' <"$OUT" | grep -Eq -- "$3"; then
		fail "$1" "no line matches: $3"
	else
		pass "$1"
	fi
}

fits() { # file, columns
	! awk -v n="$2" 'length > n' "$1" | grep -q .
}

# A guest of a few instructions: assembly on standard input -> flat image.
assemble() { # output file
	"${CROSS}gcc" -x assembler -march=rv64imac_zicsr -mabi=lp64 -mno-relax -nostdlib -static -Wl,-Ttext=0x80200000 \
		-Wl,--build-id=none -Wl,-e,0x80200000 -o "$1.elf" - && "${CROSS}objcopy" -O binary "$1.elf" "$1"
}
