#!/bin/bash
# SPDX-License-Identifier: MIT
#
# firmware.sh - OpenSBI with the hypervisor and its guests as its payload, one file; `make firmware`
# calls it after building. All is said in the environment:
#
#   GUESTS INITRD APPEND VCPUS MEM LOG HYPARGS
#                what is in there, as in scripts/board/image.sh. A firmware has no boot arguments,
#                so the options in the file are those that count
#   OUT          the file that is made (default $O/firmware.bin)
#   OPENSBI_SRC  another OpenSBI, as a board's maker has it, instead of the pinned one
#   O            where the build is (default build)
#
# The file is for the generic platform. It uses the device tree that the stage before it hands over,
# so it is the same for every board that this OpenSBI supports. QEMU starts it by -bios.
#
# Exit status: 0 it is made, 2 it is not: a setting or a file is wrong, 1 OpenSBI does not build;
# OUT then is as it was.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2

O=${O:-build} OUT=${OUT:-${O:-build}/firmware.bin}
# bytes: where OpenSBI enters its payload, and where a kernel is expected
AT=$((0x200000))
# Its linker makes position independent executables, which OpenSBI needs; that of
# riscv64-unknown-elf- in Debian 12 does not.
TOOLS=riscv64-linux-gnu-

[ $# = 0 ] || die "takes no arguments; scripts/board/firmware.sh --help"
[ -d "$(dirname "$OUT")" ] || die "OUT=$OUT: no such directory; relative names start from $PWD"
[ ! -e "$OUT" ] || [ -f "$OUT" ] || die "OUT=$OUT: not a file"
have ${TOOLS}gcc || die "no ${TOOLS}gcc on this machine: scripts/setup.sh firmware installs it"
found=$(scripts/fetch/opensbi.sh) || exit 2
eval "$found"
OPENSBI_SRC=$(realpath "$OPENSBI_SRC")

trap 'rm -f "$OUT.$$"' EXIT
# A directory for each source: objects of another one would be taken for its own.
dir=$O/opensbi-$(printf %s "$OPENSBI_SRC" | cksum | cut -d' ' -f1)
mkdir -p "$dir" || die "cannot write $dir"
exec 8>"$dir/lock"
flock 8
OUT=$dir/payload.bin scripts/board/image.sh || exit 2
# make compares times, and a payload may be older than what was linked with the last one.
rm -f "$dir"/platform/generic/firmware/fw_payload.*
# FW_PAYLOAD_FDT_OFFSET, in old versions FW_PAYLOAD_FDT_ADDR, is empty: the generic platform would
# copy the device tree to 34 MiB behind its start, into a payload of more than 32 MiB.
watched "building OpenSBI" "$dir/log" env -i PATH="$PATH" LC_ALL=C make -C "$OPENSBI_SRC" \
	O="$(realpath "$dir")" CROSS_COMPILE=$TOOLS PLATFORM=generic FW_DYNAMIC=n FW_JUMP=n FW_PAYLOAD=y \
	FW_PAYLOAD_OFFSET=$AT FW_PAYLOAD_PATH="$(realpath "$dir")/payload.bin" \
	FW_PAYLOAD_FDT_OFFSET= FW_PAYLOAD_FDT_ADDR= -j"$(nproc)"
if [ $? != 0 ]; then
	tail -n 5 "$dir/log" >&2
	say "OpenSBI in $OPENSBI_SRC does not build; all it says is in $dir/log"
	exit 1
fi
blob=$dir/platform/generic/firmware/fw_payload.bin
if ! cmp -s -n "$(stat -c %s "$dir/payload.bin")" -i $AT:0 "$blob" "$dir/payload.bin"; then
	say "$blob does not have the payload at offset $AT: is $OPENSBI_SRC an OpenSBI that we know?"
	exit 1
fi
cp "$blob" "$OUT.$$" && mv "$OUT.$$" "$OUT" || die "cannot write $OUT"
version=$(sed -n 's/^#define OPENSBI_VERSION_\(MAJOR\|MINOR\)[[:space:]]*//p' \
	"$OPENSBI_SRC/include/sbi/sbi_version.h" | paste -sd.)
say "$OUT: $(stat -c %s "$OUT") bytes, OpenSBI $version with the hypervisor and its guests;" \
	"qemu-system-riscv64 -bios $OUT starts it"
