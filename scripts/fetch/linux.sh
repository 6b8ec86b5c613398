#!/bin/bash
# SPDX-License-Identifier: MIT
#
# linux.sh - Debian's riscv64 kernel and a static busybox, in the cache, without installing them.
#
#   scripts/fetch/linux.sh [--new] [--where]     prints KERNEL=file and BUSYBOX=file; about 115 MB
#                                  and MODULES=directory: of trixie's kernel what a virtio disk with
#                                  ext4 and a network take, named in the order to load them
#   --new                          with the newest kernel Debian has (10 MB more): the first suite that gives one
#   KERNEL_SUITE=name or new       that suite's kernel instead of trixie's; `make linux KERNEL_SUITE=new`
#
# Debian 12 has no riscv64, Debian 13 (trixie) has. apt resolves, checks and shows its progress with a configuration of its
# own (architecture, lists, cache and state in a temporary directory; Debian's keyring); the archive is the one this machine
# uses anyway. A suite that cannot be read, or whose lists do not agree with each other just now, is passed over.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

WHAT="Linux for riscv64" ELSE="name a kernel with KERNEL=.. and a static busybox with BUSYBOX=.."
OPTIONS=--new
NEWER="trixie-backports forky sid"
SUITE=${KERNEL_SUITE:-trixie}
for word; do
	[ "$word" != --new ] || SUITE=new
done
[[ $SUITE =~ ^[a-z0-9][a-z0-9-]*$ ]] || die "KERNEL_SUITE=$SUITE is not the name of a suite"
MAIN=$CACHE/linux # trixie's kernel, and busybox for all
DEST=$MAIN$([ "$SUITE" = trixie ] || echo "-$SUITE")

# In this order.
MODULES="virtio_mmio virtio_blk failover net_failover virtio_net virtio-rng crc16 crc32c_generic
	mbcache jbd2 ext4 e1000e"

older_does=
# Those of this list: an older download may have fewer.
has_modules() {
	local last=("$MAIN"/modules/*-"${MODULES##*[[:space:]]}".ko)
	[ -f "${last[0]}" ]
}

where() {
	[ -s "$DEST/Image" ] && [ -x "$MAIN/busybox" ] || return
	# Older downloads have none, or fewer; they do where nothing can be fetched.
	has_modules || [ -n "${OFFLINE:-}$older_does" ] || return
	found KERNEL "$DEST/Image" && found BUSYBOX "$MAIN/busybox" || return
	[ "$DEST" != "$MAIN" ] || [ ! -d "$MAIN/modules" ] || found MODULES "$MAIN/modules"
}

# Those of the package in $T/unpacked, into $MAIN/modules.
take_modules() {
	local name file n=10 to=$T/modules
	mkdir -p "$to"
	for name in $MODULES; do
		file=$(find "$T/unpacked" -name "$name.ko*" | head -n 1)
		case $file in
		*.xz) xz -dc "$file" >"$to/$n-$name.ko" || return ;;
		*.ko) cp "$file" "$to/$n-$name.ko" || return ;;
		*) return 1 ;;
		esac
		n=$((n + 1))
	done
	rm -rf "$MAIN/modules" && mv "$to" "$MAIN/modules"
}

# What @package depends on and matches @pattern: the names in Debian carry the version.
depends() { # package, pattern
	apt-cache depends "$1" 2>>"$T/log" | awk -v pattern="$2" '$1 == "Depends:" && $2 ~ pattern { print $2; exit }'
}

# The kernel of @suite, and busybox if that is asked for, into $DEST; fails with the reason in $why.
fetch() { # suite, busybox or nothing
	local kernel deb image
	private_apt "$1" riscv64 || return 1
	# The package linux-image-riscv64 holds nothing: it names the current kernel's, which since 7.x is in yet another one.
	kernel=$(depends linux-image-riscv64 '^linux-image-[0-9]')
	why="it has no kernel for riscv64"
	[ -n "$kernel" ] || return 1
	kernel=$(depends "$kernel" '^linux-binary-[0-9]' | grep . || echo "$kernel")
	apt_download "$kernel" ${2:-} || return 1
	for deb in "$T"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$T/unpacked" --wildcards './boot/vmlinu*' './usr/lib/modules/*/vmlinu*' \
			'./bin/busybox' './usr/bin/busybox' $(printf ' */%s.ko*' $MODULES) 2>/dev/null
	done
	image=$(find "$T/unpacked" -type f -name 'vmlinu*' | head -n 1)
	why="$kernel holds no kernel where it used to"
	[ -n "$image" ] && [ "$(dd if="$image" bs=1 skip=56 count=3 2>/dev/null)" = RSC ] || return 1
	if [ -n "${2:-}" ]; then
		why="busybox-static holds no busybox where it used to"
		deb=$(find "$T/unpacked" -type f -name busybox | head -n 1)
		[ -n "$deb" ] && mkdir -p "$MAIN" && chmod 755 "$deb" && mv "$deb" "$MAIN/busybox" || return 1
		why="$kernel lacks a module of a virtio disk or network"
		take_modules || return 1
	fi
	why="cannot write $DEST"
	mkdir -p "$DEST" && echo "$kernel" >"$DEST/package" && mv "$image" "$DEST/Image"
}

fetch_begin "$@"
if [ ! -s "$MAIN/Image" ] || [ ! -x "$MAIN/busybox" ] || [ ! -d "$MAIN/modules" ] || ! has_modules; then
	say "fetching Debian 13's kernel and busybox for riscv64 into $MAIN (about 115 MB)"
	wanted=$DEST DEST=$MAIN
	if ! fetch trixie busybox-static; then
		[ -s "$MAIN/Image" ] && [ -x "$MAIN/busybox" ] || failed "trixie: $why"
		say "trixie: $why; an older download does, but lacks modules of Linux for DISK=, NET= or BUS=pci"
		older_does=1
	fi
	DEST=$wanted
fi
[ "$SUITE" != new ] && suites=$SUITE || suites=$NEWER
said=
for suite in $suites; do
	if where; then exit 0; fi
	say "fetching the kernel of $suite for riscv64 into $DEST"
	fetch "$suite" || { say "$suite: $why" && said+="; $suite: $why"; }
done
where || failed "no kernel to be had from ${said#; }"
