#!/bin/bash
# SPDX-License-Identifier: MIT
# fuzz.sh - every harness of scripts/test/fuzz for a while, one at a time beside the other jobs:
# FUZZ_SECONDS each, 15 with QUICK=1. It takes minutes.
. "$(dirname "$0")/lib.sh"

seconds=${FUZZ_SECONDS:-60}
[ -z "${QUICK:-}" ] || seconds=15

# Does a harness notice at all? One that is given what it claims cannot be.
cat >"$WORK/liar.c" <<'END'
#include "scripts/test/fuzz/common/fuzz.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	volatile uint8_t *copy = fuzz_copy(data, size, 0);
	unsigned sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += copy[i];
	CLAIM(fuzz_work < 200, "%lu", fuzz_work);
	return copy[size - 1 + (size == 3)] + sum == 0;
}
END
OUT=$WORK/out
notices() { # name, input, what it must say
	printf "$2" >"$WORK/input"
	"$WORK/liar" "$WORK/input" >"$OUT" 2>&1
	STATUS=$?
	[ $STATUS != 0 ] && STATUS=1
	expect "$1" 1 "$3"
}
if clang -std=gnu11 -I. -fsanitize=fuzzer,address -fsanitize-coverage=trace-pc \
	-Wl,--wrap=__sanitizer_cov_trace_pc "$WORK/liar.c" scripts/test/fuzz/common/fuzz.c \
	-o "$WORK/liar" >"$OUT" 2>&1; then
	notices fuzz_notices_a_read_behind_the_end abc heap-buffer-overflow
	notices fuzz_notices_too_much_work "$(printf '%0500d' 1)" 'not so: fuzz_work < 200'
else
	fail fuzz_compiles "see above"
fi
JOBS=1 SECONDS=$seconds scripts/test/fuzz/fuzz.py || failed=1
exit $failed
