#!/bin/bash
# SPDX-License-Identifier: MIT
#
# userland.sh - Debian 13's programs for riscv64, as an initramfs in the cache.
#
#   scripts/fetch/userland.sh [--where]     prints USERLAND=file; about 38 MB
#
# The packages of bash, coreutils, python3, strace, ip, ping, ps, mount, and what these need.
# As in linux.sh, apt resolves, downloads and checks them with a configuration of its own, from
# the archive that this machine uses anyway. scripts/run/initramfs.py then copies their files into
# one archive. That needs neither root's rights nor an unpacked copy, and nothing of it is run here.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

WHAT="Debian's programs for riscv64" ELSE="name an initramfs with INITRD=.."
PACKAGES="base-files base-passwd libc-bin bash dash coreutils util-linux mount procps hostname
	iproute2 iputils-ping sed grep findutils diffutils mawk gzip tar ncurses-base ncurses-bin
	python3-minimal libpython3-stdlib libpython3.13-testsuite strace busybox-static"
# What some of them depend on when they are installed, or for what nobody does here.
WITHOUT="debconf dpkg libtext-charwidth-perl libtext-wrapi18n-perl media-types net-tools
	openssl-provider-legacy perl-base python3.13 sensible-utils ucf"
# Another number when these lists, or what scripts/run/initramfs.py leaves out of the packages,
# change.
DEST=$CACHE/userland-1
ROOT=$DEST/debian.cpio

where() {
	[ -s "$ROOT" ] && found USERLAND "$ROOT"
}

fetch_begin "$@"
have python3 || unavailable "needs python3 to make the initramfs"
say "fetching $WHAT into $DEST (about 38 MB)"
private_apt trixie riscv64 || failed "$why"
wanted=$(apt-get -s --no-install-recommends install $PACKAGES 2>"$T/log" |
	awk '$1 == "Inst" { print $2 }' | grep -vxF "$(printf '%s\n' $WITHOUT)")
[ -n "$wanted" ] || failed "apt cannot resolve the packages: $(apt_reason)"
apt_download $wanted || failed "$why"
say "putting $(echo "$wanted" | wc -l) packages into one archive"
mkdir -p "$DEST" && scripts/progress.sh packing scripts/run/initramfs.py --packages "$T/debian.cpio" "$T"/debs/*.deb &&
	(cd "$T/debs" && printf '%s\n' *.deb) >"$DEST/packages" && mv "$T/debian.cpio" "$ROOT" ||
	failed "cannot make $ROOT"
fetch_end
