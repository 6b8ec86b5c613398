#!/bin/bash
# SPDX-License-Identifier: MIT
# setup.sh - what the user names is not set-up's to install: a typo in it is said to be one, by whoever needs the file.
. "$(dirname "$0")/lib.sh"
export NO_INSTALL=1 # it would show as "missing packages"

OUT=$WORK/out
mistyped() { # name, setting, status, pattern
	make --no-print-directory run O="$O" TIMEOUT=20 "$2" </dev/null >"$OUT" 2>&1
	STATUS=$?
	if grep -q 'missing packages\|installing' "$OUT"; then fail "$1" "set-up took it for a missing package"; else expect "$1" "$3" "$4"; fi
}
mistyped mistyped_qemu QEMU=/nonexistent 2 '^run: no /nonexistent on this machine'
mistyped mistyped_bios BIOS=/nonexistent 2 '^run: BIOS=/nonexistent: no such file'
mistyped mistyped_cross_compile CROSS_COMPILE=nonexistent- 2 'no nonexistent-gcc'

# A firmware file in the tree's top directory has no slash in its name.
env -u QEMU BIOS=Makefile scripts/setup.sh run >"$OUT" 2>&1
STATUS=$?
expect firmware_without_a_slash 0

# A machine without QEMU and without a compiler for RISC-V: doctor says so, and what else is missing.
mkdir "$WORK/bin"
for dir in /usr/sbin /usr/bin /sbin /bin; do
	ln -s $dir/* "$WORK/bin/" 2>/dev/null
done
rm -f "$WORK"/bin/{qemu-system-riscv64,cppcheck,spin,gdb-multiarch,mkimage,wasm-opt} "$WORK"/bin/riscv64-*
env PATH="$WORK/bin" make --no-print-directory doctor O="$O" >"$OUT" 2>&1
STATUS=$?
expect doctor_fails_when_something_is_missing 2
verify doctor_fits_80_columns "longer lines" fits "$OUT" 80
tr -s '\n ' ' ' <"$OUT" | sed 's/ for /\nfor /g' >"$WORK/joined"
OUT=$WORK/joined
missing() { # set, packages
	STATUS=0 expect "doctor_says_what_is_missing_for_$1" 0 "^for $1 missing packages: .*$2"
}
missing run 'gcc-riscv64-unknown-elf .*qemu-system-misc'
missing test 'cppcheck.*u-boot-tools'
missing model spin
missing debug gdb-multiarch
missing lesson binaryen
exit $failed
