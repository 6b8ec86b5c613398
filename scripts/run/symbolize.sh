#!/bin/bash
# SPDX-License-Identifier: MIT
#
# symbolize.sh - name the addresses of a backtrace: symbolize.sh program.elf console.log
#
# Looks for lines with `bt: 0x<address>`, as a panic prints them; silent when there are none.
set -u
[ $# = 2 ] || { echo "usage: symbolize.sh program.elf console.log" >&2; exit 2; }
ELF=$1 LOG=$2
ADDR2LINE=${CROSS_COMPILE:-riscv64-unknown-elf-}addr2line
command -v "$ADDR2LINE" >/dev/null || ADDR2LINE=addr2line

addresses=$(tr -d '\r' <"$LOG" | sed -n 's/^\(.*[] ]\)\{0,1\}bt:.*\(0x[0-9a-fA-F]\{1,\}\).*/\2/p' | head -n 64)
[ -n "$addresses" ] && [ -f "$ELF" ] || exit 0
echo "backtrace in $ELF (innermost first):"
# A return address is the line after the call: one byte back is inside it.
for a in $addresses; do
	printf '  %s  ' "$a"
	"$ADDR2LINE" -pfie "$ELF" "$(printf '0x%x' $((a - 1)))"
done
