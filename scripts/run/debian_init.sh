#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# debian_init.sh - the first program of the initramfs that scripts/run/debian.sh makes: loads the
# modules of disk and network, and hands over to the disk.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /lib/modules/*.ko; do
	insmod "$module"
done
mkdir -p /mnt
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 50 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
if ! mount -t ext4 /dev/vda /mnt; then
	echo "no disk /dev/vda with an ext4 file system: what is there is"
	ls /dev
	exec sh
fi
for d in proc sys dev; do
	mount --move /$d /mnt/$d
done
exec switch_root /mnt /usr/sbin/init
