#!/bin/bash
# SPDX-License-Identifier: MIT
#
# libfdt.sh - the sources of libfdt (device trees), in the cache.
#
#   scripts/fetch/libfdt.sh [--where]     prints LIBFDT_SRC=directory; about 1 MB
#   LIBFDT_SRC=dir                        nothing is fetched: only checks that dir holds these sources
#
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
# Ways, in this order: Debian's own release tarball of device-tree-compiler, pinned by its checksum, from the archive
# this machine's apt uses; the copy inside the package linux-source (large, but a package like any
# other).
# A libfdt out of a RISC-V package cannot be linked: it is built for another floating-point ABI.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

VERSION=1.7.2
SHA256=92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539
POOL_FILE=pool/main/d/device-tree-compiler/device-tree-compiler_$VERSION.orig.tar.xz
FILES="libfdt.h fdt.h libfdt_env.h libfdt_internal.h fdt.c fdt_ro.c fdt_rw.c fdt_sw.c fdt_wip.c fdt_addresses.c
	fdt_check.c fdt_strerror.c fdt_empty_tree.c"
WHAT=libfdt ELSE="name the directory libfdt/ of any device-tree-compiler source tree with LIBFDT_SRC=.."
DEST=$CACHE/libfdt

missing_in() {
	local f
	for f in $FILES; do
		[ -f "$1/$f" ] || { echo "$f"; return 0; }
	done
	return 1
}

# Into a fresh directory, then one rename: an interrupted or parallel run leaves no half of it behind.
install_from() { # directory, origin
	local m
	if m=$(missing_in "$1"); then
		tried="$tried
  $2: has no $m"
		return 1
	fi
	mkdir -p "$T/libfdt" && cp "$1"/*.[ch] "$T/libfdt/" && echo "$2" >"$T/libfdt/origin" || return 1
	rm -rf "$DEST"
	mv -T "$T/libfdt" "$DEST" 2>/dev/null || [ -f "$DEST/origin" ] || return 1
	say "libfdt: $2 -> $DEST"
}

from_tarball() {
	if apt_file "$POOL_FILE" "$T/dtc.tar.xz" $SHA256 && why="cannot unpack it" &&
		tar -xJf "$T/dtc.tar.xz" -C "$T"; then
		install_from "$T/dtc-$VERSION/libfdt" "device-tree-compiler $VERSION (sha256 $SHA256)"
		return
	fi
	tried="$tried
  tarball of device-tree-compiler $VERSION: $why"
	return 1
}

from_linux_source() {
	local deb name
	mkdir -p "$T/debs"
	name=$(apt-cache depends linux-source 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1)
	name=${name:-linux-source-6.1}
	say "fetching the package $name for its copy of libfdt (140 MB, once)"
	APT_OPTIONS=(-o APT::Sandbox::User=root)
	if ! apt_download "$name"; then
		tried="$tried
  package $name: $why"
		return 1
	fi
	deb=$(echo "$T"/debs/linux-source-*.deb)
	dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/linux-source-*.tar.xz' |
		tar -xJ -C "$T" --wildcards '*/scripts/dtc/libfdt/*' || return 1
	# Linux leaves this one file out.
	cp scripts/fetch/fdt_check.c "$(echo "$T"/linux-source-*/scripts/dtc/libfdt)/"
	install_from "$(echo "$T"/linux-source-*/scripts/dtc/libfdt)" "$(basename "$deb" .deb)"
}

where() {
	local m
	if [ -n "${LIBFDT_SRC:-}" ]; then
		m=$(missing_in "$LIBFDT_SRC") &&
			die "LIBFDT_SRC=$LIBFDT_SRC is not a directory with libfdt's sources: no $m in it"
		found LIBFDT_SRC "$LIBFDT_SRC"
	else
		! missing_in "$DEST" >/dev/null && found LIBFDT_SRC "$DEST"
	fi
}

fetch_begin "$@"
tried=
from_tarball || from_linux_source || failed "could not get libfdt; $ELSE. Tried:$tried"
fetch_end
