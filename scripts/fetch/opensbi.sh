#!/bin/bash
# SPDX-License-Identifier: MIT
#
# opensbi.sh - the sources of OpenSBI, which make firmware builds, in the cache.
#
#   scripts/fetch/opensbi.sh [--where]    prints OPENSBI_SRC=directory; about 0.5 MB
#   OPENSBI_SRC=dir                       nothing is fetched: only checks that dir holds such sources
#
# It is Debian's own release tarball, pinned by its checksum, of the version that a stable suite has.
# A board may need a newer or its maker's own tree: OPENSBI_SRC names that.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

VERSION=1.6
SHA256=d11702103f177a2914e94eec57ce5ed820296d874f6b6525c4482e55d71a3667
WHAT="OpenSBI $VERSION's source" ELSE="name the directory of an OpenSBI source tree with OPENSBI_SRC=.."
DEST=$CACHE/opensbi-src-$VERSION
FILES="Makefile firmware/fw_payload.S platform/generic/platform.c include/sbi/sbi_version.h"

missing_in() {
	local f
	for f in $FILES; do
		[ -f "$1/$f" ] || { echo "$f"; return 0; }
	done
	return 1
}

where() {
	local m
	if [ -n "${OPENSBI_SRC:-}" ]; then
		m=$(missing_in "$OPENSBI_SRC") &&
			die "OPENSBI_SRC=$OPENSBI_SRC is not a directory with OpenSBI's sources: no $m in it"
		found OPENSBI_SRC "$OPENSBI_SRC"
	else
		! missing_in "$DEST" >/dev/null && found OPENSBI_SRC "$DEST"
	fi
}

fetch_begin "$@"
say "fetching $WHAT into $DEST (0.5 MB)"
apt_file "pool/main/o/opensbi/opensbi_$VERSION.orig.tar.gz" "$T/opensbi.tar.gz" $SHA256 || failed "$why"
mkdir "$T/src" && tar -xzf "$T/opensbi.tar.gz" -C "$T/src" --strip-components=1 ||
	failed "cannot unpack it"
rm -rf "$DEST"
mv -T "$T/src" "$DEST"
fetch_end
