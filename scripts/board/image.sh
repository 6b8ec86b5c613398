#!/bin/bash
# SPDX-License-Identifier: MIT
#
# image.sh - the hypervisor and its guests in one file, for boards; `make image` calls it after
# building. All is said in the environment:
#
#   GUESTS     what to run: a FIT image, or one image for each VM, as GUEST in scripts/run/run.sh.
#              None: the demo
#   INITRD     the guests' ramdisks (one for each, - for none)
#   APPEND     the guests' boot arguments
#   VCPUS MEM LOG HYPARGS   options of the hypervisor, for when the boot loader gives none
#   OUT        the file that is made (default $O/image.bin)
#   O          where the build is (default build)
#
# With a FIT image of your own, what INITRD and the lines below it say is said in there: the options
# as dormouse,options in /configurations (hyp/conf/README.md).
#
# The file starts wherever dormouse.bin does: as a kernel of QEMU, by booti or extlinux of U-Boot,
# as the payload of OpenSBI. An initrd of the loader wins over the guests in the file, and the
# loader's boot arguments over the options.
#
# Exit status: 0 it is made, 2 it is not: a setting or a file is wrong; OUT then is as it was.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/run/guests.sh || exit 2

O=${O:-build} OUT=${OUT:-${O:-build}/image.bin} bare=
# Bytes that every boot loader known to us takes (platform/README.md).
ANYWHERE=$((64 << 20))

[ $# = 0 ] || die "takes no arguments; scripts/board/image.sh --help"
check_file image "$O/dormouse.bin"
[ -x "$O/board/check_guests" ] || die "no $O/board/check_guests: make image builds it"
[ -d "$(dirname "$OUT")" ] || die "OUT=$OUT: no such directory; relative names start from $PWD"
[ ! -d "$OUT" ] || die "OUT=$OUT: a directory, not a file"
[ ! -b "$OUT" ] || die "OUT=$OUT: a device; make flash writes cards"
[ ! -e "$OUT" ] || [ -f "$OUT" ] || die "OUT=$OUT: not a file"
[ -n "${GUESTS:-}" ] || [ -z "${INITRD:-}" ] ||
	die "INITRD=$INITRD without GUESTS: a ramdisk needs its kernel"
TMP=$(mktemp -d "$O/image.XXXXXX") || die "cannot write $O"
trap 'rm -rf "$TMP"' EXIT

take_guests GUESTS "${GUESTS:-$O/guest/demo.bin}" "${INITRD:-}"
options="${VCPUS:+vcpus=$VCPUS }${MEM:+mem=$MEM }${LOG:+log=$LOG }${HYPARGS:+$HYPARGS }"
options="$options${APPEND:+-- $APPEND}"
warn_console "${APPEND:-}"
payload=${guests[0]}
if [ "$(head -c 4 "$payload" | od -An -tx1 | tr -d ' ')" = d00dfeed ]; then
	one_file || die "GUESTS=$GUESTS: a FIT image has its other guests and its ramdisks in itself"
	[ -z "$options" ] || die "GUESTS=$GUESTS: a FIT image has APPEND, VCPUS, MEM, LOG and HYPARGS" \
		"in itself: bootargs of a configuration, dormouse,options in /configurations"
elif ! one_file || [ -n "$options" ]; then
	payload=$(make_fit "$options") || exit 2
fi
"$O/board/check_guests" "$payload" ${options:+"$options"} >&2 || exit 2
scripts/board/append.py "$O/dormouse.bin" "$payload" "$OUT" || exit 2
size=$(stat -c %s "$OUT")
say "$OUT: $size bytes, the hypervisor and its guests"
if [ "$size" -gt $ANYWHERE ]; then
	say "warning: more than 64 MiB. Not every boot loader has so much room where it loads a kernel:" \
		"U-Boot 2023.01 by EFI refuses 141 MiB, and a P550 has 67 MiB below its ramdisk"
fi
