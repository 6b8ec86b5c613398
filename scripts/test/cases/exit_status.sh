#!/bin/bash
# SPDX-License-Identifier: MIT
# exit_status.sh - the exit status of a run says how the VMs ended; scripts/run/run.sh promises these numbers.
. "$(dirname "$0")/lib.sh"

reset_guest() { # file, type, reason: SRST, then loop
	assemble "$1" <<-END
		li a7, 0x53525354
		li a6, 0
		li a0, $2
		li a1, $3
		ecall
		1: j 1b
	END
}
reset_guest "$WORK/good" 0 0
reset_guest "$WORK/bad" 0 1
assemble "$WORK/stuck" <<-END
	1: wfi
	j 1b
END

boot GUEST="$WORK/good"
expect exit_0_on_shutdown 0
boot GUEST="$WORK/bad"
expect exit_1_on_failure_reason 1
boot GUEST="$O/guest/test.bin" APPEND=test=legacy_shutdown
expect exit_0_on_legacy_shutdown 0
boot GUEST="$WORK/stuck" TIMEOUT=4
expect exit_124_on_timeout 124 'TIMEOUT=4'
boot GUEST="$WORK/good $WORK/good"
expect exit_0_two_vms 0
boot GUEST="$WORK/good $WORK/bad"
expect exit_1_one_of_two_vms_failed 1
boot GUEST="$WORK/good.elf"
expect exit_0_elf_is_flattened 0 'ELF file'
boot GUEST="$WORK/good" INITRD=Makefile APPEND='with "quotes"'
expect exit_0_with_ramdisk 0

# What cannot start, whoever finds out.
boot GUEST="$WORK/good" QEMUFLAGS=-foo
expect exit_2_on_QEMUFLAGS=-foo 2 '^run: QEMU did not start'
boot GUEST="$WORK/good" HARTS=1000
expect exit_2_on_HARTS=1000 2 '^run: QEMU did not start'
for wrong in BUS=usb HARTS=abc HARTS=0 HARTS=-1 HOSTMEM=abc HOSTMEM=0 TIMEOUT=abc TIMEOUT=-3 VCPUS=0 \
	VCPUS=x MEM=0 MEM=0x0M MEM=x; do
	boot GUEST="$WORK/good" $wrong
	expect "exit_2_on_$wrong" 2 "^run: $wrong: not a"
	[ "$(wc -l <"$OUT")" = 1 ] || fail "one_line_on_$wrong" "more than that was said"
done
boot GUEST="$WORK/good" HARTS=01 VCPUS=2 MEM=0x800000 HOSTMEM=256m
expect exit_0_on_numbers_of_all_kinds 0
printf '#!/bin/sh\nkill -KILL $$\n' >"$WORK/killed"
chmod +x "$WORK/killed"
boot QEMU="$WORK/killed" TIMEOUT=
expect exit_1_on_a_killed_qemu 1 'by signal 9'

# The newer QEMU takes its time to end; several at once make it slow enough that nothing after the first word may count.
if newer=$(scripts/fetch/qemu.sh --where); then
	for i in 1 2 3 4 5 6; do
		(
			boot GUEST="$WORK/bad" $newer RUNDIR="$WORK/run$i"
			echo $STATUS >"$WORK/status$i"
		) &
	done
	wait
	STATUS=$(sort -u "$WORK"/status? | tr -d '\n')
	expect exit_1_on_the_newer_qemu 1
	boot QEMUFLAGS=-foo $newer
	expect exit_2_on_the_newer_qemu 2
else
	echo "SKIP exit_1_on_the_newer_qemu: make setup-new fetches it"
fi

# make's own status, not just the script's
make --no-print-directory run O="$O" GUEST="$WORK/bad" HARTS=1 TIMEOUT=30 </dev/null >"$WORK/out" 2>&1
STATUS=$?
expect exit_1_of_make_run 1
make --no-print-directory run O="$O" GUEST="$WORK/stuck" HARTS=1 TIMEOUT=3 </dev/null >"$WORK/out" 2>&1
STATUS=$?
expect exit_124_of_make_run 124
exit $failed
