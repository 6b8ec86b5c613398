#!/bin/bash
# SPDX-License-Identifier: MIT
#
# firmware.sh - the OpenSBI that benchmarks are compared with, one exact build, beside the system's own; not installed.
#
#   scripts/fetch/firmware.sh [--where]     prints BIOS=file; about 1 MB
#
# Pinned, because the cost of one firmware call differs by a factor of four between versions (an IPI: 900 instructions in
# 1.1, 4000 in 1.5, 1000 in 1.9). The package is Debian's own, checked by its sum; it contains nothing that runs here.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

VERSION=1.9-1
SHA256=e0b81b0dfc501b0b4ed1327aefdafa00f50651443e24d4d7e2477808808f386f
WHAT="OpenSBI $VERSION" ELSE="name a firmware with BIOS=.."
DEST=$CACHE/opensbi-$VERSION
FW=$DEST/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin

where() {
	[ -f "$FW" ] && found BIOS "$FW"
}

fetch_begin "$@"
say "fetching $WHAT into $DEST"
apt_file "pool/main/o/opensbi/opensbi_${VERSION}_all.deb" "$T/opensbi.deb" $SHA256 || failed "$why"
dpkg-deb -x "$T/opensbi.deb" "$T/root" || failed "cannot unpack it"
rm -rf "$DEST"
mv -T "$T/root" "$DEST"
fetch_end
