#!/bin/bash
# SPDX-License-Identifier: MIT
#
# setup.sh - install what is missing, say so, and nothing else; quick and silent when all is there.
#
#   scripts/setup.sh [run|disk|firmware|card|test|model|debug|lesson|check]     default: run
#
# run: build and run (the native gcc builds scripts/run/make_exit.c); disk: run, and make the disk of
# `make debian`; firmware: run, and build OpenSBI; card: run, and make the image of a card;
# test: everything `make test` uses; debug: run + gdb; lesson: what builds the page of `make lesson`.
# check installs nothing: it lists what is missing, a line for each of these, and fails if something
# is. Made for Debian 12 and 13; elsewhere it names the packages.
#   NO_INSTALL=1   never install, fail with the list instead
set -u
cd "$(dirname "$0")/.." || exit 2
. scripts/lib.sh || exit 2

WHAT=${1:-run}
LLVM_RT='/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.tsan-*.a /usr/lib*/clang/*/lib/*/libclang_rt.tsan*.a'
FIRMWARE='/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin /usr/local/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin'

# set, package, witness: a command, or a file pattern when it has a slash. The witness decides, not dpkg: what was
# installed another way is as good.
table() {
	cat <<-END
		run   make                            make
		run   gcc-riscv64-unknown-elf         riscv64-unknown-elf-gcc
		run   binutils-riscv64-unknown-elf    riscv64-unknown-elf-objcopy
		run   qemu-system-misc                qemu-system-riscv64
		run   opensbi                         $FIRMWARE
		run   xz-utils                        xz
		run   device-tree-compiler            dtc
		run   gcc                             gcc
		run   libc6-dev                       /usr/include/stdio.h
		run   python3                         python3
		disk  e2fsprogs                       mke2fs
		lesson clang                          clang
		lesson lld                            wasm-ld
		lesson binaryen                       wasm-opt
		lesson python3                        python3
		lesson gcc                            gcc
		lesson libc6-dev                      /usr/include/stdio.h
		test  nodejs                          node
		test  chromium                        chromium
		test  chromium-driver                 chromedriver
		firmware gcc-riscv64-linux-gnu        riscv64-linux-gnu-gcc
		card  gdisk                           sgdisk
		card  mtools                          mformat
		card  u-boot-tools                    mkimage
		test  clang                           clang
		test  libclang-rt-dev                 $LLVM_RT
		test  clang-tidy                      clang-tidy
		test  cppcheck                        cppcheck
		test  sparse                          sparse
		test  u-boot-tools                    mkimage
		model spin                            spin
		debug gdb-multiarch                   gdb-multiarch
	END
}

# What else will do: a compiler for Linux builds the same image. What the user names, by a setting, is not installed from here.
alternative() {
	case $1 in
	gcc-riscv64-unknown-elf) named_tools || have riscv64-linux-gnu-gcc ;;
	binutils-riscv64-unknown-elf) named_tools || have riscv64-linux-gnu-objcopy ;;
	gdb-multiarch) have riscv64-unknown-elf-gdb ;;
	qemu-system-misc) [ -n "${QEMU:-}" ] ;;
	opensbi) [ -n "${BIOS:-}" ] ;;
	lld) ls /usr/bin/wasm-ld-[0-9]* >/dev/null 2>&1 ;;
	*) false ;;
	esac
}

# CROSS_COMPILE, unless it is what the Makefile sets without being told.
named_tools() {
	[ "${CROSS_COMPILE:-riscv64-unknown-elf-}" != riscv64-unknown-elf- ]
}

there() { # witnesses...
	local w PATH=$PATH:/usr/sbin:/sbin
	for w in "$@"; do
		case $w in
		*/*) [ -e "$w" ] && return 0 ;;
		*) have "$w" && return 0 ;;
		esac
	done
	return 1
}

missing() { # sets...
	local set package witness want=" $* "
	while read -r set package witness; do
		case $want in *" $set "*) ;; *) continue ;; esac
		there $witness || alternative "$package" || echo "$package"
	done < <(table)
}

is_debian() {
	have apt-get && have dpkg
}

install() { # packages...
	local root
	is_debian || die "this machine lacks, by their Debian names: $*
They are installed by hand on other systems; scripts/setup.sh check says what is still missing."
	[ -z "${NO_INSTALL:-}" ] || die "missing packages (NO_INSTALL is set): apt-get install $*"
	root=$(as_root) || die "needs root to install packages; run this, then again:
  apt-get update && apt-get install --no-install-recommends $*"
	say "installing: $*"
	$root apt-get -q update >&2 || say "apt-get update failed; trying with the lists there are"
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		-o Dpkg::Use-Pty=0 install "$@" >&2 || die "apt-get could not install: $*"
}

case $WHAT in
run | disk | firmware | card | debug) sets="run $WHAT" ;;
lesson) sets="lesson" ;;
test) sets="run disk firmware card test model debug lesson" ;;
model) sets="run test model" ;;
check) sets="" ;;
*) die "usage: scripts/setup.sh [run|disk|firmware|card|test|model|debug|lesson|check]" ;;
esac
if [ "$WHAT" = check ]; then
	status=0
	for set in run disk firmware card test model debug lesson; do
		packages=$(missing $set)
		[ -z "$packages" ] || status=1 packages=" missing packages: ${packages//$'\n'/ }"
		echo "$set$packages"
	done
	exit $status
fi
packages=$(missing $sets | sort -u)
if [ -n "$packages" ]; then
	install $packages
	packages=$(missing $sets)
	[ -z "$packages" ] || die "still missing after installing:" $packages
fi
[ "$WHAT" != lesson ] || exit 0
exec scripts/fetch/libfdt.sh >/dev/null
