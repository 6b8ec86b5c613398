#!/bin/bash
# SPDX-License-Identifier: MIT
#
# qemu.sh - a current QEMU and firmware beside Debian 12's own, in the cache, without installing them.
#
#   scripts/fetch/qemu.sh [--where]     prints QEMU=file and BIOS=file; about 30 MB
#
# A system whose own QEMU is version 10 or newer, as Debian 13's, needs no other: then that one is
# named.
#
# Debian 12 has QEMU 7.2 and OpenSBI 1.1; its backports have QEMU 10 and OpenSBI 1.5. apt resolves and verifies them
# with a configuration of its own (lists, cache and state in a temporary directory; Debian's keyring), the archive is
# the one this machine uses anyway. `make test` adds them to its matrix when they are there.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

WHAT="QEMU 10" ELSE="name a newer QEMU and firmware with QEMU=.. BIOS=.."
DEST=$CACHE/qemu-10
QEMU_BIN=$DEST/usr/bin/qemu-system-riscv64
FW=$DEST/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin

# This system's own, if it is new enough.
own() {
	local qemu fw
	qemu=$(command -v qemu-system-riscv64) &&
		[ "$("$qemu" --version | sed -n '1s/.*version \([0-9]*\)\..*/\1/p')" -ge 10 ] || return
	for fw in /usr/share/qemu /usr/local/share/qemu; do
		fw+=/opensbi-riscv64-generic-fw_dynamic.bin
		[ -f $fw ] && found QEMU "$qemu" && found BIOS "$fw" && return
	done
	return 1
}

where() {
	if [ -x "$QEMU_BIN" ] && [ -f "$FW" ]; then
		found QEMU "$QEMU_BIN" && found BIOS "$FW"
	else
		own 2>/dev/null
	fi
}

fetch_begin "$@"
codename=$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")
[ "$codename" = bookworm ] || unavailable "made for Debian 12 (bookworm); elsewhere $ELSE"
mkdir -p "$T/parts" "$T/state/lists/partial" "$T/cache/archives/partial" "$T/debs" "$T/root"
for suite in bookworm bookworm-backports; do
	echo "deb [signed-by=$KEYS] $base $suite main"
done >"$T/sources.list"
APT_OPTIONS=(-o Dir::Etc::sourcelist="$T/sources.list" -o Dir::Etc::sourceparts="$T/parts"
	-o Dir::Etc::preferencesparts="$T/parts" -o Dir::State="$T/state" -o Dir::State::status=/var/lib/dpkg/status
	-o Dir::Cache="$T/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2
	-o Acquire::http::Timeout=20 -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)

say "fetching QEMU 10 and OpenSBI 1.5 from bookworm-backports into $DEST"
apt_update bookworm-backports "${APT_OPTIONS[@]}" || failed "$why"
# What the installation would bring, less the emulators for other machines.
packages=$(apt-get -q "${APT_OPTIONS[@]}" -t bookworm-backports install -s --no-install-recommends \
	qemu-system-riscv opensbi 2>"$T/log" | awk '$1 == "Inst" { print $2 }' |
	grep -v '^qemu-system-misc$\|^qemu-system-s390x$')
[ -n "$packages" ] || failed "apt cannot resolve qemu-system-riscv: $(apt_reason)"
APT_OPTIONS+=(-t bookworm-backports)
apt_download $packages || failed "$why"
for deb in "$T"/debs/*.deb; do
	dpkg-deb -x "$deb" "$T/root" || failed "cannot unpack $(basename "$deb")"
done

# Libraries that are not installed here come along; a wrapper shows them to QEMU only.
mv "$T/root/usr/bin/qemu-system-riscv64" "$T/root/usr/bin/qemu-system-riscv64.bin" &&
	cat >"$T/root/usr/bin/qemu-system-riscv64" <<-'END' && chmod +x "$T/root/usr/bin/qemu-system-riscv64" || exit 1
		#!/bin/sh
		root=$(cd "$(dirname "$0")/../.." && pwd)
		for d in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu; do
			[ -d "$d" ] && LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$d
		done
		export LD_LIBRARY_PATH
		exec "$root/usr/bin/qemu-system-riscv64.bin" -L "$root/usr/share/qemu" "$@"
	END
"$T/root/usr/bin/qemu-system-riscv64" --version >"$T/log" 2>&1 ||
	failed "the fetched QEMU does not start: $(head -n 1 "$T/log")"
rm -rf "$DEST"
mv -T "$T/root" "$DEST"
fetch_end
