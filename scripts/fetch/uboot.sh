#!/bin/bash
# SPDX-License-Identifier: MIT
#
# uboot.sh - Debian's U-Boot for S-mode, in the cache.
#
#   scripts/fetch/uboot.sh [--where]     prints UBOOT=file; about 5 MB
#
# The package u-boot-qemu has it: the installed one, else the package is fetched by apt and not installed.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

WHAT=U-Boot ELSE="name the file with UBOOT=.."
FILE=usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
DEST=$CACHE/uboot

where() {
	local file
	for file in "/$FILE" "$DEST/u-boot.bin"; do
		[ ! -f "$file" ] || { found UBOOT "$file" && return; }
	done
	return 1
}

fetch_begin "$@"
say "fetching U-Boot into $DEST (about 5 MB)"
APT_OPTIONS=(-o APT::Sandbox::User=root)
mkdir -p "$T/debs" "$DEST"
apt_download u-boot-qemu || failed "$why"
dpkg-deb --fsys-tarfile "$T"/debs/u-boot-qemu_*.deb | tar -x -C "$T" "./$FILE" || failed "u-boot-qemu has no $FILE"
mv "$T/$FILE" "$DEST/u-boot.bin"
fetch_end
