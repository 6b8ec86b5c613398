#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pictures.sh - make again what the documents show and a machine has drawn: `make pictures`.
#
#   hyp/lock/race-none.svg, race-flag.svg, race-mutex.svg
#       from the traces of three real replays (scripts/lab/race.py)
#   the diagram in hyp/mp/README.md
#       from the table in hyp/mp/mp_table.c (scripts/check/state_diagram.py)
#   the house in README.md
#       from the table in scripts/check/layers.py
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
[ $# = 0 ] || die "takes no arguments"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
N=1 KEEP=$logs scripts/lab/race.py >"$logs/out" || { cat "$logs/out"; die "the replays did not end as they must"; }
draw() { # variant, last point, title
	scripts/run/trace.py "$logs/race-$1-0.log" --svg "hyp/lock/race-$1.svg" --from start_launched --to "$2" --title "LOCKING=$1: $3"
	say "hyp/lock/race-$1.svg"
}
draw none resume_chosen "v1 was seen STOPPED, v2 was seen STOPPED, but never both at once"
draw flag resume_chosen "v2 wakes from a nap and clears the flag that was to keep it from starting v1"
draw mutex start_decided "the start waits until the suspend has been decided"
scripts/check/state_diagram.py --write
scripts/check/layers.py --write
