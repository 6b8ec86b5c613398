#!/bin/bash
# SPDX-License-Identifier: MIT
# rebuild.sh - make does nothing when nothing changed, and set-up is silent and quick when all is there.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
make --no-print-directory O="$O" all >"$OUT" 2>&1
make --no-print-directory O="$O" all >"$OUT" 2>&1
if grep -Eq '^  [A-Z]+ ' "$OUT"; then fail second_make_does_nothing "it ran something"; else pass second_make_does_nothing; fi

start=$(date +%s%N)
scripts/setup.sh test >"$OUT" 2>&1
STATUS=$?
took=$((($(date +%s%N) - start) / 1000000))
expect second_setup_succeeds 0
if [ -s "$OUT" ]; then fail second_setup_is_silent "it said something"; else pass second_setup_is_silent; fi
if [ $took -gt 1000 ]; then fail second_setup_is_quick "$took ms"; else pass second_setup_is_quick; fi

LOCKING=nonsense make --no-print-directory O="$O" all >"$OUT" 2>&1
STATUS=$?
expect unknown_locking_lists_the_known 2 'LOCKING=nonsense: there is .*mutex'
exit $failed
