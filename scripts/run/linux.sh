#!/bin/bash
# SPDX-License-Identifier: MIT
#
# linux.sh - boot Debian's riscv64 kernel as the guest, to a shell; for `make linux`, after building.
#
#   KERNEL   another kernel: an uncompressed RISC-V Image (MODULES=directory: its modules, *.ko in
#            the order to load them)
#   KERNEL_SUITE=new    the newest kernel in Debian; or a suite's name
#   USERLAND=busybox    what the shell is: one small program with many names; the default
#   USERLAND=debian     bash, coreutils, python3, strace, ip, ping, ps ... of Debian 13
#   BUSYBOX  another static busybox
#   INITRD   another initramfs than these
#   APPEND   more boot arguments for the kernel
#   MEM      of the VM: 256M, with USERLAND=debian 512M, if not said
#   DISK=file NET=user  a disk and a network card, see scripts/run/run.sh; their modules are loaded,
#              and with NET=user the card has its address
#   VCPUS HARTS ... and everything else as in scripts/run/run.sh
#
#   --bare   directly on the firmware, for comparison
#
# In the shell: poweroff ends the run with status 0, reboot comes back, a panic ends it with 1.
# Ctrl-a x leaves at any time.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2

O=${O:-build}
have python3 || die "needs python3 to make the initramfs"
memory=256M base=
case ${USERLAND:-busybox} in
busybox) ;;
debian)
	[ -z "${INITRD:-}" ] || die "USERLAND=debian and INITRD=$INITRD: both say what the initramfs is"
	found=$(scripts/fetch/userland.sh) || exit 2
	eval "$found"
	memory=512M base=$USERLAND
	;;
*) die "USERLAND=$USERLAND: there is busybox, the default, and debian" ;;
esac
if [ -z "${KERNEL:-}" ] || [ -z "${BUSYBOX:-}${INITRD:-}$base" ]; then
	found=$(scripts/fetch/linux.sh) || exit 2
	user_kernel=${KERNEL:-} user_busybox=${BUSYBOX:-} user_modules=${MODULES:-}
	eval "$found"
	# Another kernel's modules are of no use.
	MODULES=${user_modules:-$([ -n "$user_kernel" ] || echo "${MODULES:-}")}
	KERNEL=${user_kernel:-$KERNEL} BUSYBOX=${user_busybox:-$BUSYBOX}
fi
check_file KERNEL "$KERNEL"
# The kernel's modules for disk and network; Debian's has them in files.
modules=()
if [ -n "${DISK:-}${NET:-}" ] && [ -z "${INITRD:-}" ]; then
	[ -n "${MODULES:-}" ] || say "no MODULES for this kernel: virtio_mmio, virtio_blk, virtio_net must be built in"
	for module in "${MODULES:-none}"/*.ko; do
		[ ! -f "$module" ] || modules+=("lib/modules/${module##*/}=$module")
	done
fi
if [ -z "${INITRD:-}" ]; then
	[ -n "$base" ] || { check_file BUSYBOX "$BUSYBOX" && base=$BUSYBOX; }
	mkdir -p "$O" || die "cannot write $O"
	# One for each base and way to make it, and whole at any time: another run may be reading it.
	INITRD=$O/initramfs-$(cat scripts/run/initramfs.py "$base" "${modules[@]#*=}" | cksum | cut -d' ' -f1).cpio
	[ -s "$INITRD" ] || {
		scripts/run/initramfs.py "$base" "$INITRD.$$" "${modules[@]}" && mv "$INITRD.$$" "$INITRD"
	} || die "cannot make the initramfs"
fi
[ "${NET:-}" = "" ] || APPEND="${APPEND:+$APPEND }NET=$NET"
# At a terminal the guest's programs see its size and kind: the kernel puts words that it does not
# know into init's environment.
if [ -t 0 ] && read -r rows columns < <(stty size) && [ "$columns" -gt 0 ]; then
	APPEND="${APPEND:+$APPEND }LINES=$rows COLUMNS=$columns TERM=${TERM:-vt100}"
fi
# Without a speed Linux takes 9600 baud. A driver that polls waits
# as long as the speed says.
export O GUEST=$KERNEL INITRD MEM=${MEM:-$memory}
export APPEND="console=ttyS0,115200${APPEND:+ $APPEND}"
exec scripts/run/run.sh "$@"
