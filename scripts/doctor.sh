#!/bin/bash
# SPDX-License-Identifier: MIT
#
# doctor.sh - what of this machine the build uses, in which version, and what is missing. Changes nothing.
set -u
cd "$(dirname "$0")/.." || exit 2
. scripts/lib.sh || exit 2

# Names of our own: what QEMU and BIOS say in the environment, scripts/setup.sh takes for the
# user's.
qemu=${QEMU:-qemu-system-riscv64} bios=${BIOS:-default}
CC=${CROSS_COMPILE:-riscv64-unknown-elf-}gcc
bad=0

row() { # name, text: 80 columns, as far as its words let it
	printf '%-12s ' "$1"
	printf '%s\n' "$2" | fold -s -w 66 | sed '1!s/^/             /'
}

version() { # name, command...
	local name=$1 line
	shift
	if have "$1"; then
		line=$("$@" 2>&1 | grep -m1 '[0-9]\.[0-9]')
		row "$name" "${line:-present}"
	else
		row "$name" "missing ($1)"
	fi
}

# What the firmware says of itself and of the first hart, asked in a run without any payload to boot.
firmware() {
	timeout -k 2 3 "$qemu" -M virt -cpu rv64 -m 64M -display none -serial stdio -bios "$bios" \
		</dev/null 2>/dev/null | tr -d '\r'
}

version compiler "$CC" --version
version qemu "$qemu" --version
version dtc dtc --version
version mkimage mkimage -V
version python python3 --version
version "host gcc" gcc --version
version clang clang --version
version binaryen wasm-opt --version
version chromium chromium --version
version cppcheck cppcheck --version
version sparse sparse --version
version spin spin -V
version gdb gdb-multiarch --version
version make make --version

if have "$qemu"; then
	text=$(firmware)
	row firmware "$(echo "$text" | grep -m1 'OpenSBI v' || echo "none: -bios $bios prints nothing")"
	row "SBI version" "$(echo "$text" | sed -n 's/^Runtime SBI Version *: *//p')"
	isa=$(echo "$text" | sed -n 's/^Boot HART Base ISA *: *//p')
	case $isa in
	*h*) row "H extension" "yes ($isa)" ;;
	'') row "H extension" "unknown: the firmware did not say" ;;
	*)
		row "H extension" "NO ($isa): this QEMU cannot run a hypervisor by default; QEMUFLAGS='-cpu rv64,h=true'"
		bad=1
		;;
	esac
	row extensions "$(echo "$text" | sed -n '/^Boot HART ISA Ext/{s/.*: *//; s/,/, /g; p}')"
fi

if [ -n "${LIBFDT_SRC:-}" ]; then
	row libfdt "$LIBFDT_SRC (LIBFDT_SRC)"
elif [ -f "$CACHE/libfdt/origin" ]; then
	row libfdt "$(sed 's/ (.*//' "$CACHE/libfdt/origin")"
else
	row libfdt "not fetched yet: scripts/fetch/libfdt.sh"
fi
fetched() { # name, who fetches it, script...
	local name=$1 by=$2
	shift 2
	"$@" --where >/dev/null && by="there" || by="not fetched yet: $by"
	row "$name" "$by"
}
row cache "$CACHE"
fetched "newer qemu" "make test, make setup-new" scripts/fetch/qemu.sh
fetched "OpenSBI 1.9" "make bench" scripts/fetch/firmware.sh
fetched "OpenSBI 1.6" "make firmware, make test" scripts/fetch/opensbi.sh
fetched linux "make linux, make test" scripts/fetch/linux.sh
fetched "newest linux" "make linux KERNEL_SUITE=new, make test" scripts/fetch/linux.sh --new
fetched U-Boot "make uboot, make test" scripts/fetch/uboot.sh
fetched herd7 "make litmus, make test" scripts/fetch/herd7.sh

# All that scripts/setup.sh would install, and for what.
while read -r set packages; do
	row "for $set" "${packages:-all packages are there}"
	[ -z "$packages" ] || bad=1
done < <(scripts/setup.sh check)
exit $bad
