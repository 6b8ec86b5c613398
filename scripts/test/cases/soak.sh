#!/bin/bash
# SPDX-License-Identifier: MIT
# soak.sh - a short soak, with another SEED on one hart than on two; SOAK_EXITS each.
. "$(dirname "$0")/lib.sh"

exits=${SOAK_EXITS:-200000}
for harts in 2 1; do
	echo "# $harts harts"
	RUNDIR=$WORK/soak-$harts EXITS=$exits SEED=$harts HARTS=$harts LATE=${LATE:-8000} \
		scripts/test/soak.py || failed=1
done

# The victim is not blind: a run in which a timer may not be late at all must fail, and say why.
OUT=$WORK/out
RUNDIR=$WORK/soak-late EXITS=$exits LATE=1 scripts/test/soak.py >"$OUT" 2>&1
STATUS=$?
expect soak_notices_a_late_timer 1 \
	'VICTIM FAIL: (a timer is late by|the other hart has not done its errand)'

# Who ends a soak ends its machine, too.
RUNDIR=$WORK/soak-ended scripts/test/soak.py >"$OUT" 2>&1 &
soak=$!
for ((i = 0; i < 300; i++)); do
	pgrep -f "$WORK/soak-ended/soak.itb" >/dev/null && break
	sleep 0.1
done
verify soak_has_a_machine "no QEMU came up" pgrep -f "$WORK/soak-ended/soak.itb"
kill $soak
wait $soak
STATUS=$?
expect soak_that_is_ended 143
verify soak_leaves_no_machine "QEMU runs on" eval '! pgrep -f "$WORK/soak-ended/soak.itb"'
exit $failed
