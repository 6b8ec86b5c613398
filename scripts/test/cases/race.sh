#!/bin/bash
# SPDX-License-Identifier: MIT
# race.sh - the replayed race: the wrong variants break every time, the mutex refuses; a bad schedule is explained, never a hang.
. "$(dirname "$0")/lib.sh"

OUT=$WORK/out
N=${N:-3} KEEP=$WORK/logs scripts/lab/race.py >"$OUT" 2>&1
STATUS=$?
expect replay_breaks_none_and_flag_and_not_mutex 0 'RACE PASS'
HARTS=1 N=1 scripts/lab/race.py >"$OUT" 2>&1
STATUS=$?
expect replay_on_one_hart 0 'RACE PASS'
QEMUFLAGS='-icount shift=3' N=1 scripts/lab/race.py none mutex >"$OUT" 2>&1
STATUS=$?
expect replay_under_icount 0 'RACE PASS'

# The shortest way that the explorer finds, taken by real harts.
for locking in none flag; do
	SCHEDULE=$(LOCKING=$locking scripts/lab/lab.py schedule) N=1 scripts/lab/race.py $locking mutex >"$OUT" 2>&1
	STATUS=$?
	expect replay_of_the_explorers_trace_of_$locking 0 'RACE PASS'
done

# A user's schedule: what came of it counts, also when not all of it came true.
race() { # name, status, pattern, settings...
	local name=$1 status=$2 pattern=$3
	shift 3
	env N=1 "$@" scripts/lab/race.py none >"$OUT" 2>&1
	STATUS=$?
	expect "$name" "$status" "$pattern"
}
known=$(sed 's/#.*//' guest/race/none.schedule | tr -d '[:blank:]' | grep . | paste -sd,)
race schedule_that_ends_after_the_break 0 '^LOCKING=none +broken 1 of 1' SCHEDULE="$known,1:stopped"
race schedule_that_breaks_nothing 0 '^RACE DONE' SCHEDULE=0:started
race schedule_that_cannot_be_read 2 '^race: .*names no race point' SCHEDULE=0:nosuch
race schedule_in_no_file 2 '^race: SCHEDULE=nosuch: no such file' SCHEDULE=nosuch
race machine_that_cannot_start 2 '^race: run: QEMU did not start' QEMUFLAGS=-foo
race no_number_of_harts 2 '^race: run: HARTS=abc' HARTS=abc
race no_number_of_replays 2 '^race: N=abc' N=abc

if scripts/run/trace.py "$WORK/logs/race-none-0.log" --svg "$WORK/a.svg" --json "$WORK/a.json" >"$OUT" 2>&1 &&
	grep -q 'another vCPU runs' "$WORK/a.svg" && python3 -m json.tool "$WORK/a.json" >/dev/null; then
	pass trace_draws_the_race
else
	fail trace_draws_the_race "no picture of it"
fi

bad() { # name, exit status, schedule, pattern
	boot O="$O-race/mutex" GUEST="$O-race/mutex/guest/race.bin" APPEND=replay VCPUS=3 HYPARGS="schedule=$3"
	expect "$1" "$2" "$4"
}
bad schedule_with_unknown_point 1 0:started,0:susp_chekced "step 2 '0:susp_chekced' names no race point; there are .*susp_checked_one"
bad schedule_with_unknown_vcpu 1 0:started,3:started "step 2 '3:started'.*vCPUs 0 to 2"
bad schedule_without_point 1 0:started,1 "step 2 '1' is not vcpu:point"
bad schedule_cut_in_a_step 1 0:started,0: "step 2 '0:'.*cut short"
bad schedule_cut_after_a_comma 1 0:started, 'after step 1.*cut short'
bad schedule_out_of_order 0 0:started,0:susp_scanned,0:start_entered \
	'step 2 of 3 \(0:susp_scanned\) cannot proceed: v0 has come to start_entered'
bad schedule_that_nobody_reaches 0 0:started,0:start_launched,2:started,0:susp_checked_one,1:resumed 'cannot proceed: not reached within'
bad schedule_that_never_begins 0 1:resumed 'cut short: the VM ended with 0 of 1 steps done'
bad schedule_against_the_mutex 0 0:started,0:start_entered,0:start_launched,2:started,0:susp_checked_one,2:start_entered \
	'v0 is STARTED, held at susp_checked_one, holds vm->lock'
boot GUEST="$O/guest/race.bin" HYPARGS=schedule=0:started
expect schedule_needs_race_points 2 "unknown option 'schedule=0:started'"
exit $failed
