#!/bin/bash
# SPDX-License-Identifier: MIT
#
# lint.sh - what can be found without running: one PASS/FAIL/SKIP line per tool, its findings above it.
#
# locks      clang's thread safety analysis over the annotations of hyp/lock/annotate.h: forgotten, double and
#            out-of-order locks
# forgotten  whether clang refuses each of hyp/'s locks if it is not taken, not given back, or both
# cppcheck   bounds, null pointers, uninitialised fields
# sparse     address spaces and lock contexts
# tidy       clang's path-sensitive analyzer
# layers     who may include whom
# lengths    of files and functions, and of lines in Markdown
# paths      a file of scripts/ that anything names is there
# diagram    of a hart's states in hyp/mp/README.md: as the table in hyp/mp/mp_table.c has them
# relocs     the image must run at any address: no relocation may be left in it (when it is built)
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
[ $# = 0 ] || die "takes no arguments"

O=${O:-build}
LIBFDT=${LIBFDT_SRC:-$CACHE/libfdt}
JOBS=${JOBS:-$(nproc)}
READELF=${CROSS_COMPILE:-riscv64-unknown-elf-}readelf
LOG=$(mktemp -d) || exit 2
trap 'rm -rf "$LOG"' EXIT
status=0

# What is compiled into the hypervisor, and into its builds with RACE_POINTS=1; lib/libc belongs to libfdt.
mapfile -t SOURCES < <(find hyp scripts/lab/replay -name '*.c' ! -name '*_test.c' ! -path 'hyp/port/host*' \
	! -name asm_offsets.c | sort)
DIAGNOSTIC=(-DDORMOUSE_RACE_POINTS) # with the code that only RACE_POINTS=1 compiles
CLANG_FLAGS=(--target=riscv64 -march=rv64imac -ffreestanding -std=gnu11 -nostdlibinc -Ihyp -I. -Ihyp/lib/libc
	-isystem "$LIBFDT" "${DIAGNOSTIC[@]}")

TIDY='-*,clang-analyzer-core.*,clang-analyzer-deadcode.*,clang-analyzer-unix.*,bugprone-sizeof-*,bugprone-suspicious-*'
TIDY+=',bugprone-macro-repeated-side-effects,bugprone-misplaced-*'

# Run a check over every file, a few at a time; its findings end up in $LOG/$1.
over_sources() { # name, files at a time, command...
	local name=$1 n=$2
	shift 2
	printf '%s\n' "${SOURCES[@]}" | xargs -P "$JOBS" -n "$n" "$@" >"$LOG/$name" 2>&1
}

verdict() { # name, tool, exit status
	if ! have "$2"; then
		echo "SKIP $1: no $2 on this machine"
	elif [ "$3" = 0 ]; then
		echo "PASS $1"
	else
		cat "$LOG/$1"
		echo "FAIL $1: see above"
		status=1
	fi
}

TSA=(clang "${CLANG_FLAGS[@]}" -fsyntax-only -Wall -Wextra -Wthread-safety -Wthread-safety-beta -Werror)
over_sources locks 8 "${TSA[@]}"
verdict locks clang $?

# Two variants that do not hold the mutex are there to be caught: silence would mean that the analysis is blind.
for variant in none flag; do
	name=locks_catch_$variant
	"${TSA[@]}" -DDORMOUSE_LAB scripts/lab/variants/$variant.c >"$LOG/$name" 2>&1
	grep -q 'thread-safety' "$LOG/$name"
	verdict "$name" clang $?
done

scripts/check/forgotten.py "${TSA[@]}" >"$LOG/forgotten" 2>&1
verdict forgotten clang $?

# A waiter on its own stack is how the mutex sleeps; sections are measured by subtracting the linker's symbols; the
# operands of inline assembly look like statements without effect. That branches are left out is no
# finding. Newer versions do not know the register that is named behind a variable.
QUIET=(--suppress=missingInclude --suppress=missingIncludeSystem --suppress='*:*/libfdt/*' --suppress=autoVariables
	--suppress=comparePointers --suppress=subtractPointers --suppress=constStatement
	--suppress=normalCheckLevelMaxBranches '-D__asm__(x)=')
cppcheck -q --error-exitcode=1 --enable=warning,portability,performance --inconclusive --std=c11 --platform=unix64 \
	--inline-suppr "${QUIET[@]}" -j "$JOBS" \
	--template='{file}:{line}: {severity}: {message} [{id}]' -D__riscv=1 -D__riscv_xlen=64 -D__GNUC__=12 \
	-Ihyp -I. "${DIAGNOSTIC[@]}" "${SOURCES[@]}" >"$LOG/cppcheck" 2>&1
verdict cppcheck cppcheck $?

# One file at a time: sparse takes several for one program. Its exit status does not tell warnings from none.
GCC=${CROSS_COMPILE:-riscv64-unknown-elf-}gcc
have "$GCC" || GCC=riscv64-linux-gnu-gcc
over_sources sparse 1 sparse -m64 -ffreestanding -std=gnu11 -D__riscv=1 -D__riscv_xlen=64 -nostdinc "${DIAGNOSTIC[@]}" -Ihyp -I. -Ihyp/lib/libc \
	-I"$("$GCC" -print-file-name=include)" -I"$LIBFDT" -Wcontext -Waddress-space -Wno-decl -Wno-vla
! grep -q ': \(warning\|error\)' "$LOG/sparse"
verdict sparse sparse $?

printf '%s\n' "${SOURCES[@]}" | xargs -P "$JOBS" -I{} clang-tidy --quiet --warnings-as-errors='*' --checks="$TIDY" {} \
	-- "${CLANG_FLAGS[@]}" >"$LOG/tidy" 2>/dev/null
verdict tidy clang-tidy $?

for check in layers lengths paths; do
	scripts/check/$check.py >"$LOG/$check" 2>&1
	verdict $check python3 $?
done

scripts/check/state_diagram.py --check >"$LOG/diagram" 2>&1
verdict diagram python3 $?

if [ -f "$O/dormouse.elf" ]; then
	"$READELF" -rW "$O/dormouse.elf" >"$LOG/relocs" 2>&1 && ! grep -q R_RISCV "$LOG/relocs"
	verdict relocs "$READELF" $?
fi
exit $status
