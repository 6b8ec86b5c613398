#!/bin/bash
# SPDX-License-Identifier: MIT
# guest_args.sh - a bootarg that the test guest does not know, or a name that no test has, is named and fails the run.
. "$(dirname "$0")/lib.sh"

refused() { # name, bootargs, pattern
	boot GUEST="$O/guest/test.bin" APPEND="$2"
	expect "$1" 1 "$3"
}
refused test_that_there_is_not test=nosuch 'test=nosuch matches no test'
refused one_of_two_that_there_is_not test=base,nosuch 'test=nosuch matches no test'
refused skip_that_there_is_not skip=nosuch 'skip=nosuch matches no test'
refused nothing_selected 'test=base skip=base*' 'no test was selected'
refused mistyped_bootarg tset=base 'bootarg tset=base is wrong; known are test='
refused seed_that_is_no_number 'test=base seed=abc' 'bootarg seed=abc is wrong'
refused bootarg_of_another_guest 'test=base ms=5' 'bootarg ms=5 is wrong'
boot GUEST="$O/guest/test.bin" APPEND='test=base*,time_ seed=0x1f skip=time_wfi scale=1 trace=1'
expect right_bootargs 0 'VERDICT PASS'
boot GUEST="$O/guest/test.bin" APPEND=list
expect list_of_tests 0 '^reboot \(manual\): '
boot GUEST="$O/guest/race.bin" APPEND='test=suspend_vs_ipi ms=50 resets=2'
expect right_bootargs_of_race 0 'VERDICT PASS'
boot GUEST="$O/guest/test.bin" APPEND=test=hsm_start_again
expect second_start_at_the_first_instruction 1 'FIRMWARE FAULT: hart [0-9]+ was sent to where the machine boots'
exit $failed
