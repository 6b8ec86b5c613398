#!/bin/bash
# SPDX-License-Identifier: MIT
#
# sdimg.sh - the image of a memory card with a menu; `make sdimg` calls it after building. A board
# whose U-Boot looks for extlinux shows the menu by itself. All is said in the environment:
#
#   GUESTS INITRD APPEND VCPUS MEM LOG HYPARGS
#                an entry of your own, the first and the default, as in scripts/board/image.sh
#   KERNEL BUSYBOX    for the entry Linux, others than Debian's
#   BOARD        a name of platform/: each entry gets HYPARGS of that page, and what it wants run
#                before the menu (UBOOT_FIRST) is in a script on the card
#   OUT          the file that is made (default $O/sd.img)
#   O            where the build is (default build)
#
# The card has a GPT and one FAT partition, and is made without root's rights. What goes in alike
# comes out alike, byte for byte; the files' date is SOURCE_DATE_EPOCH, or 2025-01-01.
#
# Exit status: 0 it is made, 2 it is not: a setting or a file is wrong; OUT then is as it was.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2

O=${O:-build} OUT=${OUT:-${O:-build}/sd.img}
PATH=$PATH:/usr/sbin:/sbin
# Any would do; the same ones make the same card.
DISK_GUID=6f70656e-7269-4763-9672-646f726d6f75 PART_GUID=6f70656e-7269-4763-9672-646f726d6f76
SERIAL=444d4f55
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1735689600} TZ=UTC0 MTOOLS_SKIP_CHECK=1 LC_ALL=C

[ $# = 0 ] || die "takes no arguments; scripts/board/sdimg.sh --help"
[[ $SOURCE_DATE_EPOCH =~ ^[0-9]+$ ]] || die "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH: not seconds since 1970"
check_file image "$O/dormouse.bin"
[ -d "$(dirname "$OUT")" ] || die "OUT=$OUT: no such directory; relative names start from $PWD"
[ ! -d "$OUT" ] || die "OUT=$OUT: a directory, not a file"
[ ! -b "$OUT" ] || die "OUT=$OUT: a device; make flash DEV=$OUT writes the image there, with questions"
[ ! -e "$OUT" ] || [ -f "$OUT" ] || die "OUT=$OUT: not a file"
for tool in sgdisk mformat mcopy; do
	have $tool || die "no $tool on this machine: scripts/setup.sh card installs it"
done
UBOOT_FIRST= board_args=
if [ -n "${BOARD:-}" ]; then
	[[ $BOARD =~ ^[a-z0-9-]+$ ]] && [ -f "platform/$BOARD.conf" ] ||
		die "BOARD=$BOARD: there is" platform/*.conf
	UBOOT_FIRST=$(. "platform/$BOARD.conf" && echo "${UBOOT_FIRST:-}")
	board_args=$(unset HYPARGS && . "platform/$BOARD.conf" && echo "${HYPARGS:+$HYPARGS }")
	[ -z "$UBOOT_FIRST" ] || have mkimage ||
		die "no mkimage on this machine, and $BOARD needs a script: install the package u-boot-tools"
fi
T=$(mktemp -d "$O/sdimg.XXXXXX") || die "cannot write $O"
trap 'rm -rf "$T" "$OUT.$$"' EXIT
card=$T/card
mkdir "$card" || die "cannot write $T"

# One entry of the menu. It says the boot arguments, even if they are few: those of U-Boot's
# environment may be for another kernel. A board that has been powered off needs a hand, so all but
# the user's own lead back to the menu.
entries= default=
entry() { # label, what the menu shows, file, boot arguments of the hypervisor
	default=${default:-$1}
	entries+=$(printf '\nlabel %s\n  menu label %s\n  kernel /%s\n  append %s\n' "$1" "$2" "$3" "$board_args$4")$'\n'
}

# A file of the hypervisor and guests on the card.
file() { # name, settings of image.sh
	local name=$1
	shift
	env -u GUESTS -u INITRD -u APPEND -u VCPUS -u MEM -u LOG -u HYPARGS "$@" OUT="$card/$name" \
		scripts/board/image.sh || exit 2
}

add_own() {
	local args=${VCPUS:+vcpus=$VCPUS }${MEM:+mem=$MEM }${LOG:+log=$LOG }${HYPARGS:+$HYPARGS }
	[ -n "${GUESTS:-}" ] || {
		[ -z "${INITRD:-}$args${APPEND:-}" ] || die "settings of a guest, but no GUESTS for them"
		return
	}
	OUT=$card/own.bin scripts/board/image.sh || exit 2
	# A FIT image has them in itself, which a line of the menu would hide.
	args=$args${APPEND:+-- $APPEND}
	entry own "Your guests" own.bin "${args:-$(own_options)}"
}

# What the FIT image says for the hypervisor.
own_options() {
	have fdtget && fdtget -t s "$GUESTS" /configurations dormouse,options 2>/dev/null ||
		echo log=notice
}

add_linux() {
	local found user_kernel=${KERNEL:-} user_busybox=${BUSYBOX:-}
	if [ -z "$user_kernel" ] || [ -z "$user_busybox" ]; then
		found=$(scripts/fetch/linux.sh) || {
			[ $? != 2 ] || exit 2 # a setting is wrong
			say "the card has no entry Linux: the kernel is not to be had"
			return
		}
		eval "$found"
	fi
	KERNEL=${user_kernel:-$KERNEL} BUSYBOX=${user_busybox:-$BUSYBOX}
	check_file KERNEL "$KERNEL"
	check_file BUSYBOX "$BUSYBOX"
	scripts/run/initramfs.py "$BUSYBOX" "$T/initramfs" || die "cannot make the initramfs"
	file linux.bin GUESTS="$KERNEL" INITRD="$T/initramfs" MEM=512M APPEND="console=ttyS0,115200"
	entry linux "Linux, to a shell" linux.bin "at-end=reset mem=512M -- console=ttyS0,115200"
}

add_own
cp "$O/dormouse.bin" "$card/dormouse.bin" || die "cannot write $card"
entry demo "Demo: suspend that cannot race" dormouse.bin "at-end=reset"
add_linux
file tests.bin GUESTS="$O/guest/test.bin"
entry tests "Tests of the SBI (minutes)" tests.bin "at-end=reset"
entry safe "Demo in safe mode: one hart, all is told" dormouse.bin "at-end=reset log=info harts=1 fake-absent=sstc,imsic"

menu=$card/extlinux
[ -z "$UBOOT_FIRST" ] || menu=$card/menu
mkdir "$menu" && cat >"$menu/extlinux.conf" <<END || die "cannot write $menu"
menu title Dormouse, a RISC-V hypervisor
timeout 300
default $default
$entries
END
if [ -n "$UBOOT_FIRST" ]; then
	# U-Boot would find extlinux/ first, and that cannot run a command.
	cat >"$T/boot.cmd" <<-END || die "cannot write $T"
		$UBOOT_FIRST
		sysboot \${devtype} \${devnum}:\${distro_bootpart} any \${pxefile_addr_r} /menu/extlinux.conf
	END
	mkimage -A riscv -T script -C none -n dormouse -d "$T/boot.cmd" "$card/boot.scr" >/dev/null ||
		die "mkimage could not make boot.scr"
fi
sed 's/$/\r/' scripts/board/card.txt >"$card/README.txt" || die "cannot write $card"

# FAT32 wants 33 MiB at least.
mib=$(($(du -sm --apparent-size "$card" | cut -f1) * 102 / 100 + 8))
[ $mib -ge 34 ] || mib=34
find "$card" -exec touch -d "@$SOURCE_DATE_EPOCH" {} + || die "cannot write $card"
new=$OUT.$$
truncate -s $((mib + 2))M "$new" || die "cannot write $OUT"
sgdisk -U $DISK_GUID -n "1:2048:+${mib}M" -t 1:EF00 -A 1:set:2 -c 1:dormouse -u 1:$PART_GUID "$new" >"$T/log" &&
	mformat -i "$new@@1M" -F -v DORMOUSE -N $SERIAL -T $((mib * 2048)) :: >>"$T/log" &&
	mcopy -Q -s -m -i "$new@@1M" "$card"/* :: >>"$T/log" 2>&1 ||
	{ cat "$T/log" >&2; die "the card could not be made"; }
# sgdisk ends well, too, when it has done nothing.
sgdisk -p "$new" | grep -q ' EF00  dormouse$' || die "sgdisk made no partition in $new"
mv "$new" "$OUT" || die "cannot write $OUT"
say "$OUT: $((mib + 2)) MiB, the default is $default; make flash DEV=/dev/sdX writes it to a card"
