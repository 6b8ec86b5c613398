#!/bin/bash
# SPDX-License-Identifier: MIT
#
# debian.sh - boot a Debian from a disk, with a network, to a shell; for `make debian`, after
# building.
#
#   DISK     the disk, with ext4 and an init: $O/debian.ext4 if not said, made of what
#            scripts/fetch/debian.sh fetches. What is written to it stays; remove it to begin anew.
#   NET      user if not said; none: no network
#   KERNEL BUSYBOX MODULES   others than Debian's, as in scripts/run/linux.sh
#   APPEND   more boot arguments for the kernel
#   MEM      of the VM: 512M, if not said
#   VCPUS HARTS ... and everything else as in scripts/run/run.sh
#
#   --bare   directly on the firmware, for comparison
#
# In the shell: `apt update && apt install hello`, `ping 10.0.2.2`, `echo mem >/sys/power/state` and
# a key. poweroff ends the run with status 0, reboot comes back. Ctrl-a x leaves at any time, as if
# the power failed.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2

O=${O:-build}
have python3 || die "needs python3 to make the initramfs"
mkdir -p "$O" || die "cannot write $O"
if [ -z "${DISK:-}" ]; then
	DISK=$O/debian.ext4
	if [ ! -s "$DISK" ]; then
		found=$(scripts/fetch/debian.sh) || exit 2
		eval "$found"
		# Of several at once one makes it: it never takes another's place.
		trap 'rm -f "$DISK.$$"' EXIT
		cp --sparse=always "$DEBIAN" "$DISK.$$" && { ln "$DISK.$$" "$DISK" 2>/dev/null || [ -s "$DISK" ]; } ||
			die "cannot write $DISK"
		rm -f "$DISK.$$"
		say "$DISK is the guest's disk from now on"
	fi
fi
if [ -z "${KERNEL:-}" ] || [ -z "${BUSYBOX:-}" ] || [ -z "${MODULES:-}" ]; then
	user_kernel=${KERNEL:-} user_busybox=${BUSYBOX:-} user_modules=${MODULES:-}
	found=$(KERNEL_SUITE=trixie scripts/fetch/linux.sh) || exit 2
	eval "$found"
	KERNEL=${user_kernel:-$KERNEL} BUSYBOX=${user_busybox:-$BUSYBOX} MODULES=${user_modules:-$MODULES}
fi
check_file KERNEL "$KERNEL"
check_file BUSYBOX "$BUSYBOX"
[ -d "$MODULES" ] || die "MODULES=$MODULES is no directory"
files=(init=scripts/run/debian_init.sh)
for module in "$MODULES"/*.ko; do
	files+=("lib/modules/${module##*/}=$module")
done
INITRD=$O/debian-init.cpio
scripts/run/initramfs.py "$BUSYBOX" "$INITRD.$$" "${files[@]}" && mv "$INITRD.$$" "$INITRD" ||
	die "cannot make the initramfs"
if [ -t 0 ] && read -r rows columns < <(stty size) && [ "$columns" -gt 0 ]; then
	APPEND="${APPEND:+$APPEND }LINES=$rows COLUMNS=$columns TERM=${TERM:-vt100}"
fi
NET=${NET:-user}
[ "$NET" != none ] || NET=
export O GUEST=$KERNEL INITRD DISK NET MEM=${MEM:-512M}
export APPEND="console=ttyS0,115200 quiet${APPEND:+ $APPEND}"
exec scripts/run/run.sh "$@"
