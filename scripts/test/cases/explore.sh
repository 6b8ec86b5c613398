#!/bin/bash
# SPDX-License-Identifier: MIT
# explore.sh - no order of accesses breaks the protocol (scripts/lab/explore/README.md), in the worlds that are explored in seconds.
cd "$(dirname "$0")/../../.." || exit 2

if QUICK=1 scripts/lab/lab.py explore; then
	echo "PASS explore_holds"
else
	echo "FAIL explore_holds: see above"
	failed=1
fi
if VCPUS=3 MEMORY=60 scripts/lab/lab.py explore | grep -E 'LIMIT out of memory.*every state within [1-9][0-9]* steps is good'; then
	echo "PASS explore_says_how_far_it_got"
else
	echo "FAIL explore_says_how_far_it_got: no such line when the memory is full"
	failed=1
fi
exit ${failed:-0}
