#!/bin/bash
# SPDX-License-Identifier: MIT
#
# herd7.sh - the memory-model simulator herd7 beside this machine's packages, in the cache, without installing it.
#
#   scripts/fetch/herd7.sh [--where]     prints HERD7=file; about 45 MB
#
# A herd7 that is installed is taken first. Debian 12 and 13 have none; sid has the package herdtools7, built against sid's C library. So
# that library and its loader come along, aside, and a wrapper runs herd7 with them and nothing else. apt resolves and checks all
# three packages with a configuration of its own (lists, cache and state in a temporary directory; Debian's keyring); the archive is
# the one this machine uses anyway. Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

WHAT=herd7 ELSE="install it (herdtools7) so that it is in PATH"
DEST=$CACHE/herd7

where() {
	if have herd7; then
		found HERD7 "$(command -v herd7)"
	else
		[ -x "$DEST/herd7" ] && found HERD7 "$DEST/herd7"
	fi
}

fetch_begin "$@"
say "fetching herd7 from sid into $DEST (about 45 MB)"
private_apt sid "$(dpkg --print-architecture)" || failed "$why"
mkdir -p "$T/sysroot/lib"
# It is linked against these two packages only; the check below would show a third.
apt_download herdtools7 libc6 libgmp10 || failed "$why"
for deb in "$T"/debs/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$T/unpacked" --wildcards './usr/bin/herd7' './usr/share/herdtools7/herd/*' \
		'./usr/lib/*-linux-gnu/lib[cm].so.6' './usr/lib/*-linux-gnu/libgmp.so*' './usr/lib/*-linux-gnu/ld-linux*' 2>/dev/null
done
mv "$T"/unpacked/usr/bin/herd7 "$T/sysroot/herd7.bin" && mv "$T"/unpacked/usr/share/herdtools7/herd "$T/sysroot/models" &&
	mv "$T"/unpacked/usr/lib/*-linux-gnu/* "$T/sysroot/lib/" && mv "$T"/sysroot/lib/ld-linux* "$T/sysroot/lib/loader" ||
	failed "the packages do not hold what they used to"
cat >"$T/sysroot/herd7" <<-'END' && chmod +x "$T/sysroot/herd7" || exit 1
	#!/bin/sh
	here=$(cd "$(dirname "$0")" && pwd)
	exec "$here/lib/loader" --library-path "$here/lib" "$here/herd7.bin" -set-libdir "$here/models" "$@"
END
"$T/sysroot/herd7" -version >"$T/log" 2>&1 || failed "the fetched herd7 does not start: $(head -n 1 "$T/log")"
rm -rf "$DEST"
mv -T "$T/sysroot" "$DEST"
fetch_end
