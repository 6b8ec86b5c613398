#!/bin/bash
# SPDX-License-Identifier: MIT
# runs.sh - several runs at once in one tree are apart; a signal leaves nothing behind; a run needs no standard input.
. "$(dirname "$0")/lib.sh"
unset RUNDIR GUEST INITRD APPEND VCPUS MEM HYPARGS QEMUFLAGS

says() { # letter: a guest that prints it and shuts down
	mkdir "$WORK/$1"
	assemble "$WORK/$1/guest" <<-END
		li a7, 1		# console_putchar
		li a0, '$1'
		ecall
		li a0, '\n'
		ecall
		li a7, 0x53525354	# system_reset: shutdown
		li a6, 0
		li a0, 0
		li a1, 0
		ecall
		1: j 1b
	END
}
says A
says B
assemble "$WORK/stuck" <<-END
	1: wfi
	j 1b
END

# ELF files of one name, two in a run, so that all that can lie between is made. The pause lets each make it before one is used.
printf '#!/bin/sh\nsleep 2\nexec %s "$@"\n' "${QEMU:-qemu-system-riscv64}" >"$WORK/qemu"
chmod +x "$WORK/qemu"
both() { # a letter twice, then the two
	GUEST="$WORK/$1/guest.elf $WORK/$2/guest.elf" QEMU=$WORK/qemu TIMEOUT=60 HARTS=2 scripts/run/run.sh </dev/null >"$WORK/out$1$2" 2>&1
	echo $? >>"$WORK/statuses"
}
OUT=$WORK/out
both A A &
both B B &
both A B &
wait
cat "$WORK"/out?? >"$OUT"
STATUS=$(sort -u "$WORK/statuses")
expect runs_at_once_end_well 0
letters() { # of a run -> VMs and what they said
	tr -d '\r' <"$WORK/out$1" | grep -o '^\[*vm[01][]:]* *[AB]$' | tr -dc '01AB\n' | sort | tr -d '\n'
}
seen="$(letters AA) $(letters BB) $(letters AB)"
if [ "$seen" = "0A1A 0B1B 0A1B" ]; then pass runs_at_once_have_their_own_guests; else fail runs_at_once_have_their_own_guests "$seen"; fi

# The signal goes to one process, as by kill; then QEMU, which nobody else has told, must be gone.
signalled() { # name, signal, exit status, command...
	local name=$1 signal=$2 status=$3 i
	shift 3
	printf '#!/bin/sh\necho $$ >%s\nexec %s "$@"\n' "$WORK/pid" "${QEMU:-qemu-system-riscv64}" >"$WORK/qemu"
	rm -f "$WORK/pid" "$OUT"
	# Under nohup, a hangup would be ignored.
	GUEST="$WORK/stuck" QEMU=$WORK/qemu TIMEOUT=60 HARTS=1 env --default-signal "$@" \
		</dev/null >"$OUT" 2>&1 &
	for ((i = 0; i < 300; i++)); do
		! grep -qs vm0: "$OUT" || break
		sleep 0.1
	done
	kill -"$signal" $!
	wait $! 2>/dev/null
	STATUS=$?
	for ((i = 0; i < 50; i++)); do
		kill -0 "$(cat "$WORK/pid")" 2>/dev/null || break
		sleep 0.1
	done
	if kill "$(cat "$WORK/pid")" 2>/dev/null; then fail "$name" "QEMU is still there"; else expect "$name" "$status"; fi
}
signalled term_ends_qemu TERM 143 scripts/run/run.sh
signalled hangup_ends_qemu HUP 129 scripts/run/run.sh
signalled term_to_make_ends_qemu TERM 143 make --no-print-directory run O="$O"
left=$(ls -d "$O"/run/*/ "$O"/run.status.* 2>/dev/null)
if [ -z "$left" ]; then pass runs_leave_only_their_console; else fail runs_leave_only_their_console "$left"; fi

GUEST="$WORK/A/guest" TIMEOUT=30 HARTS=1 scripts/run/run.sh <&- >"$OUT" 2>&1
STATUS=$?
expect run_without_standard_input 0 '^A'

# Several makes at once: one builds, the others wait for it.
flock "$O/build.lock" sleep 2 &
SECONDS=0
GUEST="$WORK/A/guest" TIMEOUT=30 HARTS=1 make --no-print-directory run O="$O" </dev/null >"$OUT" 2>&1
STATUS=$?
expect run_after_another_build 0 '^A'
if [ $SECONDS -ge 2 ]; then pass run_waits_for_another_build; else fail run_waits_for_another_build "after $SECONDS s"; fi
wait
exit $failed
