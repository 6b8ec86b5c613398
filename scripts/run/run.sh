#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh - boot the hypervisor in QEMU; `make run` calls it after building. Everything is said in the environment:
#
#   GUEST      image(s) of the guest(s): flat S-mode binary, Linux Image, ELF (at its addresses), FIT. None: the built-in demo.
#              Several names, separated by blanks: one VM each.
#   INITRD     the guest's ramdisk (for several guests one name each, - for none)
#   APPEND     the guest's boot arguments
#   VCPUS MEM  of each VM                            HARTS HOSTMEM  of the machine (default 4, 1G; 2G with DISK or NET)
#   DISK       an image file: a virtio disk, raw, or qcow2 if its name ends so. SNAPSHOT=1: what is
#              written is lost
#   BUS        pci: disk and card are behind the machine's PCIe bridge, which the guest has instead of
#              the virtio devices; the card is an e1000e
#   NET        user: a virtio network card at QEMU's own network; or another -netdev of QEMU's
#              With either the guest has the machine's virtio devices and its clock, and its memory
#              where the machine has it (devices=virtio_mmio,rtc ram=direct; BUS=pci: devices=pci,rtc): one
#              VM, a Linux Image
#   HYPARGS    more options for the hypervisor       LOG            error|notice|info|debug: its log level
#   QEMU BIOS QEMUFLAGS     another QEMU, another firmware file, more flags
#   TIMEOUT    seconds until the run is ended (SLOW=2: twice as many)
#   O          where the build is (default build)
#
#   --bare     the guest directly on the firmware, without the hypervisor
#   --debug    wait for gdb (port GDBPORT, default: the first free one from 1234 on); says how to
#              attach
#
# Relative names start from the top of the tree. RUNDIR, of the caller, gets the console and what is made for the run; else
# the console is in $O/run/console.log afterwards. RUN_STATUS names a file that gets the exit status, which then is 0.
#
# Exit status: 0 every VM shut down without a failure; 1 a failure, a dead guest, a panic or an image
# that cannot be run; 124 TIMEOUT; 2 cannot start: a setting or an option is wrong.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/run/guests.sh || exit 2

O=${O:-build}
HARTS=${HARTS:-4}
# With ram=direct a VM takes a piece as the machine has it, and QEMU puts what it loads into the middle.
[ -n "${DISK:-}${NET:-}" ] && HOSTMEM=${HOSTMEM:-2G} || HOSTMEM=${HOSTMEM:-1G}
QEMU=${QEMU:-qemu-system-riscv64} BIOS=${BIOS:-default}
TMP= bare= debug= qemu= tty=

# At any end, that by a signal too: none of QEMU is left, nor of this run's files, but for the console of the last run.
finish() {
	local status=$?
	trap '' HUP INT TERM # make and the terminal may both send one
	[ -z "$qemu" ] || { kill "$qemu" && wait "$qemu"; } 2>/dev/null
	[ -z "$tty" ] || stty "$tty"
	if [ -z "${RUNDIR:-}" ] && [ -n "$TMP" ]; then
		[ ! -f "$TMP/console.log" ] || mv "$TMP/console.log" "$O/run/console.log"
		rm -rf "$TMP"
	fi
	[ -n "$qemu" ] || [ -z "${RUN_STATUS:-}" ] || { echo "$status" >"$RUN_STATUS" && exit 0; }
}
trap finish EXIT
[ -e /dev/fd/0 ] || exec </dev/null # QEMU would stumble over a closed one

case ${1:-} in
--bare) bare=1 ;;
--debug) debug=1 ;;
'') ;;
*) die "unknown option $1 (--bare or --debug)" ;;
esac

# DISK and NET become QEMU's arguments in devices[].
devices=() bus=virtio_mmio
add_devices() {
	local format=raw disk=virtio-blk-device card=virtio-net-device random=virtio-rng-device
	case ${BUS:-mmio} in
	mmio) ;;
	# Without their boot ROMs, which are in packages of their own.
	pci) disk=virtio-blk-pci,romfile= card=e1000e,romfile= random=virtio-rng-pci bus=pci ;;
	*) die "BUS=$BUS: not a bus that there is: mmio or pci" ;;
	esac
	if [ -n "${DISK:-}" ]; then
		check_file DISK "$DISK"
		# By its name: what a raw disk begins with, its guest may have written, and qcow2 can name files.
		[[ $DISK != *.qcow2 ]] || format=qcow2
		[ -n "${SNAPSHOT:-}" ] || [ -w "$DISK" ] || die "DISK=$DISK: cannot be written; SNAPSHOT=1 keeps it as it is"
		devices+=(-drive "file=${DISK//,/,,},format=$format,if=none,id=disk0${SNAPSHOT:+,snapshot=on}"
			-device "$disk,drive=disk0")
	fi
	if [ -n "${NET:-}" ]; then
		devices+=(-netdev "$NET,id=net0" -device "$card,netdev=net0")
	fi
	[ ${#devices[@]} = 0 ] || devices+=(-device "$random")
}

# Has QEMU itself said no, before its machine said anything?
refused() {
	! grep -aq OpenSBI "$TMP/console.log" && grep -av ': warning: ' "$TMP/console.log" | grep -aEq "^(${QEMU##*/}|qemu-system-riscv64[^ ]*): "
}

free_port() {
	python3 - <<-'END'
		import socket
		for port in range(1234, 65536):
		    with socket.socket() as s:
		        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		        try:
		            s.bind(("127.0.0.1", port))
		        except OSError:
		            continue
		    print(port)
		    break
	END
}

check_machine
number='^[0-9]+(\.[0-9]+)?$'
[[ ${TIMEOUT:-1} =~ $number ]] || die "TIMEOUT=$TIMEOUT: not a number of seconds"
[[ ${SLOW:-1} =~ $number ]] || die "SLOW=$SLOW: not a number"
[[ ${GDBPORT:-1} =~ ^[0-9]+$ ]] || die "GDBPORT=$GDBPORT: not the number of a port"
[[ $HARTS =~ ^0*[1-9][0-9]*$ ]] || die "HARTS=$HARTS: not a number of harts, 1 or more"
[[ ${VCPUS:-1} =~ ^0*[1-9][0-9]*$ ]] || die "VCPUS=$VCPUS: not a number of vCPUs, 1 to 64"
amount='^(0[xX]0*[1-9a-fA-F][0-9a-fA-F]*|0*[1-9][0-9]*)[kKmMgG]?$'
for setting in HOSTMEM MEM; do
	[[ ${!setting:-1} =~ $amount ]] ||
		die "$setting=${!setting}: not an amount of memory, as 128M or 1G"
done
# Each run has a directory of its own: several may go on at once. Of the last one the console stays.
if [ -n "${RUNDIR:-}" ]; then
	TMP=$RUNDIR
	mkdir -p "$TMP" || die "cannot write $TMP"
else
	mkdir -p "$O/run" && TMP=$(mktemp -d "$O/run/XXXXXX") || die "cannot write $O/run"
fi

if [ -n "${GUEST:-}" ]; then
	take_guests GUEST "$GUEST" "${INITRD:-}"
elif [ -n "${INITRD:-}" ]; then
	die "INITRD=$INITRD without GUEST: a ramdisk needs its kernel"
elif [ -n "$bare" ]; then
	guests=("$O/guest/demo.bin")
	initrds=(-)
	check_file GUEST "${guests[0]}"
fi

add_devices
if [ ${#devices[@]} -gt 0 ] && [ -z "$bare" ]; then
	[ ${#guests[@]} = 1 ] && all_linux ||
		die "DISK and NET are for one GUEST that is a Linux Image: its memory is where the machine has it"
	HYPARGS="devices=$bus,rtc ram=direct${HYPARGS:+ $HYPARGS}"
fi
cmd=("$QEMU" -M virt -cpu rv64 -smp "$HARTS" -m "$HOSTMEM" -nographic -bios "$BIOS" "${devices[@]}")
if [ -n "$bare" ]; then
	# A guest may reboot here, and QEMU with it. The hypervisor does that itself and never resets the machine.
	[ ${#guests[@]} = 1 ] || die "run-bare takes one GUEST"
	cmd+=(-kernel "${guests[0]}")
	[ "${initrds[0]}" = - ] || cmd+=(-initrd "${initrds[0]}")
	[ -z "${APPEND:-}" ] || cmd+=(-append "$APPEND")
else
	check_file image "$O/dormouse.bin"
	cmd+=(-no-reboot -kernel "$O/dormouse.bin")
	if one_file; then
		cmd+=(-initrd "${guests[0]}")
	elif [ ${#guests[@]} -gt 0 ]; then
		fit=$(make_fit) || exit 2
		cmd+=(-initrd "$fit")
	fi
	warn_console "${APPEND:-}"
	# After a panic Linux stays in a loop, which from outside is a busy guest, unless it is told to ask for another kind of reboot.
	if all_linux && [[ " ${APPEND:-}" != *" panic="* ]]; then
		APPEND="${APPEND:+$APPEND }panic=-1 reboot=panic_warm" HYPARGS="warm-reboot=fail${HYPARGS:+ $HYPARGS}"
		say "added to APPEND, so that a panic ends the run with 1: panic=-1 reboot=panic_warm; with a panic= of yours nothing is added"
	fi
	args="${VCPUS:+vcpus=$VCPUS }${MEM:+mem=$MEM }${LOG:+log=$LOG }exit=test${HYPARGS:+ $HYPARGS}"
	cmd+=(-append "$args${APPEND:+ -- $APPEND}")
fi
if [ -n "$debug" ]; then
	port=${GDBPORT:-$(free_port)}
	cmd+=(-S -gdb "tcp:127.0.0.1:$port")
	say "QEMU waits. In another terminal:"
	say "gdb-multiarch -ex 'set \$port = $port' -x scripts/run/gdbinit $O/dormouse.elf"
fi
cmd+=(${QEMUFLAGS:-})
# make coverage: which instructions of the hypervisor were translated, also before it has turned
# paging on; named after the image.
if [ -n "${COVERAGE:-}" ] && [ -z "$bare" ]; then
	image=$(python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(open(sys.argv[1], "rb").read()))' "$O/dormouse.elf")
	at=0xffffffffc0000000+0x100000,0x80200000+0x100000
	cmd+=(-d in_asm -dfilter $at -D "$COVERAGE/$image.$$.asm")
fi

printf '%s: %s\n' "$ME" "$(printf '%q ' "${cmd[@]}")" >&2
[ -t 0 ] && say "Ctrl-a x leaves QEMU, Ctrl-a c is its monitor"
if [ -n "${TIMEOUT:-}" ]; then
	# --foreground: else QEMU could not read the terminal.
	limit=$(LC_ALL=C awk "BEGIN { print $TIMEOUT * ${SLOW:-1} }")
	cmd=(timeout --foreground -k 5 "$limit" "${cmd[@]}")
fi

# QEMU runs beside this script, else a signal to it would wait for QEMU's end; <&0 leaves QEMU the terminal.
[ ! -t 0 ] || tty=$(stty -g)
# tee writes what it gets at once, so a prompt without a newline is seen too.
exec {console}> >(tee "$TMP/console.log")
tee=$!
"${cmd[@]}" <&0 >&"$console" 2>&1 &
qemu=$!
exec {console}>&-
wait "$qemu"
status=$?
qemu=
wait "$tee"

scripts/run/symbolize.sh "$O/dormouse.elf" "$TMP/console.log"
case $status in
0) exit 0 ;;
1) ! refused || die "QEMU did not start; what it says is above" ;;
2) [ -n "$bare" ] || exit 2 ;; # the hypervisor's options
126 | 127) die "$QEMU cannot be run" ;;
124 | 137)
	if [ -n "${TIMEOUT:-}" ]; then
		say "ended after TIMEOUT=$TIMEOUT seconds${SLOW:+ times SLOW=$SLOW}"
		exit 124
	fi
	;;
esac
[ "$status" -le 128 ] || say "QEMU ended with status $status, by signal $((status - 128))"
exit 1
