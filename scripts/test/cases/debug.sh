#!/bin/bash
# SPDX-License-Identifier: MIT
# debug.sh - in the build of `make debug` a debugger finds every function that the documents name,
# whatever is inlined elsewhere; several such runs go on at once.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
make --no-print-directory -s O="$O/debug" DEBUG=1 all >"$OUT" 2>&1
STATUS=$?
expect debug_build 0
gdb=gdb-multiarch
command -v $gdb >/dev/null || gdb=riscv64-unknown-elf-gdb

find README.md hyp -name '*.md' -exec grep -ohE '`[a-z_][a-z_0-9]*\(\)`' {} + | tr -d '`()' | sort -u \
	>"$WORK/names"
verify documents_name_functions "hardly any" test "$(wc -l <"$WORK/names")" -ge 20
"${CROSS}nm" "$O/debug/dormouse.elf" | sed -n 's/.* [tTwW] //p' >"$WORK/functions"
lost=$(grep -vxFf "$WORK/functions" "$WORK/names" | tr '\n' ' ')
verify every_function_named_is_there "$lost" test -z "$lost"

if ! command -v $gdb >/dev/null; then
	echo "SKIP gdb_breaks_at_every_function_named: no gdb-multiarch: make debug installs it"
	exit $failed
fi
sed 's/^/break /' "$WORK/names" >"$WORK/breaks"
$gdb -batch -nx -x "$WORK/breaks" "$O/debug/dormouse.elf" >"$OUT" 2>&1
lost=$(($(wc -l <"$WORK/breaks") - $(grep -c '^Breakpoint [0-9]* at 0x' "$OUT")))
verify gdb_breaks_at_every_function_named "$lost not found" test $lost = 0

# Two at once. Each debugger attaches as its run says, and meets its own machine.
for n in 1 2; do
	O=$O/debug RUNDIR=$WORK/debug$n GUEST='' TIMEOUT=120 scripts/run/run.sh --debug \
		</dev/null >"$WORK/run$n" 2>&1 &
	runs+=" $!"
	for ((i = 0; i < 300; i++)); do
		grep -q '^run: qemu' "$WORK/run$n" && break
		sleep 0.1
	done
	sleep 2 # until it listens
done
for n in 1 2; do
	how=$(sed -n 's/^run: gdb-multiarch //p' "$WORK/run$n")
	OUT=$WORK/gdb$n
	eval "timeout 100 $gdb -nx -batch $how -ex 'break mp_hart_start' -ex continue -ex bt -ex kill" \
		</dev/null >"$OUT" 2>&1
	STATUS=0 expect "debugger_${n}_stops_in_mp_hart_start" 0 '^#1 .*hart_start'
done
kill $runs 2>/dev/null
wait
OUT=$WORK/out
cat "$WORK"/run? >"$OUT"
verify each_run_has_a_port "not two" test "$(grep -o 'port = [0-9]*' "$OUT" | sort -u | wc -l)" = 2
GDBPORT=abc scripts/run/run.sh --debug </dev/null >"$OUT" 2>&1
STATUS=$?
expect port_is_no_number 2 '^run: GDBPORT=abc'
exit $failed
