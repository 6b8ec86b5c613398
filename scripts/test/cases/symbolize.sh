#!/bin/bash
# SPDX-License-Identifier: MIT
# symbolize.sh - a backtrace on the console is named after the run; without one nothing is printed.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
start=$("${CROSS}nm" "$O/dormouse.elf" | awk '$3 == "_start" { print $1 }')
printf 'booting\r\n[h0 v1] bt: 0x%s\r\n' "$(printf '%x' $((0x$start + 1)))" >"$WORK/log"
scripts/run/symbolize.sh "$O/dormouse.elf" "$WORK/log" >"$OUT" 2>&1
STATUS=$?
expect backtrace_is_named 0 "_start"
printf 'booting\nabout: 0x80200000\n' >"$WORK/log"
scripts/run/symbolize.sh "$O/dormouse.elf" "$WORK/log" >"$OUT" 2>&1
if [ -s "$OUT" ]; then fail no_backtrace_no_output "it said something"; else pass no_backtrace_no_output; fi
exit $failed
