#!/bin/bash
# SPDX-License-Identifier: MIT
# panic.sh - a bug of ours stops the machine loudly: built with LOCKING=nounlock, which forgets a spinlock on one path, the second
# call that needs it must end in a report with the lock's name, registers or a backtrace with names, and exit status 1.
. "$(dirname "$0")/lib.sh"

make --no-print-directory O="$O/nounlock" LOCKING=nounlock "$O/nounlock/dormouse.bin" >"$WORK/out" 2>&1 || {
	OUT=$WORK/out fail panic_builds "LOCKING=nounlock does not build"
	exit 1
}
assemble "$WORK/twice" <<-END
	1: li a7, 0x48534d	# HART_START of ourselves: refused, and the spinlock stays held
	li a6, 0
	li a0, 0
	auipc a1, 0
	ecall
	j 1b
END
boot O="$O/nounlock" LOCKING=nounlock GUEST="$WORK/twice" TIMEOUT=30
expect protocol_is_named 1 'protocol: LOCKING=nounlock, WRONG on purpose'
expect panic_ends_with_1 1 'PANIC: '
expect panic_names_the_lock 1 'this hart holds vcpu'
expect panic_names_the_function 1 '^  0x[0-9a-f]+  .*(spin_lock|rank_acquire|might_sleep|mutex_lock)'
expect panic_names_the_callers 1 '(mp_hart_start|try_start|hart_start) at '
exit $failed
