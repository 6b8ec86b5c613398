#!/bin/bash
# SPDX-License-Identifier: MIT
#
# debian_root.sh - packages of Debian for riscv64 become the file system of a disk.
#
#   scripts/run/debian_root.sh DEBS OUTPUT SIZE ARCHIVE SUITE
#
# DEBS is a directory of packages, OUTPUT the image (ext4, sparse), SIZE as mke2fs has it, ARCHIVE
# and SUITE are what apt in the guest reads. scripts/fetch/debian.sh calls this as root, or as who
# believes to be (unshare -r). With ONE_OWNER=1 all files are root's: in such a name space there is
# nobody else.
#
# Nothing of the packages is run here. What their own scripts would make, and a Debian with a shell
# cannot do without, is written at the end.
set -eu
debs=$1 output=$2 size=$3 archive=$4 suite=$5
root=$(mktemp -d "${output%/*}/root.XXXXXX")
trap 'rm -rf "$root"' EXIT

# base-files first: in it /bin, /lib and /sbin are links into /usr.
for deb in "$debs"/base-files_*.deb "$debs"/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink \
		${ONE_OWNER:+--no-same-owner} \
		--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
		--exclude='./usr/share/info/*' --exclude='./usr/share/locale/*'
done

# dpkg's own records: apt then knows what is installed.
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/apt/lists/partial" \
	"$root/var/cache/apt/archives/partial"
for deb in "$debs"/*.deb; do
	dpkg-deb -f "$deb" | sed '1s/$/\nStatus: install ok installed/'
	echo
	name=$(dpkg-deb -f "$deb" Package)
	dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's,^\./,/,; s,/$,,; s,^$,/.,' \
		>"$root/var/lib/dpkg/info/$name.list"
done >"$root/var/lib/dpkg/status"

cd "$root"
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
echo '_apt:x:42:65534::/nonexistent:/usr/sbin/nologin' >>etc/passwd
# No password for root: who has the console has the machine anyway.
sed 's/^\([^:]*\):.*/\1:*:19000:0:99999:7:::/; s/^root:\*/root:/' etc/passwd >etc/shadow
chmod 640 etc/shadow
cp usr/share/libc-bin/nsswitch.conf etc/ 2>/dev/null ||
	printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >etc/nsswitch.conf
cp usr/share/base-files/profile etc/profile
cp usr/share/base-files/dot.bashrc root/.bashrc
cp usr/share/base-files/dot.profile root/.profile
[ -e usr/bin/awk ] || ln -s mawk usr/bin/awk
echo debian >etc/hostname
printf '127.0.0.1 localhost debian\n::1 localhost\n' >etc/hosts
echo 'nameserver 10.0.2.3' >etc/resolv.conf # QEMU's
echo '/dev/vda / ext4 defaults 0 1' >etc/fstab
ln -sf /proc/mounts etc/mtab
echo "deb $archive $suite main" >etc/apt/sources.list
printf 'set enable-bracketed-paste off\n' >etc/inputrc # who reads the console may not know it
mkdir -p etc/pam.d
for what in auth account password session; do
	[ -e "etc/pam.d/common-$what" ] || echo "$what required pam_unix.so" >"etc/pam.d/common-$what"
done

# The first program: no services, one shell on the console.
rm -f usr/sbin/init
cat >usr/sbin/init <<'END'
#!/bin/bash
# Made for this disk: mounts, network, a shell; `poweroff` and `reboot` beside it.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8
export TERM=${TERM:-vt100}
mount -t proc proc /proc 2>/dev/null
mount -t sysfs sys /sys 2>/dev/null
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /dev/shm
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mount -o remount,rw /
hostname -F /etc/hostname
ip link set lo up
for card in /sys/class/net/e*; do
	[ -e "$card" ] || continue
	card=${card##*/}
	ip link set "$card" up
	ip address add 10.0.2.15/24 dev "$card"
	ip route add default via 10.0.2.2
	break
done
[ -z "${LINES:-}${COLUMNS:-}" ] || stty rows "${LINES:-24}" cols "${COLUMNS:-80}" </dev/console
cd /root
while :; do
	setsid -c bash -l </dev/console >/dev/console 2>&1
done
END
for how in poweroff reboot halt; do
	rm -f usr/sbin/$how
	cat >usr/sbin/$how <<-END
		#!/bin/sh
		sync
		mount -o remount,ro / 2>/dev/null
		exec busybox $how -f
	END
done
chmod 755 usr/sbin/init usr/sbin/poweroff usr/sbin/reboot usr/sbin/halt
cd - >/dev/null

rm -f "$output"
mke2fs -q -t ext4 -d "$root" -L debian "$output" "$size"
