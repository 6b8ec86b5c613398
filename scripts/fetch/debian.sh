#!/bin/bash
# SPDX-License-Identifier: MIT
#
# debian.sh - a disk with Debian 13 for riscv64 on it, in the cache; for scripts/run/debian.sh.
#
#   scripts/fetch/debian.sh [--where]     prints DEBIAN=file; about 45 MB
#
# What Debian calls essential, and apt, ip, ping, ps, mount, python3. As in linux.sh, apt resolves,
# downloads and checks the packages with a configuration of its own, from the archive that this
# machine uses anyway; apt in the guest uses that, too. scripts/run/debian_root.sh makes the file
# system. That needs no root's rights, but a system that lets a user be root of a name space, and
# mke2fs. Who is not root gets a disk on which all files are root's.
# Options, settings and exit statuses: scripts/fetch/fetch_lib.sh.
set -u
cd "$(dirname "$0")/../.." || exit 2
. scripts/lib.sh || exit 2
. scripts/fetch/fetch_lib.sh || exit 2

WHAT="Debian for riscv64" ELSE="name a disk with DISK=.."
PACKAGES="apt busybox-static debian-archive-keyring iproute2 iputils-ping less mawk mount netbase
	nano procps python3-minimal"
SUITE=trixie
SIZE=2G # of the file system; the file has what is used
# Another number when these lists or scripts/run/debian_root.sh change.
DEST=$CACHE/debian-1

where() {
	[ -s "$DEST/debian.ext4" ] && found DEBIAN "$DEST/debian.ext4"
}

fetch_begin "$@"
PATH=$PATH:/usr/sbin:/sbin
have mke2fs || unavailable "needs mke2fs, of the package e2fsprogs"
as_root=
if [ "$(id -u)" != 0 ]; then
	unshare -r true 2>/dev/null && as_root="unshare -r env ONE_OWNER=1" ||
		unavailable "files cannot be given to root here: run scripts/fetch/debian.sh as root once"
fi
say "fetching $WHAT into $DEST (about 45 MB)"
private_apt $SUITE riscv64 || failed "$why"
wanted=$(apt-get -s --no-install-recommends install '?essential' $PACKAGES 2>"$T/log" |
	awk '$1 == "Inst" { print $2 }')
[ -n "$wanted" ] || failed "apt cannot resolve the packages: $(apt_reason)"
apt_download $wanted || failed "$why"
say "putting $(echo "$wanted" | wc -l) packages onto a disk"
mkdir -p "$DEST" && scripts/progress.sh packing $as_root scripts/run/debian_root.sh "$T/debs" \
	"$T/debian.ext4" $SIZE "$base" $SUITE && mv "$T/debian.ext4" "$DEST/debian.ext4" ||
	failed "cannot make $DEST/debian.ext4"
fetch_end
