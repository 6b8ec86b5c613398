#!/bin/bash
# SPDX-License-Identifier: MIT
# first_steps.sh - the files in hyp/FIRST-STEPS.md build in a copy of the tree, pass lint's rules,
# and do what the page says.
. "$(dirname "$0")/lib.sh"

top=$PWD
tree=$WORK/tree
mkdir "$tree"
git ls-files -coz --exclude-standard 2>/dev/null | xargs -0 cp --parents -t "$tree" 2>/dev/null
[ -f "$tree/Makefile" ] || cp -r Makefile linker.ld hyp guest platform scripts README.md "$tree"
cd "$tree" || exit 2

# `path`: alone on a line, and the next block is that file.
files=$(awk '/^`[^` ]*`:$/ { gsub(/[`:]/, ""); path = $0 }
	/^```c$/ && path { print path; body = 1; printf "" >path; next }
	/^```$/ { body = 0; path = "" }
	body { print >path }' hyp/FIRST-STEPS.md)
if [ "$(echo $files)" = "hyp/sbi/hello.c hyp/dev/counter.c guest/test/first.c" ]; then
	pass first_steps_has_three_files
else
	fail first_steps_has_three_files "it has: $files"
fi
verify first_steps_keep_to_the_layers "see scripts/check/layers.py" scripts/check/layers.py
verify first_steps_keep_to_the_lengths "see scripts/check/lengths.py" scripts/check/lengths.py
OUT=$WORK/out
make -s O="$WORK/built" all >"$OUT" 2>&1
STATUS=$?
expect first_steps_build 0
boot O="$WORK/built" GUEST="$WORK/built/guest/test.bin" APPEND=test=first
expect first_extension_works 0 '^PASS first_extension'
expect first_device_works 0 '^PASS first_device'

if grep -q 'VERDICT PASS passed=2 failed=0 skipped=0' "$OUT"; then pass first_steps_verdict; else fail first_steps_verdict "not two"; fi
cd "$top" || exit 2
exit $failed
